# What the scripts of this folder share; sourced, from the clone's root.
# shellcheck shell=bash

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hec/packaging
mkdir -p "$cache"
# Where is compiled; a second build has another place.
export targets=${targets:-$cache}

# Two builds of one commit carry the same moments.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
# … and nothing of whose machine it is: no language, zone, mask of rights, nor how they like things compiled or packed.
export LC_ALL=C.UTF-8 TZ=UTC PYTHONUTF8=1
umask 022
c='(CC|CXX|AR|RANLIB|CFLAGS|CXXFLAGS|ARFLAGS)'
while read -r setting; do
    unset "$setting"
done < <(compgen -e | grep -E "^($c|$c"'_.*|.*_'"$c|CRATE_CC_.*|CPATH|C_INCLUDE_PATH|LIBRARY_PATH|GCC_EXEC_PREFIX|COMPILER_PATH)$|^(RUSTC|RUSTC_.*|RUSTFLAGS|CARGO_ENCODED_RUSTFLAGS|CARGO_(BUILD_(RUST|TARGET$)|PROFILE_|TARGET_.*_).*|GZIP)$")
unset c setting

began=$SECONDS
step() {
    printf '\n== %s (%d s)\n' "$1" $((SECONDS - began))
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs Debian packages, those that are missing.
packages() {
    local missing=() one
    for one in "$@"; do
        dpkg-query -Wf '${Status}' "$one" 2>/dev/null | grep -q ' installed$' || missing+=("$one")
    done
    [ ${#missing[@]} = 0 ] && return
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}")
    as_root "${install[@]}" >"$cache/apt.log" 2>&1 && return
    as_root apt-get update -q >"$cache/apt.log" 2>&1 || true
    as_root "${install[@]}" >>"$cache/apt.log" 2>&1 || { tail "$cache/apt.log" >&2; fail "can't install ${missing[*]}"; }
}

# Reads `[x86-64|arm64|all] [--out DIR]` into the list $architectures and $out.
# shellcheck disable=SC2034
arguments() {
    architectures=(x86-64 arm64)
    out=${CARGO_TARGET_DIR:-target}/packages
    while [ $# -gt 0 ]; do
        case $1 in
            x86-64 | arm64) architectures=("$1") ;;
            all) ;;
            --out) out=${2:?--out wants a folder} && shift ;;
            *) fail "usage: ${0##*/} [x86-64|arm64|all] [--out DIR]" ;;
        esac
        shift
    done
    mkdir -p "$out"
    out=$(realpath "$out")
}

# An architecture's name in Rust.
triple() {
    case $1 in
        x86-64) echo x86_64-unknown-linux-gnu ;;
        arm64) echo aarch64-unknown-linux-gnu ;;
    esac
}

# An architecture's name in Debian, and in images.
debian() {
    case $1 in
        x86-64) echo amd64 ;;
        *) echo "$1" ;;
    esac
}

# Where this machine gets its packages from: `mirror main`, or `mirror security` for their security updates.
mirror() {
    local end=debian/
    if [ "$1" = security ]; then end=debian-security/; fi
    # shellcheck disable=SC2016 # what stands between $( and ) is apt's
    apt-get indextargets --format '$(REPO_URI)' | sort -u |
        awk -v end="$end" 'substr($0, length($0) - length(end) + 1) == end && !found++'
}
