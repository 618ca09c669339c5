# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by payloads inside the emulated host (busybox sh).

driver_of() { basename "$(readlink /sys/bus/pci/devices/"$1"/driver)" 2>/dev/null; }

# bind_vfio ADDRESS...: to vfio-pci through driver_override; prints those that it did not take.
bind_vfio() {
    local address
    for address; do
        [ -e /sys/bus/pci/devices/"$address"/driver ] && echo "$address" >/sys/bus/pci/devices/"$address"/driver/unbind
        echo vfio-pci >/sys/bus/pci/devices/"$address"/driver_override
        echo "$address" >/sys/bus/pci/drivers_probe
        [ "$(driver_of "$address")" = vfio-pci ] || echo "not bound: $address"
    done
}

# functions WORDS: addresses of all functions whose class is no bridge (0x06....).
endpoints() {
    local dir
    for dir in /sys/bus/pci/devices/*; do
        case $(cat "$dir/class") in 0x06*) ;; *) basename "$dir" ;; esac
    done
}

# open_vfio ADDRESS...: keeps them open in the background until close_vfio. Prints what it says.
vfio_pids=
open_vfio() {
    local fifo=/tmp/hold.$(echo $vfio_pids | wc -w) pid
    mkfifo $fifo
    /share/vfio-open "$@" <$fifo >$fifo.said &
    pid=$!
    vfio_pids="$vfio_pids $pid"
    # The fifo's other end stays open in a process that close_vfio ends.
    sleep 100000 >$fifo &
    vfio_holders="$vfio_holders $!"
    while ! grep -q '^ready' $fifo.said 2>/dev/null; do
        kill -0 $pid 2>/dev/null || return 1
        sleep 0.1
    done
    cat $fifo.said
}
close_vfio() {
    kill $vfio_holders
    wait $vfio_pids
}

# capture FILE.tar: what a reader of this machine needs, in the machine's own layout, so that it works as a root.
capture() {
    local root=/tmp/capture dir file
    rm -rf $root && mkdir -p $root/proc
    cat /proc/interrupts >$root/proc/interrupts
    for file in /proc/cpuinfo /proc/cmdline /proc/version /proc/iomem; do cat $file >$root$file; done
    mkdir -p $root/proc/sys/kernel && cat /proc/sys/kernel/osrelease >$root/proc/sys/kernel/osrelease
    for dir in /sys/devices/pci* /sys/devices/platform/*pci* /sys/bus/pci /sys/kernel/irq /sys/kernel/iommu_groups \
               /sys/firmware/devicetree/base /sys/module/vfio*/parameters /sys/module/vfio* /sys/class/iommu; do
        [ -e "$dir" ] || continue
        # Not those whose reading or writing acts, nor device memory.
        find "$dir" \( -name power -o -name "resource[0-9]*" -o -name rom -o -name sections -o -name notes -o -name holders \) -prune -o \
            \( -type d -o -type l -o -type f -perm -400 \) -print | while read -r file; do
            if [ -h "$file" ]; then
                mkdir -p "$root/${file%/*}" && cp -P "$file" "$root$file"
            elif [ -d "$file" ]; then
                mkdir -p "$root$file"
            else
                cat "$file" >"$root$file" 2>/dev/null
            fi
        done
    done
    dmesg >$root/dmesg
    tar -C $root -cf "$1" .
}
