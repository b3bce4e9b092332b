# bash completion for headspaced; the options are those that its --help shows.

_headspaced() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} found
    COMPREPLY=()
    if [ "$current" = = ]; then
        current=
    elif [ "$previous" = = ]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $previous in
        --config | --env-file)
            compopt -o filenames 2>/dev/null
            while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -f -- "$current")
            ;;
        *)
            while IFS= read -r found; do COMPREPLY+=("$found"); done < <(
                compgen -W "$("${1/#\~/$HOME}" --help 2>/dev/null | grep -o -e '--[a-z-]*' | sort -u)" -- "$current"
            )
            ;;
    esac
}
complete -F _headspaced headspaced
