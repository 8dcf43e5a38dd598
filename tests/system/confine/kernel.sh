#!/bin/sh
# A kernel that can confine less: the daemon says so once when it starts, by a line on standard error
# and by a notice, and counts the same. One that can confine all, or is not asked to, is silent.
#
# Usage: kernel.sh PROGRAM WORK OLD_KERNEL EXPECTED: 1 when something can be given up in this build, else 0
set -eu

story=kernel program=$1 work=$2 old_kernel=$3 expected=$4
here=$(dirname "$0")
# shellcheck source=tests/system/confine/story.sh
. "$here/story.sh"
daemon_program=$program
here_version=$("$old_kernel" version)

none="this kernel has no Landlock, or it is turned off"
old="Landlock of this kernel is older than version 3 (Linux 6.2) and does not keep files outside from being truncated"
no_filter="the kernel took no filter of system calls"

# run KERNEL NOTICE FILES CALLS FILES_METRIC CALLS_METRIC [OPTION]: as on that kernel ("" is this one)
run() {
    rm -rf state events
    mkdir events
    lines 0 100 >mail.log
    option=${7:-}
    # The wrapper becomes the daemon, by the same process id.
    launch=$daemon_program
    [ -z "$1" ] || launch="$old_kernel $1 $daemon_program"
    printf '#!/bin/sh\nexec %s "$@"\n' "$launch" >launch.sh
    chmod +x launch.sh
    program="$work/launch.sh"
    # shellcheck disable=SC2086
    start --tail "$work/mail.log" --from start --timezone UTC --state "$work/state" \
        --events "$work/events/e.ndjson" $option
    counted 100
    [ "$(metric bouncewatch_confined_files) $(metric bouncewatch_confined_calls)" = "$5 $6" ] ||
        fail "$1: files $(metric bouncewatch_confined_files), calls $(metric bouncewatch_confined_calls) instead of $5, $6"
    sleep 1.2
    stop
    notices=$(grep -s '"notice":"confinement' events/e.ndjson || true)
    if [ -z "$2" ]; then
        [ -z "$notices" ] || fail "$1 $option: $notices"
        [ ! -s said ] || fail "$1 $option: $(cat said)"
    else
        could="could only in part"
        [ "$2" = confinement_partial ] || could="could not"
        sentence="bouncewatch $could give up what it does not need; files: $3; system calls: $4."
        [ "$(echo "$notices" | jq -r '"\(.notice) \(.key) \(.cause)"')" = "$2 confine $sentence" ] ||
            fail "$1: $notices"
        echo "$notices" | jq -e '.action | startswith("Run Linux 6.2 or later")' >/dev/null ||
            fail "$1: $notices"
        [ "$(cat said)" = "bouncewatch: $sentence" ] || fail "$1: $(cat said)"
    fi
    echo "kernel: ${1:-this one} $option: files $5, calls $6, ${2:-nothing told}"
}

if [ "$expected" = 0 ]; then
    fault="this build is watched by a sanitizer"
    run "" confinement_absent "$fault" "$fault" 0 0
    run "" "" "" "" 0 0 --no-confine
    echo "kernel: NOT TRIED: this build gives up nothing"
    exit 0
fi
run "landlock=0" confinement_partial "$none" "given up" 0 1
run "landlock=0 seccomp=0" confinement_absent "$none" "$no_filter" 0 0
run "landlock=0 seccomp=0" "" "" "" 0 0 --no-confine
if [ "$here_version" -ge 3 ]; then
    run "" "" "" "" 1 1
    run "landlock=1" confinement_partial "$old" "given up" 1 1
    run "landlock=2" confinement_partial "$old" "given up" 1 1
    run "landlock=3" "" "" "" 1 1
    run "seccomp=0" confinement_partial "given up" "$no_filter" 1 0
    run "landlock=2 seccomp=0" confinement_partial "$old" "$no_filter" 1 0
else
    echo "kernel: NOT TRIED: Landlock of this kernel is of version $here_version"
fi
