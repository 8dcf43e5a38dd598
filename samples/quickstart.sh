#!/bin/sh
# Installs what is needed, builds, and scans the sample archive. Works from any directory, as root.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh samples/install.sh
echo "== building"
cmake --preset release
cmake --build --preset release -j "$(nproc)"
echo "== build/release/bouncewatch scan samples/archive"
build/release/bouncewatch scan samples/archive
