#compdef headspacectl
# zsh completion for headspacectl; its own command line says what may follow.

_headspacectl() {
    local line name about
    local -a found
    local files=no directories=no
    for line in "${(@f)$(${(Q)words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
            '') ;;
            :files) files=yes ;;
            :directories) directories=yes ;;
            *)
                name=${line%%$'\t'*}
                about=${line#*$'\t'}
                [[ $about != $line ]] || about=
                found+=("${name//:/\\:}${about:+:$about}")
                ;;
        esac
    done
    (( ! $#found )) || _describe -V 'headspacectl' found
    if [[ $files = yes || $directories = yes ]]; then
        compset -P '*='
        if [[ $files = yes ]]; then _files; else _files -/; fi
    fi
}

_headspacectl "$@"
