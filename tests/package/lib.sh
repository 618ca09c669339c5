# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 12 in a folder, for building packages and for installing them. Sourced, not run.
#
# A root is made once and kept under $INTXD_CACHE. What runs in it sees a copy: its writes go to memory and are gone with
# its last process, and so are its mounts. So a run leaves nothing behind, however it ends.

source "$(dirname "${BASH_SOURCE[0]}")/../vm/lib.sh"
# shellcheck disable=SC2034 # used by those who source this
TOP=$(cd "$VM_DIR/../.." && pwd) NATIVE=$(dpkg --print-architecture)

# debian_root NAME MMDEBSTRAP-WORD...: prints the folder of the root that these words make.
debian_root() {
    local name=$1 dir sources=() file
    shift
    dir=$CACHE/package-$name-$(printf '%s\n' "$@" | sha256sum | cut -c1-12)
    (
        mkdir -p "$CACHE"
        flock 9
        [[ ! -e $dir/.done ]] || exit 0
        need_tool mmdebstrap mmdebstrap
        need_tool mount mount
        arm64_apt_setup >&2
        say "making a Debian 12 for packages ($name): some minutes, log in $dir.log"
        [[ ! -d $dir ]] || rm -rf --one-file-system "$dir"
        for file in "$CACHE"/apt-arm64/sources/*; do sources+=("$(realpath "$file")"); done
        mmdebstrap --mode=root --dpkgopt=force-unsafe-io --aptopt='APT::Install-Recommends "false"' \
            --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/locale/*' \
            "$@" bookworm "$dir" "${sources[@]}" >"$dir.log" 2>&1 || { tail -n 20 "$dir.log" >&2; die "package: mmdebstrap failed"; }
        touch "$dir/.done"
        rm -f "$dir.log"
    ) 9>"$CACHE/.package-lock" || return
    printf '%s\n' "$dir"
}

# inside ROOT [--net] [--at FOLDER] SHELL-COMMAND [WORD...]: runs it as root in a copy of ROOT with FOLDER at /build. Without
# --net it has no network. SHELL-COMMAND is bash's, with WORDs as $1 and so on.
inside() {
    local root=$1 net=(--net) at='' program
    shift
    while [[ $1 == --* ]]; do
        case $1 in
            --net) net=() ;;
            --at) at=$2; shift ;;
        esac
        shift
    done
    program=$(cat <<'SETUP'
set -euo pipefail
root=$1 at=$2
shift 2
mount -t tmpfs none /mnt
mkdir /mnt/{upper,work,root}
mount -t overlay none -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
cd /mnt/root
mkdir -p build
[[ -z $at ]] || mount --bind "$at" build
mount -t proc proc proc
mount --rbind -o ro /sys sys
mount -t devpts -o newinstance,ptmxmode=666 none dev/pts
ln -sf pts/ptmx dev/ptmx
[[ ! -e /etc/resolv.conf ]] || cat /etc/resolv.conf >etc/resolv.conf
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
    chroot . bash -euo pipefail -c "$@"
SETUP
    )
    # The first word after the command is $0.
    unshare --mount --pid --fork --kill-child "${net[@]}" bash -c "$program" bash "$root" "$at" "$1" bash "${@:2}" </dev/null
}
