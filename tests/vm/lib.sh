# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the emulated arm64 host is made of: Debian's own arm64 packages, unpacked under a cache folder.
#
# Sourced, not run. Every step's result lives in a folder named after what it was made from, so a second run costs
# nothing and a new kernel package makes a new folder. The machine's own dpkg and apt set-up is never touched:
# arm64 packages come through a private apt state that only borrows the machine's Debian sources and keys.

shopt -s inherit_errexit # a failing step inside $(...) must stop its caller too

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${INTXD_CACHE:-/var/cache/intxd}

say() { printf 'vm: %s\n' "$*" >&2; }
die() { printf 'vm: %s\n' "$*" >&2; exit 1; }

# Tools of the build machine, as Debian packages: a program that shows it is there, and its package.
need_tools() {
    local missing=() pair
    for pair in qemu-system-aarch64:qemu-system-arm aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu cpio:cpio depmod:kmod \
                xz:xz-utils python3:python3 /usr/share/qemu-efi-aarch64/QEMU_EFI.fd:qemu-efi-aarch64 \
                /usr/aarch64-linux-gnu/lib/libc.a:libc6-dev-arm64-cross; do
        [[ -e ${pair%:*} ]] || command -v "${pair%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    [[ ${#missing[@]} -eq 0 ]] && return
    [[ $(id -u) -eq 0 ]] || die "missing packages, and not root to install them: ${missing[*]}"
    say "installing ${missing[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# need_tool PROGRAM PACKAGE: one more, for the scripts that need it.
need_tool() {
    [[ -e $1 ]] || command -v "$1" >/dev/null && return
    [[ $(id -u) -eq 0 ]] || die "missing package, and not root to install it: $2"
    say "installing $2"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

# apt-get for arm64, with its own lists, archives and (empty) list of installed packages.
arm64_apt() {
    local root=$CACHE/apt-arm64
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root \
        -o Dir::State="$root/state" -o Dir::State::status="$root/state/status" -o Dir::Cache="$root/cache" \
        -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$root/sources" \
        -o Acquire::Languages=none -o APT::Install-Recommends=false "$@"
}

arm64_apt_setup() {
    local root=$CACHE/apt-arm64 file
    # Lists are fetched once a day; a kernel a day old tests as well as the newest.
    [[ -z $(find "$root/state/updated" -mmin -1440 2>/dev/null) ]] || return 0
    mkdir -p "$root"/state/lists/partial "$root"/cache/archives/partial "$root"/sources
    : >"$root/state/status"
    # Only the machine's Debian sources: others need not have arm64 at all.
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        if [[ -f $file ]] && grep -qE '\bmain\b' "$file" && grep -qi debian "$file" && ! grep -qE '\[.*arch=|^Architectures:' "$file"; then
            ln -sf "$file" "$root/sources/"
        fi
    done
    say "reading the arm64 package lists"
    arm64_apt update && touch "$root/state/updated"
}

# arm64_unpack NAME REGEX PACKAGE...: of the packages and all they depend on, those whose file name matches REGEX,
# unpacked in one tree; prints its folder.
arm64_unpack() {
    local name=$1 regex=$2 answer debs dir deb archives=$CACHE/apt-arm64/cache/archives
    shift 2
    # Asking apt costs most of a second: its answer holds until the lists are read again.
    answer=$CACHE/apt-arm64/answer-$(sha256sum <<<"$regex $*" | cut -c1-12)
    arm64_apt_setup
    if [[ $answer -nt $CACHE/apt-arm64/state/updated ]]; then
        dir=$(cat "$answer")
        if [[ -e $dir/.done ]]; then printf '%s\n' "$dir" && return; fi
    fi
    debs=$(arm64_apt install --print-uris "$@" | awk '{print $2}' | grep -E "$regex" | sort) || die "apt finds none of: $*"
    dir=$CACHE/$name-$(sha256sum <<<"$debs" | cut -c1-12)
    if [[ ! -e $dir/.done ]]; then
        say "fetching and unpacking $name (arm64): $(wc -l <<<"$debs") packages"
        # shellcheck disable=SC2046,SC2001 # package names have no spaces
        (cd "$archives" && arm64_apt download $(sed 's/_.*//' <<<"$debs") >/dev/null)
        rm -rf "$dir" && mkdir -p "$dir"
        while read -r deb; do dpkg-deb -x "$archives/$deb" "$dir"; done <<<"$debs"
        (cd "$archives" && xargs rm -f <<<"$debs")
        touch "$dir/.done"
    fi
    printf '%s\n' "$dir" | tee "$answer"
}

kernel_tree() { arm64_unpack kernel '^linux-image-[0-9]' linux-image-arm64; }

# Modules that go into the initramfs; what they depend on is found in modules.dep. init loads those it needs itself,
# a payload the others (a function is to be seen without a driver too).
MODULES=(virtio_mmio 9pnet_virtio 9p vfio_iommu_type1 vfio-pci e1000e e1000 virtio_pci virtio-rng nvme
         virtio_blk ext4 crc32c_generic autofs4)

# module_files KERNEL-TREE MODULE...: their files and those of what they need, relative to the tree.
module_files() {
    local tree=$1 version
    shift
    version=$(basename "$tree"/lib/modules/*)
    [[ -e $tree/lib/modules/$version/modules.dep ]] || depmod -b "$tree" "$version"
    python3 - "$tree/lib/modules/$version" "$@" <<'PY'
import os, sys
base, names = sys.argv[1], sys.argv[2:]
inside = "lib/modules/" + os.path.basename(base)
needs = {}
for line in open(f"{base}/modules.dep"):
    name, rest = line.split(":")
    needs[name] = rest.split()
stem = lambda path: os.path.basename(path).split(".ko")[0].replace("-", "_")
paths = {stem(path): path for path in needs}
builtin = {stem(line.strip()) for line in open(f"{base}/modules.builtin")}
files = set()
for name in names:
    name = name.replace("-", "_")
    if name in paths:
        files |= {paths[name], *needs[paths[name]]}
    elif name not in builtin:
        sys.exit(f"vm: the kernel package has no module {name}")
print("\n".join(f"{inside}/{path}" for path in sorted(files)))
PY
}

# initramfs KERNEL-TREE: busybox, the modules and init; prints the file.
initramfs() {
    local tree=$1 busybox key file root version
    busybox=$(arm64_unpack busybox '^busybox-static' busybox-static)
    key=$(printf '%s\n' "$tree" "$busybox" | cat - "$VM_DIR/init" "$VM_DIR/lib.sh" | sha256sum | cut -c1-12)
    file=$CACHE/initramfs-$key.cpio.gz
    if [[ ! -e $file ]]; then
        root=$(mktemp -d)
        chmod 755 "$root"
        mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,run,share}
        cp "$busybox/bin/busybox" "$root/bin/busybox"
        cp "$VM_DIR/init" "$root/init"
        module_files "$tree" "${MODULES[@]}" | (cd "$tree" && xargs cp --parents -t "$root")
        version=$(basename "$root"/lib/modules/*)
        cp "$tree/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$version/"
        depmod -b "$root" "$version"
        (cd "$root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$file.$$" && mv "$file.$$" "$file"
        rm -rf "$root"
    fi
    printf '%s\n' "$file"
}

# Static arm64 programs of the tests: built once per source.
arm64_program() {
    local source=$1 file
    file=$CACHE/$(basename "$source" .c)-$(sha256sum "$source" | cut -c1-12)
    if [[ ! -e $file ]]; then
        aarch64-linux-gnu-gcc -static -O2 -Wall -Wextra -Werror -std=c17 -D_GNU_SOURCE -o "$file.$$" "$source"
        mv "$file.$$" "$file"
    fi
    printf '%s\n' "$file"
}

# What intxd is built against, in a private arm64 tree; prints its folder. One more package a dependency, here.
SYSROOT_PACKAGES=(libc6-dev libpci-dev libsystemd-dev libjansson-dev libsmartcols-dev libarchive-dev libnl-3-dev)
sysroot() {
    local dir link target
    dir=$(arm64_unpack sysroot . "${SYSROOT_PACKAGES[@]}")
    if [[ ! -e $dir/.linked ]]; then
        # Packages expect /lib to be a link to /usr/lib, which an unpacked tree has not.
        if [[ -d $dir/lib && ! -L $dir/lib ]]; then
            cp -a "$dir/lib/." "$dir/usr/lib/" && rm -rf "${dir:?}/lib" && ln -s usr/lib "$dir/lib"
        fi
        # Absolute links would lead to the build machine's files.
        find "$dir" -type l -lname '/*' | while read -r link; do
            target=$(readlink "$link")
            ln -sfnr "$dir$target" "$link"
        done
        touch "$dir/.linked"
    fi
    printf '%s\n' "$dir"
}

# add_libraries TREE: to an installed arm64 tree, the shared libraries that its programs need, out of the sysroot.
add_libraries() {
    local tree=$1 root file name library added=1
    root=$(sysroot)
    mkdir -p "$tree/lib" "$tree/usr/lib/aarch64-linux-gnu"
    cp -L "$root/lib/ld-linux-aarch64.so.1" "$tree/lib/"
    # Until nothing new is found: a library needs others.
    while [[ $added -ne 0 ]]; do
        added=0
        while read -r name; do
            [[ -z $(find "$tree" -name "$name" -print -quit) ]] || continue
            library=$(find "$root/usr/lib/aarch64-linux-gnu" -name "$name" -print -quit)
            [[ -n $library ]] || die "the sysroot has no $name"
            cp -L "$library" "$tree/usr/lib/aarch64-linux-gnu/$name"
            added=1
        done < <(echo libarchive.so.13 # dlopen()ed
                 find "$tree" -type f \( -perm -100 -o -name '*.so*' \) -print0 | xargs -0 aarch64-linux-gnu-readelf -d 2>/dev/null |
                 sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
    done
}
