# bash completion for headspacectl; its own command line says what may follow.

_headspacectl() {
    # bash takes words apart at '=' and ':'; here they belong together.
    local words=() word last=-1 glue=no index own=${COMP_WORDS[COMP_CWORD]}
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $last -ge 0 && ($glue = yes || $word = [=:]*) ]]; then
            words[last]+=$word
        else
            words+=("$word")
            last=$((last + 1))
        fi
        case $word in = | :) glue=yes ;; *) glue=no ;; esac
    done
    case $own in = | :) own= ;; esac
    # What stands before the part that bash replaces.
    local before=${words[last]%"$own"}

    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
            :files | :directories)
                compopt -o filenames 2>/dev/null
                local kind=-f file
                [ "$word" = :files ] || kind=-d
                while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen $kind -- "$own")
                ;;
            *) COMPREPLY+=("${word#"$before"}") ;;
        esac
    done < <("${1/#\~/$HOME}" __complete "${words[@]}" 2>/dev/null)
}
complete -F _headspacectl headspacectl
