# Completion of bouncewatch(1) for bash.
_bouncewatch()
{
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands="scan run report top records classify explain check"

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
        return
    fi
    case $previous in
        --report) mapfile -t COMPREPLY < <(compgen -W "text json" -- "$word"); return ;;
        --from) mapfile -t COMPREPLY < <(compgen -W "start end" -- "$word"); return ;;
        --fail-on) mapfile -t COMPREPLY < <(compgen -W "warning blocking" -- "$word"); return ;;
        --listen)
            mapfile -t COMPREPLY < <(compgen -W "udp:// tcp:// tls:// unix: unixgram:" -- "$word"); return ;;
    esac
    case $word in
        -*)
            local options
            options=$("${COMP_WORDS[0]}" "${COMP_WORDS[1]}" --help 2>/dev/null |
                grep -o -e '--[a-z-]*' | sort -u)
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
            ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _bouncewatch bouncewatch
