#!/bin/sh
# Logs behind symbolic links: of the file, of a directory in the middle of the path, of one that a
# wildcard stands for, and one whose file comes later. They are rotated where they really are, while
# the daemon is there and while it is not; every line is counted once, with confinement and without.
# A link that appears later and leads elsewhere is told when the daemon has given that up, with what
# to do; doing it loses nothing.
#
# Usage: links.sh PROGRAM WORK
set -eu

story=links program=$1 work=$2
here=$(dirname "$0")
# shellcheck source=tests/system/confine/story.sh
. "$here/story.sh"

next=0
# write FILE COUNT: lines that were never written before
write() {
    lines "$next" $((next + $2)) >>"$1"
    next=$((next + $2))
}

run_here() {
    # shellcheck disable=SC2086
    start --tail "$work/logs/*.log" --tail "$work/current/mail.log*" --tail "$work/hosts/*/mail.log" \
        --from start --timezone UTC --state "$work/state" --events "$work/events/e.ndjson" $option
}

# told PATH REAL: there is a notice that this cannot be read any more, and what to do
told() {
    jq -e -s --arg path "$1" --arg real "$2" 'any(.[]; .notice == "source_unreadable" and .key == $path
        and (.cause | contains("it leads to \($real), which lies outside of the directories that bouncewatch kept"))
        and (.action | startswith("Restart bouncewatch: ")))' events/e.ndjson >/dev/null
}

# run NAME OPTION: the story; files are confined where the daemon says so, which the unit test checks
run() {
    option=$2
    rm -rf state logs data hosts current events
    mkdir -p logs hosts events data/a data/b data/c data/h1 data/later data/outside
    next=0
    ln -s ../data/a/mail.log logs/mail.log
    ln -s "$work/data/later/other.log" logs/other.log
    ln -s "$work/data/b" current
    ln -s ../data/h1 hosts/h1
    for place in a b h1; do
        write "data/$place/mail.log" 100
    done
    run_here
    counted 300
    confined=$(metric bouncewatch_confined_files)

    # The kernel says what happens behind a link, too: a line does not wait for the look once a
    # second, in four of six cases at least, for the machine may be busy.
    soon=0
    for turn in 1 2 3 4 5 6; do
        write data/a/mail.log 1
        sleep 0.2
        if has_counted "$next"; then
            soon=$((soon + 1))
        fi
    done
    [ "$soon" -ge 4 ] || fail "$1: $soon of 6 lines behind a link were counted at once"

    for turn in 1 2 3 4 5 6 7 8 9 10; do
        for place in a b h1; do
            write "data/$place/mail.log" 20
            mv "data/$place/mail.log" "data/$place/mail.log.$turn"
            write "data/$place/mail.log.$turn" 5
            write "data/$place/mail.log" 5
        done
        sleep 0.2
    done
    counted "$next"

    # The same while nobody is there, unread lines and all, and a copy that is truncated.
    for place in a b h1; do
        write "data/$place/mail.log" 20
        kill -9 "$daemon"
        wait "$daemon" 2>/dev/null || true
        write "data/$place/mail.log" 20
        mv "data/$place/mail.log" "data/$place/mail.log.before"
        write "data/$place/mail.log" 20
        run_here
        counted "$next"
    done
    write data/a/mail.log 20
    kill -9 "$daemon"
    wait "$daemon" 2>/dev/null || true
    write data/a/mail.log 20
    cp data/a/mail.log data/a/mail.log.copy
    : >data/a/mail.log
    write data/a/mail.log 20
    run_here
    counted "$next"

    # What was not there yet; and a link that appears later, to where another one led before.
    write data/later/other.log 20
    write data/a/new.log 20
    ln -s ../data/a/new.log logs/new.log
    counted "$next"
    ! grep -q source_unreadable events/e.ndjson || fail "$1: $(grep source_unreadable events/e.ndjson)"

    # Elsewhere: a log, and a directory in the middle of the path.
    before=$next
    write data/outside/late.log 20
    ln -s ../data/outside/late.log logs/late.log
    write data/c/mail.log 20
    ln -sfn "$work/data/c" current
    if [ "$confined" = 1 ]; then
        until_true "$1: a log that cannot be read any more is not told" \
            told "$work/logs/late.log" "$work/data/outside/late.log"
        until_true "$1: a directory that cannot be read any more is not told" \
            told "$work/current" "$work/data/c"
        [ "$(get /api/v1/zones | jq -r '.inputs[] | select(.path | endswith("late.log")) | .fault')" = \
            "it lies outside of what bouncewatch kept the right to read; restart bouncewatch" ] ||
            fail "$1: the input has no fault: $(get /api/v1/zones | jq -c .inputs)"
        has_counted "$before" || fail "$1: it was read, though it was given up"
        sleep 2
        [ "$(grep -c source_unreadable events/e.ndjson)" = 2 ] ||
            fail "$1: told more than once: $(grep source_unreadable events/e.ndjson)"
        stop
        run_here
    fi
    counted "$next"
    stop
    "$program" report --state state --report json --timezone UTC | jq -c .totals >"totals.$1"
    [ "$(jq '.delivered + .hard' "totals.$1")" = "$next" ] || fail "$1: $(cat "totals.$1") of $next lines"
    cp events/e.ndjson "events.$1"
    echo "links: $1: files $confined, $next lines, $(cat "totals.$1")"
}

run on ""
[ "$confined" = 1 ] || echo "links: NOT TRIED: Landlock is not in this kernel or this build"
run off --no-confine
[ "$confined" = 0 ] || fail "--no-confine does not turn it off"
cmp totals.on totals.off || fail "the totals differ"

# More directories than can be named to the kernel one by one: nothing is given up, and that is said.
if [ "$(jq -s 'any(.[]; .notice == "source_unreadable")' events.on)" = true ]; then
    rm -rf state data hosts events
    mkdir -p data hosts events
    for i in $(seq 1100); do
        mkdir "data/$i"
        ln -s "../data/$i" "hosts/$i"
    done
    start --tail "$work/hosts/*/mail.log" --state "$work/state" --events "$work/events/e.ndjson"
    [ "$(metric bouncewatch_confined_files)" = 0 ] || fail "1100 directories were named"
    until_true "too many directories are not told" grep -q '"notice":"confinement_absent"' events/e.ndjson
    grep -q "nothing was given up: there are more directories than the confinement takes" said ||
        fail "too many directories: $(cat said)"
    stop
    echo "links: 1100 directories: nothing given up, and told"
fi
