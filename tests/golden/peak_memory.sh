#!/bin/sh
# usage: peak_memory.sh PROGRAM ARGUMENT...: run it, and print the most memory it held, in KiB.
# The kernel keeps the peak (VmHWM) as long as the process lives, so it is asked until the end.
set -u

"$@" >/dev/null 2>&1 &
pid=$!
peak=0
while kill -0 "$pid" 2>/dev/null; do
    now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status" 2>/dev/null)
    [ -n "$now" ] && peak=$now
    sleep 0.01
done
wait "$pid"
status=$?
echo "$peak"
exit "$status"
