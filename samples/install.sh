#!/bin/sh
# Installs the Debian 12 packages that bouncewatch is built with; with --tests also those its tests
# use. Does nothing when all are there already. Needs root.
set -eu

packages="build-essential cmake pkg-config libuv1-dev zlib1g-dev libfyaml-dev libxxhash-dev \
    libmicrohttpd-dev libjansson-dev libcurl4-openssl-dev libssl-dev libsystemd-dev libseccomp-dev"
if ! dpkg-query -W -f '${Status}' libvectorscan-dev 2>/dev/null | grep -q 'install ok installed'; then
    packages="$packages libhyperscan-dev"
fi
if [ "${1:-}" = "--tests" ]; then
    packages="$packages libcmocka-dev jq clang-format-14 clang-tidy-14 clang-14 libclang-rt-14-dev postfix curl
        systemd-journal-remote rsyslog libivykis0 libjson-c5 libnet1 libwrap0"
fi

missing=""
for package in $packages; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
        missing="$missing $package"
    fi
done
if [ -z "$missing" ]; then
    echo "== all packages are installed"
    exit 0
fi
echo "== installing:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "samples/install.sh: installing packages needs root; run this as root or with sudo" >&2
        exit 1
    fi
    as_root=sudo
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
