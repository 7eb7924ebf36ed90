#!/bin/sh
# Shows the two commands on a fresh Debian 12: a debootstrap tree, nothing in it but its base.
#
#   sudo tests/chroot/run.sh [demo|test] [FOLDER]     default: demo, in a folder of its own
#
# Takes minutes and half a gigabyte, so `make test` does not run it. The source goes in as an archive
# without git. Network and package mirror are the host's.
set -eu
what=${1:-demo}
root=${2:-$(mktemp -d /var/tmp/rhumb-chroot.XXXXXX)}
here=$(cd "$(dirname "$0")/../.." && pwd)
mirror=${MIRROR:-http://deb.debian.org/debian}

say() {
    echo "chroot: $* ($(($(date +%s) - begun)) s)"
}
begun=$(date +%s)

clean() {
    umount "$root/proc" "$root/dev" 2>/dev/null || true
    [ -n "${KEEP:-}" ] || rm -rf "$root"
}
trap clean EXIT

[ -x "$root/usr/bin/apt-get" ] || debootstrap --variant=minbase bookworm "$root" "$mirror" \
    >"$root.log" 2>&1 || { tail -n 20 "$root.log"; exit 1; }
say "Debian $(cat "$root/etc/debian_version") in $root"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# A clock that runs ahead of the mirror's signatures must not stop the test.
echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99test"
echo "deb $mirror bookworm main" >"$root/etc/apt/sources.list"
echo "deb $mirror bookworm-updates main" >>"$root/etc/apt/sources.list"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        chroot "$root" sh -euc "cd /rhumb && $*" </dev/null
}
mkdir -p "$root/rhumb"
(cd "$here" && { git ls-files -z 2>/dev/null || find . -path ./build -prune -o -type f -print0; } |
    tar --null -T - -cf -) | tar -C "$root/rhumb" -xf -
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" sh -euc \
    'apt-get -q update && apt-get -qy install --no-install-recommends make' >/dev/null
say "make installed"

case $what in
demo)
    inside make demo ONCE=1
    say "make demo, the first time"
    inside make demo ONCE=1 >/dev/null
    say "make demo, the second time"
    inside 'dpkg -l' | grep -E '^ii +(clang|node)' && { echo "chroot: make demo pulled clang or node"; exit 1; }
    ;;
test)
    inside make test
    say "make test"
    ;;
*)
    echo "usage: $0 [demo|test] [FOLDER]" >&2
    exit 2
    ;;
esac
echo "chroot: passed"
