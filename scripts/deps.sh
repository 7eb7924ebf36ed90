#!/bin/sh
# Installs what Rhumb needs from Debian's packages, and nothing that is there already.
#
#   scripts/deps.sh build     what `make` and `make demo` need
#   scripts/deps.sh test      that, and what `make test` needs
#
# Never asks: as root, or through sudo, it says the size and installs. With neither it prints the
# exact line to run and exits 1.
set -eu
cd "$(dirname "$0")/.."

# meson brings Python; pkgconf finds the libraries.
build="gcc libc6-dev meson ninja-build pkgconf ca-certificates libuv1-dev libicu-dev libyaml-dev
  libdeflate-dev zlib1g-dev libzstd-dev liburcu-dev libxxhash-dev librocksdb-dev
  liblua5.1-0-dev libcurl4-openssl-dev libmosquitto-dev libnats-dev librdkafka-dev libssl-dev
  libwslay-dev libsqlite3-dev libexpat1-dev libmaxminddb-dev"
# The second compiler, the test library, and other people's answers to compare ours with.
test="g++ ccache clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev llvm-14 libcmocka-dev
  libs2-dev libgeos-dev libgeographiclib-dev osmium-tool mandoc
  mosquitto mosquitto-clients nats-server redis-server redis-tools curl python3-geopy"

case ${1:-} in
build) wanted=$build ;;
test) wanted="$build $test" ;;
*)
    echo "usage: scripts/deps.sh build|test" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null; then
    echo "deps: no apt-get here. Rhumb needs what these Debian packages hold:" $wanted >&2
    exit 1
fi

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for package in $wanted; do
    installed "$package" || missing="$missing $package"
done

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    elif command -v sudo >/dev/null && [ -t 0 ]; then
        as_root=sudo
    elif [ -n "$missing" ]; then
        echo "deps: neither root nor sudo here. As root, run:" >&2
        echo "apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    fi
fi

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        -o APT::Sandbox::User=root "$@"
}

if [ -n "$missing" ]; then
    # A fresh image has no package lists; stale lists name files that are gone.
    if ! size=$(LC_ALL=C apt install --assume-no --no-install-recommends $missing 2>/dev/null |
        grep -E '^(Need to get|After this)') && [ -z "$size" ]; then
        apt update >/dev/null
        size=$(LC_ALL=C apt install --assume-no --no-install-recommends $missing 2>/dev/null |
            grep -E '^(Need to get|After this)') || true
    fi
    echo "deps: installing$missing"
    [ -z "$size" ] || echo "$size" | sed 's/^/deps: /'
    log=$(mktemp)
    if ! { apt install -y --no-install-recommends $missing ||
        { apt update && apt install -y --no-install-recommends $missing; }; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "deps: apt failed (above); the whole log is $log" >&2
        exit 1
    fi
    rm -f "$log"
fi

# llhttp is generated C inside a package that depends on Node; the C alone is unpacked here.
if ! pkg-config --exists libllhttp && [ ! -f /usr/share/llhttp/llhttp.c ] &&
    [ ! -f build/deps/usr/share/llhttp/llhttp.c ]; then
    echo "deps: fetching the C of llhttp (0.2 MB, package node-llhttp, unpacked in build/deps)"
    mkdir -p build/deps
    (
        cd build/deps
        rm -f node-llhttp_*.deb
        apt-get -q -o APT::Sandbox::User=root download node-llhttp >/dev/null 2>&1 ||
            { apt update >/dev/null 2>&1 &&
                apt-get -q -o APT::Sandbox::User=root download node-llhttp >/dev/null; }
        dpkg-deb -x node-llhttp_*.deb .
        rm -f node-llhttp_*.deb
    )
fi
