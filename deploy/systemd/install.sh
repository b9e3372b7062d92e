#!/usr/bin/env bash
# Makes this machine run what its roles say, from the program in /opt/sohoa: account, folders, units, the command `sohoa`.
#
#   deploy/systemd/install.sh office                 everything on one machine
#   deploy/systemd/install.sh web work orchestrator  any of them: one machine of a province
#   deploy/systemd/install.sh backup                 a backup each night, on one machine of the installation
#
# Safe to repeat; files in /etc/sohoa are never written over. Starts nothing: it says how.
set -euo pipefail

say() { # say VIETNAMESE ENGLISH
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
        en*) printf '%s\n' "$2" >&2 ;;
        *) printf '%s\n' "$1" >&2 ;;
    esac
}

program=/opt/sohoa
here=$(dirname "${BASH_SOURCE[0]}")
if (($# == 0)); then
    echo "usage: $0 office|web|work|orchestrator|backup …" >&2
    exit 2
fi
units=()
for role in "$@"; do
    case $role in
        office | web | work | orchestrator) units+=("sohoa-$role.service") ;;
        backup) units+=(sohoa-backup.timer) ;;
        *)
            say "Không có vai trò «$role»." "There is no role \"$role\"."
            exit 2
            ;;
    esac
done
if ((EUID != 0)); then
    say "Cần quyền quản trị: sudo $0 $*" "Administrator rights are needed: sudo $0 $*"
    exit 3
fi
if [[ ! -x $program/.venv/bin/sohoa ]]; then
    say "Chưa có chương trình trong $program: hãy cài đặt trước (docs/how-to/one-machine.md)." \
        "The program is not in $program: install it first (docs/how-to/one-machine.md)."
    exit 3
fi

getent group sohoa >/dev/null || groupadd --system sohoa
getent passwd sohoa >/dev/null ||
    useradd --system --gid sohoa --home-dir /var/lib/sohoa --shell /usr/sbin/nologin sohoa
install -d -o sohoa -g sohoa -m 0700 /var/lib/sohoa
install -d -o root -g sohoa -m 0750 /etc/sohoa
install -d -o sohoa -g sohoa -m 0700 /etc/sohoa/keys /etc/sohoa/trust
if [[ " $* " == *" backup "* && ! -d /var/backups/sohoa ]]; then install -d -o sohoa -g sohoa -m 0700 /var/backups/sohoa; fi
if [[ ! -e /etc/sohoa/sohoa.toml ]]; then
    install -o root -g sohoa -m 0640 /dev/null /etc/sohoa/sohoa.toml
    echo "# docs/reference/settings.md; \`sohoa settings\` shows what is in force" >/etc/sohoa/sohoa.toml
fi
if [[ ! -e /etc/sohoa/environment ]]; then install -m 0600 /dev/null /etc/sohoa/environment; fi
install -m 0755 "$here/sohoa" /usr/local/bin/sohoa

install -d -m 0755 /etc/systemd/system/sohoa-.service.d
install -m 0644 "$here"/sohoa-.service.d/*.conf /etc/systemd/system/sohoa-.service.d/
for unit in "${units[@]}"; do install -m 0644 "$here/$unit" /etc/systemd/system/; done
if [[ " $* " == *" backup "* ]]; then install -m 0644 "$here/sohoa-backup.service" /etc/systemd/system/; fi
if [[ -d /run/systemd/system ]]; then systemctl daemon-reload; fi
say "Đã sẵn sàng. Khi thiết lập xong (/etc/sohoa/sohoa.toml), hãy chạy: systemctl enable --now ${units[*]}" \
    "Ready. When the settings are as they should be (/etc/sohoa/sohoa.toml), run: systemctl enable --now ${units[*]}"
