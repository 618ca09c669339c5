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
export LC_ALL=C.UTF-8 TERM=xterm PATH=$bin:$PATH
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
test('why for every function', len(documents) == 3 + len(status['devices']))


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
exits 1 'a full disk' bash -c "intxctl --root $tmp/machine >/dev/full"
exits 1 'a full disk, why' bash -c "intxctl --root $tmp/machine why 00:03.0 >/dev/full"
exits 2 'no such verb' intxctl frobnicate
exits 2 'no such option' intxctl --frobnicate
exits 2 'no such column' ctl -o NOSUCH
exits 2 'no columns' ctl -o ''
exits 2 'why without an address' ctl why
exits 2 'a word too many' ctl tree 00:03.0
exits 3 'no such address' ctl why 7f:00.0
exits 3 'no such vendor:device' ctl why dead:beef
exits 3 'several of a vendor:device' ctl why 8086:2934
exits 3 'no address at all' ctl why eth0
exits 6 'no intxd' env DBUS_SYSTEM_BUS_ADDRESS=unix:path="$tmp/nothing" intxctl
for words in status 'why 00:03.0' tree lines 'lines --json'; do
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
