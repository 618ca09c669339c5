# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts here share. Sourced, not run.
#
# A base is a kernel the series exists for ("6.12"): patches/BASE/base names Debian's source package and its exact version,
# patches/BASE/series the patches in order. Everything that is made lives under $INTXD_CACHE/kernel.

shopt -s inherit_errexit

KERNEL_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${INTXD_CACHE:-/var/cache/intxd}

say() { printf 'kernel: %s\n' "$*" >&2; }
die() { printf 'kernel: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# need_base BASE: sets package, version, suite (empty: one of this machine's) and patches.
need_base() {
    patches=$KERNEL_DIR/patches/$1
    [[ -e $patches/base ]] || die "no such base: $1"
    suite=''
    # shellcheck source=/dev/null
    . "$patches/base"
    [[ -n $package && -n $version ]] || die "$patches/base names no package"
}

# The patches of the series that need_base found, one path a line. "@BASE" in it is the whole series of that base.
series() {
    local name
    [[ -e $patches/series ]] || return 0
    sed -e 's/[[:space:]]*#.*//' -e '/^$/d' "$patches/series" | while read -r name; do
        if [[ $name = @* ]]; then (need_base "${name#@}" && series); else printf '%s\n' "$patches/$name"; fi
    done
}

# The patch of a mutation for the base that need_base found: its own, or 6.12's.
mutation_file() {
    local file
    file=$KERNEL_DIR/mutations/$(basename "$patches")/$1.patch
    [[ -e $file ]] || file=$KERNEL_DIR/mutations/6.12/$1.patch
    [[ -e $file ]] || die "no such mutation: $1"
    printf '%s\n' "$file"
}

# Tools a build needs, and MORE: a program or file that shows it is there, and its package.
need_build_tools() { # MORE...
    local missing=() pair
    for pair in aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu make:make gcc:gcc flex:flex bison:bison bc:bc ccache:ccache xz:xz-utils \
                patch:patch perl:perl /usr/include/openssl/ssl.h:libssl-dev /usr/include/libelf.h:libelf-dev "$@"; do
        [[ -e ${pair%:*} ]] || command -v "${pair%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    [[ ${#missing[@]} -eq 0 ]] && return
    [[ $(id -u) -eq 0 ]] || die "missing packages, and not root to install them: ${missing[*]}"
    say "installing ${missing[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# kmake TREE BUILD ARGUMENT...: make for arm64. The build folder is one below the tree, so that commands name every file
# relatively and ccache finds them again wherever the tree is.
kmake() {
    local tree=$1 build=$2
    shift 2
    env LOCALVERSION= KBUILD_BUILD_TIMESTAMP='@1700000000' KBUILD_BUILD_USER=intxd KBUILD_BUILD_HOST=intxd KBUILD_BUILD_VERSION=1 \
        CCACHE_DIR="${CCACHE_DIR:-$CACHE/ccache}" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-5G}" \
        make -s -C "$tree" O="$tree/$build" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC="ccache aarch64-linux-gnu-gcc" \
        HOSTCC="ccache gcc" -j"${JOBS:-$(nproc)}" "$@"
}

# configure TREE BUILD FRAGMENT...: allnoconfig plus the fragments.
configure() {
    local tree=$1 build=$2
    shift 2
    mkdir -p "$tree/$build"
    # The last one of an option counts.
    cat "$@" | grep '^CONFIG_' | tac | awk -F= '!seen[$1]++' | tac >"$tree/$build/fragment.new"
    # An unchanged configuration keeps its time stamps, or make would build everything again.
    if ! cmp -s "$tree/$build/fragment" "$tree/$build/fragment.new" || [[ ! -e $tree/$build/.config ]]; then
        kmake "$tree" "$build" KCONFIG_ALLCONFIG="$tree/$build/fragment.new" allnoconfig >/dev/null &&
            mv "$tree/$build/fragment.new" "$tree/$build/fragment"
    else
        kmake "$tree" "$build" olddefconfig >/dev/null
    fi
}

# unmet CONFIG FRAGMENT...: the options that the fragments ask for and the configuration has not.
unmet() {
    local config=$1
    shift
    cat "$@" | sed -n 's/^\(CONFIG_[A-Za-z0-9_]*\)=/\1 /p' | awk 'NR == FNR { split($0, a, "="); have[a[1]] = substr($0, length(a[1]) + 2); next }
        { want = substr($0, length($1) + 2); last[$1] = want }
        END { for (o in last) if (last[o] != "n" ? have[o] != last[o] : o in have) print o "=" last[o] }' "$config" -
}
