#!/bin/sh
# What a server answers over HTTP on loopback, with one core for it and one for its clients.
#
# usage: bench/http.sh BUILD ATLAS [SECONDS]
#
# For each of search, autocomplete and reverse, house addresses: the rate of a closed loop of 64
# connections and what it costs the server, then the latency of an open loop at half the rate that was reached.
set -eu
build=$1
atlas=$2
seconds=${3:-5}
port=${PORT:-17070}
folder=$(mktemp -d)
taskset -c 0 "$build/rhumb" serve --atlas "$atlas" --http "127.0.0.1:$port" --threads 1 \
    >"$folder/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; rm -rf "$folder"' EXIT
for _ in $(seq 100); do
    grep -q listening "$folder/log" && break
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
ticks() {
    awk '{ print $14 + $15 }' "/proc/$server/stat"
}
hertz=$(getconf CLK_TCK)
for kind in search autocomplete reverse; do
    "$build/bench/atlas_requests" "$atlas" "$kind" 20000 >"$folder/requests"
    taskset -c 1 "$build/bench/http_load" "$port" "$folder/requests" 64 1 >/dev/null # warm
    before=$(ticks)
    closed=$(taskset -c 1 "$build/bench/http_load" "$port" "$folder/requests" 64 "$seconds")
    after=$(ticks)
    rate=$(echo "$closed" | sed 's/.*, \([0-9]*\) req.*/\1/')
    echo "$kind: $closed, $(awk "BEGIN { printf \"%.1f\", \
        ($after - $before) / $hertz * 1e6 / ($rate * $seconds) }") us CPU of the server each"
    echo "$kind: $(taskset -c 1 "$build/bench/http_load" "$port" "$folder/requests" 64 "$seconds" \
        $((rate / 2)))"
done
