#!/usr/bin/env bash
# Installs a bundle in an empty system without a network and runs the demonstration there: `make bundle-drill`.
#
#   scripts/bundle_drill.sh BUNDLE.tar [BASE]
#
# As root. BASE is the root folder of a bare system of the bundle's release; without it, debootstrap makes one.
set -euo pipefail

bundle=$(realpath "${1:?the bundle}")
base=${2:-}
if ((EUID != 0)); then
    echo "bundle-drill: has to run as root: it makes a system of its own" >&2
    exit 3
fi
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
release=$(tar -xOf "$bundle" --wildcards '*/made-for' | cut -d' ' -f1)

if [[ -n $base ]]; then
    cp -a "$base/." "$work/office"
else
    debootstrap --variant=minbase "$release" "$work/office"
fi
rm -f "$work/office/etc/apt/sources.list" "$work"/office/etc/apt/sources.list.d/* # nothing to fetch from, even by mistake
tar -xf "$bundle" -C "$work/office/srv"

cat >"$work/office/srv/drill.sh" <<'D'
set -euo pipefail
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
cd /srv/sohoa-*/
./install.sh office
mkdir -p /srv/demo && chown sohoa: /srv/demo
sohoa demo --out /srv/demo
sohoa verify --all
D
# shellcheck disable=SC2016 # the inner shell fills these in
unshare --net --mount --pid --fork --kill-child bash -euc '
    mount --make-rprivate / 2>/dev/null || true
    mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; mount --rbind /sys "$1/sys"
    ip link set lo up # loopback alone
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$1" /bin/bash /srv/drill.sh' drill "$work/office"
echo "installed, tried and verified without a network: $(basename "$bundle")"
