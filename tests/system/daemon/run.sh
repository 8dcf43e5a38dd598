#!/bin/sh
# Usage: run.sh DAEMON_TEST PROGRAM WORK LINES EVENTS SEED KIND: see daemon_test.c.
set -eu

test=$1
program=$2
work=$3
shift 3
rm -rf "$work"
mkdir -p "$work"
"$test" "$program" "$work" "$@"
