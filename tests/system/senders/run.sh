#!/bin/sh
# A real rsyslog or syslog-ng sends to the daemon, which is killed on the way: each message counts
# once. The configurations are those of samples/.
#
# Usage: run.sh DAEMON_TEST PROGRAM SAMPLES WORK MESSAGES KILLS SEED SENDER
# SENDER: rsyslog, rsyslog-stream (one zlib stream), rsyslog-single (each message compressed),
# rsyslog-lines (its own template and framing), syslog-ng.
set -eu

test=$1 program=$2 samples=$3 work=$4 messages=$5 kills=$6 seed=$7 sender=$8
rm -rf "$work"
mkdir -p "$work"
cd "$work"
port=$((20000 + $$ % 20000))
relay=

stop_relay() {
    if [ -n "$relay" ]; then
        kill "$relay" 2>/dev/null || true
        wait "$relay" 2>/dev/null || true
    fi
}
trap stop_relay EXIT

rsyslog_head() {
    echo "module(load=\"imuxsock\" SysSock.Use=\"off\")"
    echo "input(type=\"imuxsock\" Socket=\"$work/relay\" RateLimit.Interval=\"0\")"
    echo "global(workDirectory=\"$work\")"
}

here='s/192\.0\.2\.10/127.0.0.1/; s/"6514"/"'$port'"/; s/(6514)/('$port')/; s/resumeInterval="5"/resumeInterval="1"/'
case $sender in
rsyslog)
    rsyslog_head >relay.conf
    sed "$here" "$samples/rsyslog-to-bouncewatch.conf" >>relay.conf
    ;;
rsyslog-stream)
    rsyslog_head >relay.conf
    sed "$here; s/# \(compression.mode=\)/\1/" "$samples/rsyslog-to-bouncewatch.conf" >>relay.conf
    grep -q '^ *compression.mode="stream:always"' relay.conf
    ;;
rsyslog-single)
    rsyslog_head >relay.conf
    sed "$here; s/# compression.mode=\"stream:always\" ziplevel=\"6\"/ziplevel=\"9\"/" \
        "$samples/rsyslog-to-bouncewatch.conf" >>relay.conf
    grep -q '^ *ziplevel="9"' relay.conf
    ;;
rsyslog-lines)
    rsyslog_head >relay.conf
    cat >>relay.conf <<EOF
global(parser.permitSlashInProgramName="on")
mail.* action(type="omfwd" target="127.0.0.1" port="$port" protocol="tcp" queue.type="LinkedList"
    queue.filename="bw" action.resumeRetryCount="-1" action.resumeInterval="1")
EOF
    ;;
syslog-ng)
    # Debian lets only one system log daemon be installed, so this one is unpacked beside.
    if [ ! -x ../syslog-ng/usr/sbin/syslog-ng ]; then
        mkdir -p ../syslog-ng/package
        (cd ../syslog-ng/package && apt-get download -q syslog-ng-core && dpkg-deb -x ./*.deb ..)
    fi
    ng=$(cd ../syslog-ng && pwd)
    modules=$(echo "$ng"/usr/lib/syslog-ng/*/)
    {
        echo '@version: 3.38'
        echo "options { time-reopen(1); };"
        echo "source s_src { unix-dgram(\"$work/relay\"); };"
        sed "$here" "$samples/syslog-ng-to-bouncewatch.conf"
    } >relay.conf
    ;;
*)
    echo "run.sh: there is no sender $sender" >&2
    exit 2
    ;;
esac

start_relay() {
    if [ "$sender" = syslog-ng ]; then
        LD_LIBRARY_PATH=$(dirname "$(find "$ng" -name 'libsyslog-ng-*.so*' | head -1)") \
            "$ng/usr/sbin/syslog-ng" -F -f relay.conf --module-path "$modules" --no-caps \
            --persist-file "$work/persist" --pidfile "$work/pid" --control "$work/control" \
            >relay.log 2>&1 &
    else
        rsyslogd -n -f "$work/relay.conf" -i "$work/pid" >relay.log 2>&1 &
    fi
    relay=$!
}

# rsyslog may send a message twice after a connection that failed, so the daemon is there first.
BW_TEST_PORT=$port "$test" "$program" "$work" "$messages" "$kills" "$seed" relay+kill+tcp &
driver=$!
i=0
while [ ! -e ready ] && [ "$i" -lt 200 ]; do
    i=$((i + 1))
    sleep 0.05
done
start_relay
status=0
wait "$driver" || status=$?
if [ "$status" != 0 ]; then
    cat relay.log >&2
fi
exit "$status"
