# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: install_packages LIST... installs what is missing of the named lists, and says so.

packages_of() {
    case $1 in
    build) echo cmake ninja-build gcc libc6-dev pkg-config libpci-dev libsystemd-dev libjansson-dev libsmartcols-dev \
                libarchive-dev libnl-3-dev pci.ids ;;
    check) echo libcmocka-dev python3 python3-jsonschema pciutils clang-format mandoc tmux bash-completion xz-utils \
                procps openssh-client openssh-server shellcheck systemd strace mount dbus dbus-daemon polkitd python3-dbus python3-gi python3-prometheus-client util-linux ;;
    analysis) echo cppcheck clang-tidy ;;
    fuzz) echo clang libclang-rt-14-dev libcmocka-dev python3 ;;
    *) echo "install_packages: no list '$1'" >&2; return 1 ;;
    esac
}

install_packages() {
    local list package missing=()
    for list in "$@"; do
        for package in $(packages_of "$list"); do
            [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
        done
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing: ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        echo "These packages are missing and only root can install them: run it with sudo." >&2
        return 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}
