# shellcheck shell=dash disable=SC3045,SC2086
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced inside the emulated host (busybox sh) before a case: VMMs to talk to, knobs, expectations.
#
# A case says what must hold with `expect`, and what it measured with `figure`. It goes on after a failed expectation: the
# last line of the result names all of them.
. /share/guest.sh

failures='' figures='' hangs=0
expect() { # TEXT COMMAND...: the command must succeed
    local text=$1
    shift
    if "$@"; then
        echo "  as expected: $text"
    else
        echo "  NOT: $text ($*)"
        failures="$failures; not: $text"
    fi
}
figure() { figures="$figures $*"; echo "  figure: $*"; }
# Ends the case: nothing after it makes sense.
give_up() { failures="$failures; $*"; finish; }
finish() {
    local name
    for name in a b; do vm_kill $name; done
    if [ -n "$failures" ]; then echo "FAIL$figures ${failures#; }" >/share/result; else echo "PASS$figures" >/share/result; fi
    exit 0
}

# What counts as one exit an interrupt: a kernel that looks for bugs is so slow that exits for its own timer show.
one_exit() { if zcat /proc/config.gz | grep -qE '^CONFIG_(PROVE_LOCKING|KASAN|KCSAN)=y'; then echo 1.03; else echo 1.01; fi; }

# Numbers with decimals: `number "2.01 <= 1.01"`, `calc "2010 / 1000"`.
number() { awk "BEGIN { exit !($1) }"; }
calc() { awk "BEGIN { printf \"%.2f\", $1 }"; }

# --- chance -----------------------------------------------------------------------------------------------------------
# word KEY: its value on the kernel command line
word() { tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p"; }
seed=$(word seed)
seed=${seed:-1$(cut -d' ' -f1 /proc/uptime | tr -d .)} # seed=N repeats the order, not the timing
dice_state=$seed
random() { # BELOW: $dice
    dice_state=$(((dice_state * 1103515245 + 12345) & 0x7fffffff))
    dice=$((dice_state >> 8))
    dice=$((dice % $1))
}

# --- VMMs: at most two, a and b ---------------------------------------------------------------------------------------
# vm_start NAME [vmm's options] ADDRESS...
vm_start() {
    local name=$1 in out
    shift
    case $name in a) in=5 out=6 ;; b) in=7 out=8 ;; esac
    rm -f /tmp/$name.in /tmp/$name.out
    mkfifo /tmp/$name.in /tmp/$name.out
    # Options come first, then the image, then addresses.
    local options=''
    while [ "${1#-}" != "$1" ]; do
        case $1 in -c | -e) options="$options $1 $2" && shift ;; *) options="$options $1" ;; esac
        shift
    done
    # shellcheck disable=SC2086
    /share/vmm $options /share/guest.bin "$@" </tmp/$name.in >/tmp/$name.out 5>&- 6>&- 7>&- 8>&- &
    eval "pid_$name=$!"
    eval "exec $in>/tmp/$name.in $out</tmp/$name.out"
    vm_reply $name
}
# vm NAME COMMAND...: the answer is in $reply; succeeds when it begins with ok.
vm() {
    local name=$1
    shift
    case $name in a) echo "$*" >&5 ;; b) echo "$*" >&7 ;; esac
    echo "$name> $*"
    vm_reply $name
}
# How long an answer may take. Under -icount time leaps while the machine waits for its files, so that such a case sets this to
# nothing, and its end is the machine's.
patience='-t 45'
vm_reply() {
    reply=''
    # shellcheck disable=SC2086
    case $1 in
        a) read -r $patience reply <&6 ;;
        b) read -r $patience reply <&8 ;;
    esac
    [ -n "$reply" ] || reply='error no answer'
    echo "$1: $reply"
    # A guest that hangs does so again: each time costs many seconds.
    case $reply in
        timeout* | stuck* | 'error no answer')
            hangs=$((hangs + 1))
            [ $hangs -lt 2 ] || give_up "hangs: $reply"
            ;;
    esac
    [ "${reply#ok}" != "$reply" ]
}
vm_kill() {
    local pid
    eval "pid=\${pid_$1-}"
    [ -n "$pid" ] || return 0
    eval "pid_$1="
    kill -9 $pid 2>/dev/null
    # A VMM that the kernel cannot get rid of is a finding, not a reason to hang here.
    gone_within 100 $pid
}
# Gone: no thread is left but a dead first one, whose files are closed then.
gone_within() { # TENTHS PID
    local n=0
    while [ -d /proc/$2 ] && ! { grep -q '^State:.*Z' /proc/$2/status && [ "$(ls /proc/$2/task | wc -l)" = 1 ]; } 2>/dev/null; do
        [ $n -lt $1 ] || return 1
        sleep 0.1
        n=$((n + 1))
    done
}
# val KEY: its value in $reply
val() {
    case " $reply " in
        *" $1="*) set -- "${reply#*"$1="}" && echo "${1%% *}" ;;
        *) echo -1 ;;
    esac
}
# The last run's: all N interrupts handled, none without its device asking.
all_handled() { [ "${reply#ok}" != "$reply" ] && [ "$(val handled)" = "$1" ] && [ "$(val stale)" = 0 ]; }
exits_each() { calc "$(val exits) / $1"; }

# --- the knob --------------------------------------------------------------------------------------------------------
knob() { echo /sys/bus/pci/devices/$1/vfio-dev/vfio*/intx_deoi; }
# need_feature ADDRESS: a kernel without it fails the case, which goes on nevertheless: what else fails on a stock kernel
# shows what the case really sees.
no_feature=''
need_feature() {
    [ -e "$(knob $1)/policy" ] && return
    no_feature=yes
    failures="$failures; no intx_deoi in this kernel"
}
policy() { [ -n "$no_feature" ] || echo $2 >"$(knob $1)/policy"; }
show() { [ -n "$no_feature" ] && echo absent || cat "$(knob $1)/$2"; }
is() { # ADDRESS STATE [REASON]
    [ "$(show $1 state)" = $2 ] && { [ -z "${3-}" ] || [ "$(show $1 reason)" = $3 ]; } ||
        { echo "  $1: state $(show $1 state), reason $(show $1 reason)"; false; }
}
becomes() { # TENTHS ADDRESS STATE [REASON]
    local n=0 limit=$1
    shift
    while ! is "$@" >/dev/null; do
        [ -z "$no_feature" ] && [ $n -lt $limit ] || { is "$@"; return 1; }
        sleep 0.1
        n=$((n + 1))
    done
}
# engage NAME ADDRESS [DEVICE]: policy auto, interrupts until the state says so (at the latest after some seconds).
engage() {
    local n=0
    policy $2 auto
    while [ "$(show $2 state)" != engaged ]; do
        [ -z "$no_feature" ] && [ $n -lt 40 ] || { is $2 engaged; return 1; }
        vm $1 run 10 ${3-0} || return 1
        [ "$(show $2 state)" = engaged ] || sleep 0.1
        n=$((n + 1))
    done
}
# flip_policy ADDRESS: engagement comes and goes, without end; for the background
flip_policy() {
    while :; do
        policy $1 off
        policy $1 auto
    done
}
# lives_on NAME ADDRESS: after whatever came to a guest that spins, it serves 20 more interrupts; else $lost says how the device is
lives_on() {
    vm $1 quench 0
    vm $1 stop || lost='stuck'
    vm $1 settle 50
    vm $1 run 20 0 0 10
    [ "$(val handled)" = 20 ] || lost="$lost $(show $2 state),command=$(hexdump -s 4 -n 2 -e '1/2 "%x"' /sys/bus/pci/devices/$2/config)"
    [ -z "$lost" ]
}
# run_until NAME ADDRESS SECONDS STATE [DEVICE]: interrupts now and then until the state is reached
run_until() {
    local n=0
    while [ "$(show $2 state)" != $4 ]; do
        [ -z "$no_feature" ] && [ $n -lt $(($3 * 10)) ] || { is $2 $4; return 1; }
        vm $1 run 5 ${5-0} || return 1
        sleep 0.1
        n=$((n + 1))
    done
}

# --- the host's side -------------------------------------------------------------------------------------------------
# line_count NAME-PART: the sum over CPUs of a row in /proc/interrupts
line_count() {
    awk -v name="$1" 'NR == 1 { cpus = NF; next } index($0, name) { for (n = 2; n <= cpus + 1; n++) sum += $n } END { print sum + 0 }' /proc/interrupts
}
host_irq() { awk -v name="vfio-intx($1)" 'index($0, name) { sub(":", "", $1); print $1; exit }' /proc/interrupts; }
# The root bus's wiring: hwirq = 35 + (slot + pin - 1) % 4, pin A = 1.
spi_of_slot() { echo $((35 + $1 % 4)); }
# What QEMU wrote about itself (the case's "#: trace" events), by pattern.
# Reading it makes interrupts and so more of it: only as much as there is now.
traced() { head -c "$(stat -c %s /share/trace)" /share/trace | grep -c "$1"; }
bind_uio() {
    local address=$1
    [ -e /sys/bus/pci/devices/$address/driver ] && echo $address >/sys/bus/pci/devices/$address/driver/unbind
    echo uio_pci_generic >/sys/bus/pci/devices/$address/driver_override
    echo $address >/sys/bus/pci/drivers/uio_pci_generic/bind
}
unbind() { echo $1 >/sys/bus/pci/devices/$1/driver/unbind; }
# No splat, no dead line, no stuck task. (A trace alone is none: with DEBUG_SHIRQ a flags mismatch prints one. Data races are
# the runner's, which knows whose they are.)
log_clean() {
    ! dmesg | grep -v 'BUG: KCSAN' | grep -E 'WARNING:|BUG:|nobody cared|rcu.*stall|blocked for more|possible circular|inconsistent lock|registration fails'
}
