#!/usr/bin/env bash
# Installs Số hóa from this folder on a machine that has no network. As root:
#
#   ./install.sh [office|web|work|orchestrator|backup …]    what the machine is to do; by default: office
#
# The program goes to /opt/sohoa; one that was there is kept as /opt/sohoa.before. Safe to repeat.
set -euo pipefail

program=/opt/sohoa
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { # say VIETNAMESE ENGLISH
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
        en*) printf '%s\n' "$2" >&2 ;;
        *) printf '%s\n' "$1" >&2 ;;
    esac
}

refuse() {
    say "$@"
    exit 3
}

if ((EUID != 0)); then refuse "Cần quyền quản trị: sudo $0" "Administrator rights are needed: sudo $0"; fi

say "Kiểm tra bộ cài đặt …" "Checking the bundle …"
(cd "$here" && sha256sum --check --quiet --strict SHA256SUMS) ||
    refuse "Bộ cài đặt không nguyên vẹn: hãy sao chép lại." "The bundle is not whole: copy it again."
read -r release architecture python <"$here/made-for"
# shellcheck source=/dev/null
. /etc/os-release
[[ ${VERSION_CODENAME:-} == "$release" && $(dpkg --print-architecture) == "$architecture" ]] ||
    refuse "Bộ cài đặt này dành cho $release ($architecture); máy này là ${VERSION_CODENAME:-?} ($(dpkg --print-architecture))." \
        "This bundle is made for $release ($architecture); this machine is ${VERSION_CODENAME:-?} ($(dpkg --print-architecture))."
if [[ -d /run/systemd/system ]] && systemctl --quiet is-active 'sohoa-*.service'; then
    refuse "Số hóa đang chạy: hãy dừng trước (systemctl stop 'sohoa-*.service')." "It is running: stop it first (systemctl stop 'sohoa-*.service')."
fi

work=$(mktemp -d)
half_done=
finish() {
    rm -rf "$work"
    if [[ -n $half_done ]]; then
        rm -rf "$program"
        if [[ -d $program.before ]]; then mv "$program.before" "$program"; fi
        say "Không thành công; bản trước, nếu có, vẫn còn nguyên." "Failed; an earlier version, if there was one, is as it was."
    fi
}
trap finish EXIT

say "Cài đặt gói hệ thống …" "Installing system packages …"
mkdir -p "$work/lists/partial"
ln -s "$here/debs" "$work/debs" # a path without blanks
echo "deb [trusted=yes] file:$work/debs ./" >"$work/sources.list"
from_bundle() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root \
        -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@" >>"$work/log" 2>&1 ||
        { tail -n 30 "$work/log" >&2 && return 1; }
}
from_bundle update
# shellcheck disable=SC2046 # a list of names
from_bundle install --no-install-recommends $(cat "$here/packages")

say "Cài đặt chương trình …" "Installing the program …"
if [[ -d $program ]]; then
    rm -rf "$program.before"
    mv "$program" "$program.before"
fi
half_done=yes
mkdir -m 0755 "$program"
tar --extract --file "$here/source.tar" --directory "$program" --no-same-owner
"python$python" -m venv "$program/.venv"
install_python() {
    "$program/.venv/bin/python" -m pip --isolated --quiet --disable-pip-version-check --no-cache-dir install \
        --no-index --find-links "$here/wheels" --no-deps "$@"
}
install_python --require-hashes --requirement "$here/requirements.txt"
install_python --editable "$program"
cp "$here/sbom.cdx.json" "$program/"
half_done=

if (($# == 0)); then set -- office; fi
"$program/deploy/systemd/install.sh" "$@"
sohoa doctor || true
