#!/bin/sh
# Usage: run.sh PROGRAM MAKE_LOG WORK
#
# An old log, read to its end by the daemon (killed twice on the way), gives the events of a scan of
# it, those of its last minute too. What a kill caught between sink and state comes again, with the
# same id.
set -eu

program=$1
make_log=$2
work=$3
rm -rf "$work"
mkdir -p "$work"

fail() {
    echo "same_events: FAILED: $1"
    exit 1
}

# What the daemon says of itself has no scope.
events_of() {
    jq -cS 'select(.scope != null) | [.type, .time, .scope, .key, .window, .zone, .notice, .rate, .id]' "$1"
}

"$make_log" --seed 3 --bytes 12000000 --bounce-rate 0.06 "$work/in.log"
"$program" scan --timezone UTC --events "$work/scan.events" "$work/in.log" >"$work/report" || true
events_of "$work/scan.events" >"$work/wanted"
count=$(wc -l <"$work/wanted")
[ "$count" -gt 50 ] || fail "the scan gave only $count events"

# The last life is long enough for what comes after the end: a log that is old and quiet for 5 s.
for seconds in 0.2 0.4 12; do
    "$program" run --timezone UTC --state "$work/state" --tail "$work/in.log" --from start \
        --events "$work/run.events" >"$work/log" 2>&1 &
    daemon=$!
    sleep "$seconds"
    kill -9 "$daemon"
    wait "$daemon" 2>/dev/null || true
done
events_of "$work/run.events" | awk '!seen[$0]++' >"$work/given"
diff "$work/wanted" "$work/given" >"$work/difference" ||
    fail "$(grep -c '^[<>]' "$work/difference") events differ: see $work/difference"
echo "same_events: $count events, the same from both"
