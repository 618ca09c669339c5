# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced inside the host with systemd before a case of host-cases/: what case.sh gives, and Linux guests in Debian's QEMU.
#
# A case has a function boot_1, and boot_2, ... one for each time the machine is booted. Each says what must hold with `expect`; the
# case passes when all of them do. After `power_cut` the next boot comes.
# shellcheck source=case.sh
. /share/case.sh

# udev may still be loading drivers, which would get between.
udevadm settle --timeout=60

# Which kernel the runner booted: with the series, direct EOI must be there; without it, nothing may claim that it is.
with_series() { [ "$(cat /share/kernel)" = series ]; }

# step TEXT: what is done from here on. How it went is said when the next one begins, or the boot ends, with the figures that it
# gave; run-host --follow shows it at once.
step_text=''
step() {
    step_ends
    step_text=$*
    step_failures=$failures step_figures=$figures
    echo "--- $step_text"
}
step_ends() {
    local how=ok
    [ -n "$step_text" ] || return 0
    [ "$failures" = "$step_failures" ] || how=FAILED
    echo "STEP $how: $step_text${figures#"$step_figures"}" | tee -a /share/steps
    step_text=''
}

report() { # boot: the payload's, the number of this one
    step_ends
    # shellcheck disable=SC2154
    if [ -n "$failures" ]; then echo "FAIL$figures$failures"; else echo "PASS$figures"; fi >"/share/result.$boot"
}
finish() {
    local name
    for name in $guests; do guest_kill "$name"; done
    report
    exit 0
}
power_cut() {
    report
    /share/outside cut
    sleep 60 # the power is gone before this ends
}

# within TENTHS COMMAND...: it succeeds at the latest then.
within() {
    local n=0 limit=$1
    shift
    until "$@" >/dev/null 2>&1; do
        [ $n -lt "$limit" ] || return 1
        sleep 0.1
        n=$((n + 1))
    done
}

# unplug ID ADDRESS: and the function is gone. What is plugged in while the slot is still being switched off goes with it.
unplug() {
    /share/outside unplug "$1" && within 300 [ ! -e "/sys/bus/pci/devices/$2" ] && sleep 3
}

# --- intxd ----------------------------------------------------------------------------------------------------------------
# shown ADDRESS COLUMN: one word of intxctl status
shown() { intxctl status --all -n -o "address,$2" | awk -v address="$1" '$1 == address { print $2 }'; }
# policy_is ADDRESS POLICY KNOB: as intxctl shows it, and the knob as the kernel does; without the series, there is none to be had.
policy_is() {
    local mode state
    mode=$(shown "$1" policy)
    [ "$mode" = "$2" ] || { echo "  $1: policy $mode"; return 1; }
    if with_series; then
        [ "$(show "$1" policy)" = "$3" ] || { echo "  $1: knob $(show "$1" policy)"; return 1; }
    else
        state=$(shown "$1" state)
        [ "$state" = unsupported ] || { echo "  $1: state $state"; return 1; }
    fi
}
# exits STATUS COMMAND...: with that exit status
exits() {
    local code=0 wanted=$1
    shift
    "$@" || code=$?
    [ $code = "$wanted" ] || { echo "  exit status $code"; return 1; }
}
as_nobody() { runuser -u nobody -- "$@" </dev/null; }
# Of what an ordinary user gets to know over the system bus, as jq asks for it: it must be true.
# says FILTER, of the whole machine; says_of ADDRESS FILTER, of one function, with all that explains it.
says() { true_of "$1" status; }
says_of() { true_of "$2" why "$1"; }
true_of() { # FILTER, intxctl's words
    local filter=$1
    shift
    as_nobody intxctl "$@" --json >/tmp/said.json || return 1
    jq -e "$filter" /tmp/said.json >/tmp/true && return
    echo "  intxctl $*: not $filter"
    jq -c 'del(.lines, .path, .changes)' /tmp/said.json
    return 1
}

# --- Linux guests: Debian's own qemu-system-aarch64 with KVM, and this kernel -------------------------------------------
# guest_start NAME PAYLOAD ADDRESS... [-- WORDS of the guest's command line]. The guest sees /share/NAME as its /share and runs
# PAYLOAD, a file of this folder.
guests=''
guest_start() {
    local name=$1 payload=$2 devices='' folder=/share/$1
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do devices="$devices -device vfio-pci,host=$1" && shift; done
    [ $# -eq 0 ] || shift
    rm -rf "$folder" && mkdir "$folder" && cp "/share/$payload" "$folder/payload" && cp /share/guest-words "$folder/"
    guests="$guests $name"
    # shellcheck disable=SC2086
    qemu-system-aarch64 -M virt,gic-version=host -accel kvm -cpu host -m 256M -nodefaults -display none \
        -kernel /share/guest.kernel -initrd /share/guest.initrd -append "console=ttyAMA0 panic=-1 loglevel=4 $*" \
        -serial "file:$folder/console" -fsdev "local,id=share,path=$folder,security_model=none" \
        -device virtio-9p-device,fsdev=share,mount_tag=share -pidfile "/run/$name.pid" $devices </dev/null >"$folder/qemu" 2>&1 &
    within 100 [ -s "/run/$name.pid" ] || { cat "$folder/qemu"; give_up "Debian's QEMU does not start"; }
}
guest_kill() {
    [ ! -s "/run/$1.pid" ] || kill "$(cat "/run/$1.pid")" 2>/dev/null
    rm -f "/run/$1.pid"
}
# guest NAME TENTHS COMMAND...: run by the guest's payload `guest-commands`; its output is shown, its status is the result.
guest() {
    local name=$1 limit=$2 folder=/share/$1
    shift 2
    rm -f "$folder/answered"
    echo "$*" >"$folder/command.new" && mv "$folder/command.new" "$folder/command"
    if ! within "$limit" [ -e "$folder/answered" ]; then
        echo "guest $name: no answer to: $*"
        tail -n 5 "$folder/console" "$folder/qemu"
        return 1
    fi
    cat "$folder/said"
    return "$(cat "$folder/answered")"
}
# guest_up NAME: it runs, and its only network card has an address, and a link.
guest_up() { guest "$1" 900 '. /share/guest-words; card_up'; }
# guest_pings NAME N: each as soon as the last has come back; succeeds when all that were sent have.
guest_pings() { guest "$1" 900 ". /share/guest-words; pings $2"; }
# What KVM counted for the guest since it was made.
guest_exits() { guest_count "$1" exits; }
guest_count() { # NAME FILE...: their sum
    local kvm file
    kvm=$(echo "/sys/kernel/debug/kvm/$(cat "/run/$1.pid")"-*)
    shift
    for file; do cat "$kvm/$file"; done | awk '{ sum += $1 } END { print sum }'
}
