#!/usr/bin/env bash
# Brings a bare Debian 12 or Ubuntu 22.04 (or newer) machine to where the product runs.
#
#   scripts/setup.sh run     what `make demo` and `make run` need
#   scripts/setup.sh check   and the development tools
#   scripts/setup.sh test    and the servers and checkers that the tests start
#   scripts/setup.sh bench   like check, and the programs that benchmarks compare with
#
# Quiet unless a stage takes over two seconds or fails; instant when everything is there; safe to repeat.
set -euo pipefail

level=${1:-run}
case $level in run | check | test | bench) ;; *)
    echo "usage: $0 [run|check|test|bench]" >&2
    exit 2
    ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
state=.state
log=$state/setup.log # of the last run that had something to do
mkdir -p "$state"
exec 9>"$state/setup.lock"
if command -v flock >/dev/null; then flock 9; fi

# --- telling --------------------------------------------------------------------------------------------------------

# say VIETNAMESE ENGLISH
say() {
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
        en*) printf '%s\n' "$2" >&2 ;;
        *) printf '%s\n' "$1" >&2 ;;
    esac
}

# stage VIETNAMESE ENGLISH COMMAND…: run it into the log; name it if it takes over two seconds; show the log if it fails
stage() {
    local vietnamese=$1 english=$2 teller status=0
    shift 2
    if [[ -z ${logging:-} ]]; then : >"$log" && logging=yes; fi
    printf '\n== %s  %s\n' "$(date -u +%FT%TZ)" "$english" >>"$log"
    { sleep 2 >/dev/null 2>&1 && say "$vietnamese …" "$english …"; } 9>&- &
    teller=$!
    "$@" >>"$log" 2>&1 </dev/null 9>&- || status=$?
    kill "$teller" 2>/dev/null || true
    wait "$teller" 2>/dev/null || true
    if ((status)); then
        tail -n 30 "$log" >&2
        say "Không thành công: $vietnamese. Toàn bộ nhật ký: $log" "Failed: $english. The whole log: $log"
        exit 1
    fi
}

# --- system packages --------------------------------------------------------------------------------------------------

# The first Python that is new enough and can make virtual environments
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        "$name" -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(sys.executable)' 2>/dev/null && return
    done
    return 1
}

package_lists() {
    echo scripts/packages/run.txt
    if [[ $level == test ]]; then echo scripts/packages/test.txt; fi
}

# Entries of the lists as "PACKAGE[|PACKAGE…] PROGRAM"
wanted_packages() {
    package_lists | xargs sed 's/#.*//' | awk 'NF {print $1, $2}'
}

# Packages of the lists that are not on this machine. Of alternatives the first counts that is installed or that the
# distribution offers. Without dpkg those are missing whose program is not on the PATH.
missing_packages() {
    local choices package program installed=""
    if ! command -v dpkg-query >/dev/null; then
        wanted_packages | while read -r choices program; do
            if [[ $program != - ]] && ! command -v "$program" >/dev/null; then echo "${choices%%|*}"; fi
        done
        return
    fi
    # shellcheck disable=SC2016 # dpkg fills these in
    installed=$(wanted_packages | awk '{gsub("[|]", " ", $1); print $1}' |
        xargs dpkg-query -W -f='${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$2 == "installed" {print $1}')
    wanted_packages | while read -r choices program; do
        for package in ${choices//|/ }; do
            if grep -qxF "$package" <<<"$installed"; then continue 2; fi
            if apt-cache show "$package" >/dev/null 2>&1; then break; fi
            package=${choices%%|*}
        done
        echo "$package"
    done
}

# as_root COMMAND…
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

can_use_apt() {
    command -v apt-get >/dev/null || return 1
    ((EUID == 0)) && return
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -q -y "$@"
}

# Package lists younger than a day are good enough; a stale one shows when a download fails
refresh_apt() {
    [[ -n $(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 -print -quit 2>/dev/null) ]] || apt_get update
}

# Debian's own default Python, or the newer one beside it where the default is too old (Ubuntu 22.04)
python_packages() {
    local offered
    offered=$(apt-cache policy python3 | awk '$1 == "Candidate:" {print $2}')
    if dpkg --compare-versions "$offered" ge 3.11; then
        echo python3 python3-venv
    else
        echo python3.11 python3.11-venv
    fi
}

# The tests start servers of their own: keep the package from creating and starting a database server of the machine's
without_main_cluster() {
    local folder=/etc/postgresql-common/createcluster.d file status=0
    file=$folder/no-main-cluster.conf
    as_root mkdir -p "$folder"
    echo "create_main_cluster = false" | as_root tee "$file" >/dev/null
    "$@" || status=$?
    as_root rm -f "$file"
    return "$status"
}

install_packages() {
    local -a install=(apt_get install --no-install-recommends "$@")
    if [[ " $* " == *" postgresql "* ]]; then install=(without_main_cluster "${install[@]}"); fi
    "${install[@]}" || { apt_get update && "${install[@]}"; }
}

system_packages() {
    local missing
    missing=$(missing_packages | xargs)
    if ! find_python >/dev/null; then missing="python3 $missing"; fi
    [[ -n $missing ]] || return 0
    if ! can_use_apt; then
        missing=${missing/#python3/python3 (>= 3.11) python3-venv}
        say "Thiếu các gói hệ thống sau (tên theo Debian/Ubuntu) và không cài được bằng apt ở đây: $missing
Hãy nhờ người quản trị cài rồi chạy lại lệnh này." \
            "These system packages are missing (by their Debian/Ubuntu names) and apt cannot be used here: $missing
Have an administrator install them, then run this command again."
        exit 1
    fi
    stage "Cập nhật danh mục gói hệ thống" "Updating the list of system packages" refresh_apt
    missing=$(missing_packages | xargs)
    if ! find_python >/dev/null; then missing="$(python_packages) $missing"; fi
    # shellcheck disable=SC2086 # a list of names
    stage "Cài đặt gói hệ thống: $missing" "Installing system packages: $missing" install_packages $missing
}

# --- the Python environment -------------------------------------------------------------------------------------------

fingerprint() {
    sha256sum uv.lock pyproject.toml scripts/setup.sh | sha256sum | cut -d' ' -f1
}

# Whether the environment is the one that the lock file describes, for this level or a wider one
environment_is_ready() {
    local kind print
    [[ -x .venv/bin/python ]] && .venv/bin/python -c '' 2>/dev/null || return 1
    read -r kind print 2>/dev/null <"$state/environment" || return 1
    if [[ $level == bench && ! -x .venv/bin/ocrmypdf ]]; then return 1; fi # taken away by a plain `uv sync`
    [[ $print == "$(fingerprint)" && ($kind == bench || ($kind == dev && $level != bench) || $level == run) ]]
}

install_uv() {
    .tools/bin/python -c 'import pip' 2>/dev/null || "$1" -m venv --clear .tools
    .tools/bin/python -m pip install --quiet --disable-pip-version-check \
        "uv$(sed -n 's/^required-version = "\(.*\)"/\1/p' pyproject.toml)"
}

# Packages that are there beyond those named stay: `make demo` after `make test` must not take the tools away
sync_environment() {
    local python=$1
    local -a groups=(--no-dev)
    if [[ $level != run ]]; then groups=(--group dev); fi
    if [[ $level == bench ]]; then groups+=(--group bench); fi
    export UV_PYTHON=$python UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv UV_COMPILE_BYTECODE=1
    unset VIRTUAL_ENV
    if [[ -z ${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-} ]]; then
        .tools/bin/uv sync --frozen --inexact "${groups[@]}"
        return
    fi
    # The lock file names the public index; a machine that has to use a mirror gets the same versions, checked by hash
    if [[ ! -x .venv/bin/python ]]; then .tools/bin/uv venv --clear .venv; fi
    .tools/bin/uv export --quiet --frozen "${groups[@]}" --no-emit-project --output-file "$state/requirements.txt" &&
        .tools/bin/uv pip install --python .venv --require-hashes --requirements "$state/requirements.txt" &&
        .tools/bin/uv pip install --python .venv --no-deps --editable .
}

# The optional resident Tesseract, in a folder of its own: with it in the environment, the tests would not run the program
resident_tesseract() {
    UV_PYTHON_DOWNLOADS=never .tools/bin/uv export --quiet --frozen --no-dev --extra resident --no-emit-project |
        awk '/^[^ ]/ { wanted = /^tesserocr==/ } wanted' >"$state/resident.txt" &&
        .tools/bin/uv pip install --quiet --python .venv --target .tools/resident --no-deps --require-hashes \
            --requirements "$state/resident.txt"
}

python_environment() {
    local python kind=run
    environment_is_ready && return
    python=$(find_python)
    if [[ $level != run ]]; then kind=dev; fi
    if [[ $level == bench ]]; then kind=bench; fi
    rm -f "$state/environment"
    stage "Chuẩn bị uv" "Preparing uv" install_uv "$python"
    stage "Cài đặt các thư viện Python" "Installing Python packages" sync_environment "$python"
    if [[ $level != run ]]; then stage "Cài đặt Tesseract thường trú" "Installing the resident Tesseract" resident_tesseract; fi
    echo "$kind $(fingerprint)" >"$state/environment"
}

# Files for browsers, from the npm registry; nothing is asked for when they are there
browser_files() {
    local wanted=run
    if [[ $level != run ]]; then wanted=test; fi
    local print
    print="$wanted $(sha256sum scripts/packages/assets.txt | cut -d' ' -f1)"
    if [[ -d web/static/vendor && $(cat "$state/assets" 2>/dev/null) == "$print" ]]; then return; fi
    stage "Tải tệp cho trình duyệt" "Fetching files for browsers" .venv/bin/python scripts/fetch_assets.py "$wanted"
    echo "$print" >"$state/assets"
}

system_packages
python_environment
browser_files
