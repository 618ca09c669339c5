#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# output.sh BIN_DIR: what people and scripts see of intxctl: tables and pages on terminals and in pipes, JSON against the
# schema, exit codes, completion, manual pages. On a made-up machine.
set -uo pipefail
bin=$(cd "${1:?usage: output.sh BIN_DIR}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# Debian's python3 has the modules.
export LC_ALL=C.UTF-8 TERM=xterm PATH=$bin:/usr/bin:$PATH
unset NO_COLOR COLUMNS LINES
passed=0 failed=0
escape=$'\e'

result() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n' "$2"
		[ -z "${3-}" ] || printf '%s\n' "$3" | sed 's/^/    | /' | cat -v | head -40
	fi
}
has() { grep -q -- "$3" <<<"$2"; result $? "$1" "$2"; }
has_not() { ! grep -q -- "$3" <<<"$2"; result $? "$1" "$2"; }
is() { [ "$2" = "$3" ]; result $? "$1" "$2
instead of
$3"; }
ctl() { intxctl --root "$tmp/machine" "$@"; }
# on WIDTHxHEIGHT WORD...: the same on a terminal.
on() {
	local size=$1
	shift
	script -qec "stty cols ${size%x*} rows ${size#*x}; exec intxctl --root $tmp/machine $*" /dev/null </dev/null |
		tr -d '\r'
}
plain() { sed "s/$escape\[[0-9;]*m//g"; }
widest() { plain | wc -L; }
exits() {
	local wanted=$1 name=$2 out
	shift 2
	out=$("$@" 2>&1 >/dev/null)
	is "exit code $wanted: $name" $? "$wanted"
	[ "$wanted" = 0 ] || has "exit code $wanted says why: $name" "$out" .
}

PYTHONDONTWRITEBYTECODE=1 python3 - "$here" "$tmp/machine" <<'EOF'
import sys
sys.path.insert(0, sys.argv[1])
from fakesys import Machine, config

m = Machine(sys.argv[2])
port = dict(device=0x3420, klass=0x060400, port=4, msi=True)
m.add('0000:00:00.0', config(device=0x1237, klass=0x060000, pin=0))
m.add('0000:00:01.0', config(device=0x5845, klass=0x010802, msix=True, port=0), driver='nvme', irq=16)
m.add('0000:00:02.0', driver='e1000', irq=17)
m.add('0000:00:03.0', driver='vfio-pci', irq=16)
m.add('0000:00:04.0', config(pin=0, device=0x1111), driver='dummy')
for i in range(14):
    m.add(f'0000:00:{8 + i // 8:02x}.{i % 8}', config(device=0x2934, klass=0x0c0300, pin=i % 4 + 1), driver='uhci_hcd', irq=18)
m.add('0000:00:1c.0', config(bridge=(0, 1, 1), **port), driver='pcieport', irq=30)
m.add('0000:01:00.0', config(device=0x1572), driver='foo', irq=16, above=('0000:00:1c.0',))
m.add('0000:00:1c.1', config(bridge=(0, 2, 2), pin=0, **{**port, 'port': 4}), driver='pcieport', irq=31)
m.add('0000:02:00.0', driver='wild\x1b[31m', irq=19, above=('0000:00:1c.1',))
m.add('0000:00:1c.2', config(bridge=(0, 3, 3), pin=2, hotplug=True, **port), driver='pcieport', irq=32)
m.add('0000:03:01.0', config(device=0x2222), driver='bar', irq=20, above=('0000:00:1c.2',))
m.add('0000:00:1c.3', config(bridge=(0, 4, 4), pin=3, hotplug=True, **port), driver='pcieport', irq=33)
# A switch whose second port is an empty slot: its pin A and pin B below the first port are one wire.
m.add('0000:00:1d.0', config(bridge=(0, 5, 8), **port), driver='pcieport', irq=34)
above = ('0000:00:1d.0', '0000:05:00.0')
m.add('0000:05:00.0', config(bridge=(5, 6, 8), **{**port, 'port': 5}), driver='pcieport', irq=35, above=above[:1])
m.add('0000:06:00.0', config(bridge=(6, 7, 7), **{**port, 'port': 6}), driver='pcieport', irq=36, above=above)
m.add('0000:06:01.0', config(bridge=(6, 8, 8), hotplug=True, **{**port, 'port': 6}), driver='pcieport', irq=37, above=above)
m.add('0000:07:00.0', config(pin=2), driver='e1000', irq=21, above=(*above, '0000:06:00.0'))
m.add('0000:00:07.0', driver='ahci', irq=15)
m.add('0000:00:1f.3', config(device=0x3a30, klass=0x0c0500, pin=2), driver='i801_smbus', irq=16)
m.interrupts([(15, 'IO-APIC   15-fasteoi', 'ahci'), (21, 'IO-APIC   21-fasteoi', 'eth1'),
              (16, 'IO-APIC   16-fasteoi', 'i801_smbus, vfio-intx(0000:00:03.0), foo'),
              (17, 'IO-APIC   17-fasteoi', 'eth0'),
              (18, 'IO-APIC   18-fasteoi', ', '.join(f'uhci_hcd:usb{i}' for i in range(1, 15))),
              (19, 'IO-APIC   19-fasteoi', 'wild\x1b[31m'), (20, 'IO-APIC   20-fasteoi', 'bar')])
m.write('usr/share/misc/pci.ids', '8086  Intel Corporation\n\t10d3  82574L Gigabit Network Connection\n'
        '\t2934  82801I (ICH9 Family) USB UHCI Controller #1\n')
EOF

# --- status ----------------------------------------------------------------------------------------------------------
out=$(ctl status)
has 'status: headings' "$out" '^ADDRESS  *NAME  *DRIVER  *PIN  *LINE  *VERDICT  *POLICY  *STATE$'
has 'status: the machine first' "$(head -1 <<<"$out")" '^Machine: .*IO-APIC'
has 'status: a shared function' "$out" '^0000:00:03.0 .*vfio-pci  *A  *irq:16  *shared '
has_not 'status: no function without INTx' "$out" '^0000:00:04.0'
has 'status: says what is hidden' "$out" '3 functions without INTx not shown'
has 'status --all: all functions' "$(ctl status --all)" '^0000:00:04.0 .*no-intx'
is 'status is the preset verb' "$(ctl)" "$out"
has 'status piped: the name whole' "$out" '82574L Gigabit Network Connection  *vfio-pci'
has_not 'status piped: no colour' "$out" "$escape"
is 'status -n: rows only' "$(ctl -n | grep -vc '^0000:')" 0
is 'status -n: every row' "$(ctl -n | wc -l)" "$(ctl --json | python3 -c '
import json, sys
print(sum(d["pin"] is not None for d in json.load(sys.stdin)["devices"]))')"
is 'status -o' "$(ctl -n -o line,ADDRESS | grep -c '^irq:16  *0000:00:03.0$')" 1
has 'status -o +' "$(ctl -o +IRQ,msi)" 'STATE  *IRQ MSI *$'
has 'status -o all' "$(ctl -o all)" 'PARENT.*WHY *$'
out=$(on 80x24 status)
has 'status on a terminal: colour' "$out" "$escape\[31m"
[ "$(widest <<<"$out")" -le 80 ]; result $? 'status at 80 columns fits' "$out"
has_not 'status at 80 columns: no name rather than a stump of one' "$out" NAME
has 'status at 80 columns: a name that was asked for' "$(on 80x24 status -o +NAME)" NAME
has 'status at 90 columns: the name cut' "$(on 90x24 status | plain)" ' 82574L Gigabi* '
has 'status at 200 columns: the name whole' "$(on 200x50 status | plain)" 'Gigabit Network Connection'
has_not 'NO_COLOR' "$(NO_COLOR=1 on 80x24 status)" "$escape"
has 'NO_COLOR when empty' "$(NO_COLOR='' on 80x24 status)" "$escape"
has_not 'TERM=dumb' "$(TERM=dumb on 80x24 status)" "$escape"
has_not 'an escape sequence in a driver is not passed on' "$(NO_COLOR=1 on 200x50 status)" "$escape"
has 'an escape sequence in a driver is shown' "$(ctl status)" 'wild\\x1b'

# --- why -------------------------------------------------------------------------------------------------------------
out=$(ctl why 00:03.0)
has 'why: headline' "$(head -1 <<<"$out")" '^0000:00:03.0  82574L Gigabit Network Connection \[8086:10d3\]$'
has 'why: verdict and reason' "$out" '^Verdict  *shared: .*0000:'
has 'why: path starts at the pin' "$out" '^Path  *0000:00:03.0  A '
has 'why: path ends at the line' "$out" '^  *irq:16 .*\[observed\]$'
has 'why: line and holders' "$out" '^Line  *irq:16 (IRQ 16), 4 functions; held by i801_smbus, vfio-intx(0000:00:03.0), foo$'
has 'why: a sharer with its kind' "$out" '^[Sharers ]*  active  *0000:00:1f.3  i801_smbus: '
is 'why: sharers that count come first' "$(ctl -n -o who,kind why 00:03.0 | awk '/^0000/ { print $2 }' | uniq | xargs)" \
	'active possible dormant'
has 'why: direct EOI' "$out" '^Direct EOI  not possible: '
has 'why: policy and state' "$out" '^Policy  *unset; state unsupported$'
has 'why: what helps' "$out" '^What helps  - .*0000:'
is 'why by short and long address' "$(ctl why 0000:00:03.0)" "$out"
has 'why by vendor:device' "$(ctl why 8086:3a30)" '^0000:00:1f.3 '
has 'why behind a bridge: the hops' "$(ctl why 01:00.0)" '^  *0000:00:1c.0  A '
has 'why without INTx' "$(ctl why 00:04.0)" '^Verdict  *no-intx: '
has_not 'why without INTx: no line' "$(ctl why 00:04.0)" '^Line'
has 'why: many holders are cut' "$(ctl why 00:08.0)" 'held by uhci_hcd:usb1, uhci_hcd:usb2, .* and 10 more$'
out=$(on 80x24 why 00:08.0)
has 'why: a long list is cut' "$out" 'and [0-9]* more; --json lists all'
is 'why: what a screen holds is shown' "$(grep -c ' active ' <<<"$(on 80x24 why 00:08.0 | plain)")" 4
is 'why: what a larger screen holds is shown' "$(grep -c ' active ' <<<"$(on 80x50 why 00:08.0 | plain)")" 13
[ "$(widest <<<"$out")" -le 80 ]; result $? 'why at 80 columns fits' "$out"
for a in 00:03.0 00:08.0; do
	[ "$(on 80x24 why $a | wc -l)" -le 24 ]; result $? "why is one screen: $a"
done
is 'why at 200 columns does not fold' "$(on 200x50 why 00:03.0 | plain)" "$(ctl why 00:03.0)"
has 'why on a terminal: colour' "$(on 80x24 why 00:03.0)" "Verdict  *$escape\[31mshared"
has_not 'why with NO_COLOR' "$(NO_COLOR=1 on 80x24 why 02:00.0)" "$escape"
is 'why -n: every sharer' "$(ctl -n why 00:08.0 | grep -c '^active ')" 13
is 'why -o' "$(ctl -n -o who,kind why 00:03.0 | head -1)" '0000:00:1f.3 active'

# --- tree ------------------------------------------------------------------------------------------------------------
out=$(ctl tree)
has 'tree: drawn' "$out" '^└─0000:01:00.0 .*irq:16  *shared'
has 'tree: ASCII in other locales' "$(LC_ALL=C ctl tree)" '^`-0000:01:00.0 '
has 'tree: an empty slot' "$out" '^    └─empty slot .*irq:21'
has 'tree: a bridge without INTx is shown' "$out" '^0000:00:1c.1 '
has_not 'tree: a leaf without INTx is not' "$out" '^0000:00:04.0'
has 'tree: says what is hidden' "$out" '2 functions without INTx not shown'
has 'tree --all' "$(ctl tree -a)" '^0000:00:04.0 .*no-intx'
has 'tree: dimmed on a terminal' "$(on 120x50 tree)" "^$escape\[2m0000:00:1c.1"
has 'tree -o without an address' "$(ctl -n tree -o verdict)" '^└─shared'
has 'tree -o +' "$(ctl tree -o +irq)" 'NAME  *IRQ$'
[ "$(on 80x50 tree | widest)" -le 80 ]; result $? 'tree at 80 columns fits'

# --- lines -----------------------------------------------------------------------------------------------------------
out=$(ctl lines)
has 'lines: headings' "$out" '^LINE  *N VERDICT  *HOLDERS  *MEMBERS$'
has 'lines: a row' "$out" '^irq:16  *4 shared  *i801_smbus,vfio-intx(0000:00:03.0),foo  *0000:00:01.0,0000:00:03.0,0000:00:1f.3,0000:01:00.0$'
has 'lines: many holders are cut' "$out" 'uhci_hcd:usb8 and 6 more'
is 'lines: the worst first' "$(ctl -n lines -o verdict,line | awk '{ print $1 }' | uniq | head -1)" shared
[ "$(ctl -n lines -o line | xargs)" != "$(ctl -n lines -o line | sort -V | xargs)" ]; result $? 'lines: not by number alone'
is 'lines: a row a line in a pipe' "$(ctl -n lines | wc -l)" "$(ctl --json lines | python3 -c '
import json, sys
print(len(json.load(sys.stdin)["lines"]))')"
out=$(on 80x50 lines)
[ "$(widest <<<"$out")" -le 80 ]; result $? 'lines at 80 columns fits' "$out"
has 'lines at 80 columns: folded, whole addresses' "$(plain <<<"$out")" '^ .*  0000:00:09.4, *$'

# --- check -----------------------------------------------------------------------------------------------------------
out=$(ctl check 00:03.0 00:1f.3 00:04.0)
has 'check: a row each' "$out" '^0000:00:03.0 vfio-pci  *irq:16 shared  *unknown classic$'
has 'check: two that share' "$out" '^note  *0000:00:03.0: shares irq:16 with 0000:00:1f.3'
has 'check: one without INTx' "$out" '^note  *0000:00:04.0: has no INTx'
has 'check: no conflict' "$out" '^No conflict is known'
is 'check: once each' "$(ctl -n -q check 00:02.0 0000:00:02.0 | grep -c '^0000:00:02.0')" 1
is 'check -q: no notes' "$(ctl -n -q check 00:03.0)" '0000:00:03.0 vfio-pci irq:16 shared  unknown classic'
mkdir -p "$tmp/machine/sys/module/vfio_pci/parameters"
echo Y >"$tmp/machine/sys/module/vfio_pci/parameters/nointxmask"
ctl check 00:03.0 >/dev/null
is 'exit code 4: check: a conflict' $? 4
out=$(ctl check 00:03.0 00:1f.3)
has 'check: two that need one line alone' "$out" '^conflict  *0000:00:03.0: 0000:00:1f.3 is on irq:16 as well, and each of them'
has 'check: a holder of a line that is needed alone' "$out" '^conflict  *0000:00:1f.3: .*irq:16 alone, which 0000:01:00.0 (foo) uses: EBUSY'
has 'check: and what to do' "$out" "^  *-> .*/sys/bus/pci/drivers/foo/unbind"
has 'check: taken alone by another' "$(ctl check 01:00.0)" '^conflict  *0000:01:00.0: 0000:00:03.0 (vfio-pci) has taken irq:16'
is 'check --json: the same exit code' "$(ctl --json check 00:03.0 >"$tmp/check.json"; echo $?)" 4
exits 0 'check: alone on a line' ctl check 00:02.0
[ "$(on 80x24 check 00:03.0 00:1f.3 | widest)" -le 80 ]; result $? 'check at 80 columns fits'

# --- decode ----------------------------------------------------------------------------------------------------------
# decodes NAME CODE PATTERN TEXT: the message has this code, and what is said of it has the pattern.
decodes() {
	local out
	out=$(echo "$4" | ctl decode --json)
	has "decode: $1: its code" "$out" "\"code\": \"$2\""
	has "decode: $1" "$(echo "$4" | ctl decode)" "$3"
}
mismatch='genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:00:03.0)) vs. 00000080 (i801_smbus)'
decodes 'flags mismatch: who holds' flags-mismatch 'which i801_smbus holds, and was refused' "[ 1.2] $mismatch"
decodes 'flags mismatch: what to do' flags-mismatch '^  *- load vfio-pci without nointxmask' "$mismatch"
decodes 'flags mismatch: the holder by its driver' flags-mismatch 'Involved  *0000:00:03.0 (vfio-pci), 0000:00:1f.3 (i801' "$mismatch"
decodes 'flags mismatch: both want it alone' flags-mismatch 'It needs the line alone' "${mismatch/00000080/00000000}"
decodes 'flags mismatch: the holder took it' flags-mismatch 'The holder has taken' \
	'genirq: Flags mismatch irq 16. 00000080 (i801_smbus) vs. 00000000 (vfio-intx(0000:00:03.0))'
decodes 'flags mismatch: other triggers' flags-mismatch 'level-triggered' \
	'Flags mismatch irq 16. 00000081 (foo) vs. 00000084 (i801_smbus)'
decodes 'nobody cared' nobody-cared 'Involved  *0000:00:03.0 (vfio-pci), 0000:00:1f.3 ' \
	'irq 16: nobody cared (try booting with the "irqpoll" option)'
decodes 'a line switched off' irq-disabled 'without interrupts' 'Disabling IRQ #16'
decodes 'masking is not supported' no-disintx 'needs its line alone' 'vfio-pci 0000:00:03.0: INTx masking is not supported'
decodes 'the holder of a line that is needed alone' no-disintx 'drivers/i801_smbus/unbind' \
	'INTx masking not supported 0000:00:03.0'
decodes 'firmware without masking' no-disintx '12.14.1100' \
	"mlx5_core 0000:00:02.0: ConnectX-4: FW 12.1.1 doesn't support INTx masking, disabling. Please upgrade FW"
decodes 'hidden INTx' intx-hidden 'nothing is wrong' 'vfio-pci 0000:00:02.0: Masking broken INTx support'
trigger='Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: Device or resource busy'
decodes 'trigger of a function' trigger-failed '0000:00:03.0 (vfio-pci): somebody else has its line' \
	"qemu-system-x86_64: -device vfio-pci,host=00:03.0: vfio 0000:00:03.0: $trigger"
decodes 'trigger of who knows what' trigger-failed 'intxctl check ADDRESS' "$trigger"
decodes 'no INTx at all' no-intx '0000:00:04.0 .*it has none' '[00:07.0] 0000:00:04.0 Binding of interrupt 0 failed'
decodes 'binding of who knows what' no-intx 'has none, firmware gives it none' 'Binding of interrupt 0 failed: No such device'
decodes 'no GSI' no-gsi 'where pin B of 0000:00:1f.3' "i801_smbus 0000:00:1f.3: PCI INT B: no GSI"
decodes 'no routing' no-gsi 'where pin A' "pcieport 0000:00:1c.0: can't derive routing for PCI INT A"
decodes 'something else' unknown 'Not a message that is known here' 'usb 1-1: new high-speed USB device'
decodes 'a function that is not here' no-disintx 'no 0000:7f:00.0 now' 'INTx masking not supported 0000:7f:00.0'
out=$(printf 'a\n%s\nb\n%s\n' "$mismatch" "$mismatch" | ctl decode)
has 'decode: repeats are one' "$out" '(2 times)$'
has 'decode: other lines are counted' "$out" '^2 other lines hold no message'
is 'decode: a file' "$(echo "$mismatch" >"$tmp/log"; ctl decode "$tmp/log")" "$(ctl decode - <"$tmp/log")"
has 'decode: bytes that are no text' "$(printf '\xff\0 \xe4\xb8 %s' "$mismatch" | ctl decode)" i801_smbus
is 'decode: nothing' "$(ctl decode </dev/null)" 'There is no message here.'
exits 1 'decode: no such file' ctl decode "$tmp/nothing"
ctl decode --json <"$tmp/log" >"$tmp/decode.json"
rm -r "$tmp/machine/sys/module"

# --- snapshot --------------------------------------------------------------------------------------------------------
ctl snapshot "$tmp/a.tar.xz"; result $? 'snapshot'
ctl --hide snapshot - >"$tmp/h.tar.xz"; result $? 'snapshot --hide, to a pipe'
for f in a h; do
	mkdir "$tmp/$f" && tar -C "$tmp/$f" -xf "$tmp/$f.tar.xz"
	is "snapshot $f: the same answers" "$(intxctl --root "$tmp/$f" --json)" "$(ctl --json)"
	is "snapshot $f: of a snapshot the same file" "$(intxctl --root "$tmp/$f" snapshot - | cksum)" "$(cksum <"$tmp/$f.tar.xz")"
done
is 'snapshot: for its owner only' "$(stat -c %a "$tmp/a.tar.xz")" 600
echo old >"$tmp/old.tar.xz"
ctl snapshot "$tmp/old.tar.xz"; cmp -s "$tmp/old.tar.xz" "$tmp/a.tar.xz"; result $? 'snapshot replaces a file'
exits 1 'snapshot: a full disk' ctl snapshot /dev/full
exits 1 'snapshot: no such folder' ctl snapshot "$tmp/nothing/x.tar.xz"
exits 2 'snapshot without a name' ctl snapshot
exits 2 '--hide elsewhere' ctl --hide status
(ulimit -f 0; trap '' XFSZ; ctl snapshot "$tmp/old.tar.xz" 2>/dev/null)
is 'snapshot: what cannot be written leaves nothing' "$(echo "$tmp"/old.tar.xz*)" "$tmp/old.tar.xz"
cmp -s "$tmp/old.tar.xz" "$tmp/a.tar.xz"; result $? 'snapshot: what cannot be written leaves the old file'

# --- JSON ------------------------------------------------------------------------------------------------------------
for verb in status tree lines; do ctl $verb --json >"$tmp/$verb.json"; done
for a in $(ctl -n -a -o ADDRESS status); do ctl why "$a" --json >"$tmp/why.$a.json"; done
python3 - "$top/cli/intxd-status.schema.json" "$tmp" <<'EOF'
import copy, glob, json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
cls = jsonschema.Draft202012Validator
cls.check_schema(schema)
bad = 0


def errors(name, document):
    return list(cls({'$schema': schema['$schema'], '$defs': schema['$defs'], '$ref': f'#/$defs/{name}'}).iter_errors(document))


def test(what, holds):
    global bad
    if not holds:
        print('FAILED: schema:', what)
        bad += 1


documents = {p: json.load(open(p)) for p in glob.glob(sys.argv[2] + '/*.json')}
for path, document in documents.items():
    name = path.rsplit('/', 1)[1].split('.')[0]
    found = errors('status' if name == 'tree' else name, document)
    test(f'{path}: {found[0].json_path if found else ""} {found[0].message[:300] if found else ""}', not found)
    test(f'{path} against the whole schema', cls(schema).is_valid(document))
status = documents[sys.argv[2] + '/status.json']
lines = documents[sys.argv[2] + '/lines.json']
test('lines are those of status', lines['lines'] == status['lines'] and 'devices' not in lines)
test('why for every function', len(documents) == 5 + len(status['devices']))


def broken(change):
    d = copy.deepcopy(status)
    change(d)
    return errors('status', d)


test('a missing key is an error', broken(lambda d: d['devices'][0].pop('evidence')))
test('an unknown verdict is an error', broken(lambda d: d['devices'][0].update(verdict='fine')))
test('another version is an error', broken(lambda d: d.update(version=2)))
test('a malformed line is an error', broken(lambda d: d['lines'][0].update(id='16')))
test('unknown keys are not', not broken(lambda d: d['devices'][0].update(colour='red')))
sys.exit(bad > 0)
EOF
result $? 'JSON agrees with the schema'

# --- exit codes, pipes -----------------------------------------------------------------------------------------------
exits 0 'status' ctl status
exits 0 'help' intxctl --help
exits 1 'no such folder' intxctl --root "$tmp/nothing"
mkdir "$tmp/empty"
has 'a tree without a PCI bus: the folder that is missing' "$(intxctl --root "$tmp/empty" 2>&1)" "$tmp/empty/sys/bus/pci/devices: No such"
exits 1 'a full disk' bash -c "intxctl --root $tmp/machine >/dev/full"
exits 1 'a full disk, why' bash -c "intxctl --root $tmp/machine why 00:03.0 >/dev/full"
exits 2 'no such verb' intxctl frobnicate
exits 2 'no such option' intxctl --frobnicate
exits 2 'no such column' ctl -o NOSUCH
exits 2 'no columns' ctl -o ''
exits 2 'why without an address' ctl why
exits 2 'a word too many' ctl tree 00:03.0
exits 3 'no such address' ctl why 7f:00.0
exits 3 'no such address to check' ctl check 00:03.0 7f:00.0
exits 3 'no such vendor:device' ctl why dead:beef
exits 3 'several of a vendor:device' ctl why 8086:2934
exits 3 'no address at all' ctl why eth0
exits 1 'a private intxd changes nothing' ctl allow 00:03.0
exits 2 'options of other verbs' ctl --require latent-ok status
exits 2 'no such requirement' ctl allow 00:03.0 --require whatever
exits 2 'no such word of policy' ctl policy frobnicate
exits 2 'a private intxd hears of no changes' ctl monitor
exits 0 'metrics' ctl metrics
exits 0 'a dry run' ctl allow --dry-run 00:03.0
exits 6 'no intxd' env DBUS_SYSTEM_BUS_ADDRESS=unix:path="$tmp/nothing" intxctl
for words in status 'why 00:03.0' tree lines 'lines --json' 'check 00:03.0' 'decode /dev/null'; do
	# shellcheck disable=SC2086
	err=$({ { sleep 0.2; ctl $words 2>&3; } | true; } 3>&1)
	is "a closed pipe is no trouble: $words" "$err" ''
done

# --- help, completion, manual ----------------------------------------------------------------------------------------
help=$(intxctl --help)
[ "$(wc -L <<<"$help")" -le 80 ]; result $? 'help is not too wide' "$help"
verbs=$(sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' <<<"$help")
options=$(grep -o -- '--[a-z][a-z-]*' <<<"$help" | sort -u)
has 'help names verbs' "$verbs" why
has 'help of a verb has its columns' "$(intxctl lines --help)" '^ \* MEMBERS '
man=$(cat "$top/docs/man/intxctl.1")
for verb in $verbs; do
	has "man: $verb" "$man" "^\.It Cm $verb\b"
	for file in intxctl.bash _intxctl intxctl.fish; do
		grep -q "\b$verb\b" "$top/units/completions/$file"; result $? "$file: $verb"
	done
done
for option in $options; do
	has "man: $option" "$man" "Fl -${option#--}\b"
	for file in intxctl.bash _intxctl intxctl.fish; do
		grep -q -e "$option\b" -e "-l ${option#--}\b" "$top/units/completions/$file"; result $? "$file: $option"
	done
done
for column in $(intxctl status --help | sed -n 's/^ [* ] \([A-Z][A-Z]*\) .*/\1/p'); do
	has "man: column $column" "$man" "^\.It Li $column\*\?$"
done
if command -v mandoc >/dev/null; then
	is 'man pages are well-formed' "$(mandoc -T lint -W warning "$top"/docs/man/*)" ''
fi

complete_line() {
	bash -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}; complete -p intxctl >/dev/null && { _intxctl; echo "${COMPREPLY[*]}"; }' \
		- "$top/units/completions/intxctl.bash" "$1"
}
root="--root $tmp/machine"
has 'completion: verbs' "$(complete_line 'intxctl ')" '^status why tree lines'
is 'completion: a verb' "$(complete_line 'intxctl tr')" tree
has 'completion: options' "$(complete_line 'intxctl --')" '--standalone'
is 'completion: an option' "$(complete_line 'intxctl why --js')" --json
is 'completion: a folder' "$(complete_line "intxctl --root $tmp/mac")" "$tmp/machine"
is 'completion: a folder after =' "$(complete_line "intxctl --root=$tmp/mac")" "$tmp/machine"
is 'completion: addresses' "$(complete_line "intxctl $root why 0000:00:1")" '1c.0 1c.2 1c.3 1d.0 1f.3'
is 'completion: short addresses' "$(complete_line "intxctl $root why 00:1f")" '1f.3'
is 'completion: one address for why' "$(complete_line "intxctl $root why 00:03.0 ")" ''
has 'completion: columns' "$(complete_line 'intxctl -o ')" '^ADDRESS NAME '
is 'completion: columns after others' "$(complete_line 'intxctl -o ADDRESS,VER')" ADDRESS,VERDICT
is 'completion: columns beside the preset' "$(complete_line 'intxctl -o +IR')" +IRQ
is 'completion: columns of a verb' "$(complete_line 'intxctl lines -o HOL')" HOLDERS
if command -v zsh >/dev/null; then
	zsh -n "$top/units/completions/_intxctl"; result $? 'zsh: syntax'
fi
if command -v fish >/dev/null; then
	fish_line() { HOME=$tmp fish -c "source $top/units/completions/intxctl.fish; complete -C '$1'" | cut -f1 | xargs; }
	is 'fish: a verb' "$(fish_line 'intxctl tr')" tree
	is 'fish: addresses' "$(fish_line "intxctl $root why 0000:00:1f")" 0000:00:1f.3
	is 'fish: columns' "$(fish_line 'intxctl -o ADDRESS,VER')" ADDRESS,VERDICT
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
