#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: the file is named, the rest is shown, nothing crashes, nothing outside --root is read.

test_hostile.py BIN_DIR"""
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fakesys import Machine, config  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
if os.access('/dev/shm', os.W_OK):
    tempfile.tempdir = '/dev/shm'  # 65536 folders are slow on a disk
GOOD, BAD = '0000:00:02.0', '0000:00:03.0'


class Tree(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.base)
        self.machine = Machine(self.base)
        self.machine.add(GOOD, driver='e1000', irq=16)

    def put(self, *args, **kwargs):
        """BAD, in place of what stands there."""
        link = f'{self.base}/sys/bus/pci/devices/{BAD}'
        if os.path.lexists(link):
            shutil.rmtree(os.path.realpath(link))
            os.unlink(link)
        return self.machine.add(BAD, *args, **kwargs)

    def run_ctl(self, *args, code=0, timeout=60):
        r = subprocess.run([f'{BIN}/intxctl', '--root', self.base, *args], capture_output=True, text=True,
                           timeout=timeout, check=False)
        self.assertEqual(r.returncode, code, r.stderr)
        return r

    def status(self):
        out = json.loads(self.run_ctl('status', '--json').stdout)
        self.assertIn(GOOD, {d['address'] for d in out['devices']}, 'the rest is not shown')
        return out

    def assert_problem(self, file, text=''):
        problems = self.status()['problems']
        self.assertTrue(any(file in (p['file'] or '') and text in p['text'] for p in problems), problems)
        self.assertIn(file, self.run_ctl('status').stderr)

    def device(self, address=BAD):
        return {d['address']: d for d in self.status()['devices']}[address]


class Damaged(Tree):
    def test_truncated_config_is_named(self):
        for size in (0, 1, 63):
            with self.subTest(size=size):
                self.put(config(size=size))
                self.assert_problem(f'{BAD}/config')
                self.assertEqual(self.device()['verdict'], 'unproven')

    def test_config_of_64_bytes_is_enough_for_the_pin(self):
        self.machine.add(BAD, config(size=64, pin=2))
        self.assertEqual(self.device()['pin'], 'B')

    def test_bridge_without_readable_capabilities_may_have_a_slot(self):
        """Who is not root sees 64 bytes; an empty slot that goes unseen would be a wrong `exclusive`."""
        self.machine.add(BAD, config(klass=0x060400, bridge=(0, 1, 1), port=4, size=64))
        self.assert_problem(f'{BAD}/config', 'hotplug')
        self.assertEqual(self.device(GOOD)['sharers']['possible'], 2)  # the bridge itself, and its slot

    def test_config_of_all_ones_is_a_dead_device(self):
        self.machine.add(BAD, b'\xff' * 256)
        self.assert_problem(f'{BAD}/config', 'all ones')
        self.assertIsNone(self.device()['pin'])

    def test_pin_beyond_d_is_not_believed(self):
        self.machine.add(BAD, config(pin=77))
        self.assert_problem(f'{BAD}/config', 'pin 77')

    def test_capability_list_in_a_circle_ends(self):
        c = bytearray(config())
        c[0x41] = 0x40
        self.machine.add(BAD, bytes(c))
        self.assertEqual(self.device()['pin'], 'A')

    def test_capability_at_the_very_end_is_not_read_over(self):
        for capability in (5, 0x10, 0x11, 0x0d):
            with self.subTest(capability=capability):
                c = bytearray(config())
                c[0x34], c[0xfc], c[0xfd] = 0xfc, capability, 0
                self.put(bytes(c))
                self.assertEqual(self.device()['pin'], 'A')

    def test_bridge_that_points_back_is_no_circle(self):
        """Without links, bus numbers decide: 00:03.0 claims bus 1 below, 01:00.0 claims bus 0 below."""
        for address, conf in ((BAD, config(klass=0x060400, bridge=(0, 1, 255), port=4)),
                              ('0000:01:00.0', config(klass=0x060400, bridge=(1, 0, 255), port=5)),
                              ('0000:01:01.0', config(klass=0x060400, bridge=(1, 1, 1), port=6))):
            self.machine.write(f'sys/bus/pci/devices/{address}/config', conf)
        self.assertEqual(len(self.status()['devices']), 4)

    def test_bridges_below_each_other_are_no_circle(self):
        for address, conf in (('0000:05:00.0', config(klass=0x060400, bridge=(5, 6, 6), port=4)),
                              ('0000:06:00.0', config(klass=0x060400, bridge=(6, 5, 5), port=5))):
            self.machine.write(f'sys/bus/pci/devices/{address}/config', conf)
        self.assert_problem('0000:0', 'below itself')

    def test_folder_without_vendor_is_shown(self):
        folder = self.machine.add(BAD)
        os.unlink(folder + '/vendor')
        self.assertEqual(self.device()['id'], '8086:10d3')

    def test_empty_folder_is_shown(self):
        os.makedirs(f'{self.base}/sys/bus/pci/devices/{BAD}')
        self.assert_problem(f'{BAD}/config')

    def test_folder_that_is_a_file_is_named(self):
        self.machine.write(f'sys/bus/pci/devices/{BAD}', 'nothing')
        self.assert_problem(BAD)

    def test_name_that_is_no_address_is_named(self):
        os.makedirs(f'{self.base}/sys/bus/pci/devices/zz:00.0')
        self.assert_problem('sys/bus/pci/devices', 'zz:00.0')

    def test_nonsense_in_attributes_is_named(self):
        folder = self.machine.add(BAD, driver='e1000', irq=17)
        for name, text in (('irq', 'many\n'), ('enable', '\n'), ('intx_line', 'gic\n')):
            with open(f'{folder}/{name}', 'w', encoding='utf8') as f:
                f.write(text)
        for name in ('irq', 'enable', 'intx_line'):
            self.assert_problem(f'{BAD}/{name}')

    def test_attribute_of_a_megabyte_is_named(self):
        folder = self.machine.add(BAD, driver='e1000')
        with open(f'{folder}/irq', 'w', encoding='utf8') as f:
            f.write('1' * 1000000)
        self.assert_problem(f'{BAD}/irq')

    def test_vector_that_says_nothing_is_no_msi(self):
        """A function taken for one with MSI does not count as an active sharer."""
        folder = self.machine.add(BAD, driver='e1000', irq=17).removeprefix(f'{self.base}/')
        for nothing in ('', '\n', '\0', '\0msi\n'):
            with self.subTest(nothing=nothing):
                self.machine.write(f'{folder}/msi_irqs/30', nothing)
                self.assertEqual(self.device()['msi'], 'off')

    def test_fifo_does_not_block(self):
        for name in ('config', 'irq', 'intx_line'):
            with self.subTest(name=name):
                folder = self.put(driver='e1000')
                if os.path.exists(f'{folder}/{name}'):
                    os.unlink(f'{folder}/{name}')
                os.mkfifo(f'{folder}/{name}')
                self.assert_problem(BAD)
        os.mkfifo(f'{self.base}/fifo')
        os.makedirs(f'{self.base}/proc')
        os.rename(f'{self.base}/fifo', f'{self.base}/proc/interrupts')
        self.assert_problem('proc/interrupts')

    def test_without_interrupts_nobody_knows_who_holds_a_line(self):
        self.machine.add(BAD, driver='e1000', irq=53)
        self.assertIsNone(next(line for line in self.status()['lines'] if BAD in line['members'])['holders'])
        self.assertIn('its holders are not known', self.run_ctl('why', BAD).stdout)

    def test_one_that_cannot_be_read_is_allowed_and_told_why_it_is_not_armed(self):
        self.machine.add(BAD, b'\xff' * 256, driver='vfio-pci')
        self.machine.write('etc/intxd/policy.d/a.json',
                           '{"version":1,"rules":[{"match":{"address":"*"},"action":"allow","require":"unproven-ok"}]}')
        said = ' '.join(self.run_ctl('why', BAD).stdout.split())
        self.assertIn('Outcome will not engage: its config space cannot be read', said)
        self.assertNotIn('--require', said)

    def test_interrupts_without_header_are_named(self):
        self.machine.write('proc/interrupts', 'nothing of use\n 1: 2 3\n')
        self.assert_problem('proc/interrupts')

    def test_interrupts_with_bad_rows_are_named(self):
        self.machine.write('proc/interrupts', '   CPU0  CPU1\n 16:  1\n 17:  1 2  IO-APIC 17-fasteoi  x\n')
        self.assert_problem('proc/interrupts', '16:')

    def test_bytes_that_are_no_utf8_do_not_lose_the_rest(self):
        folder = self.machine.add(BAD)
        os.symlink(b'../drivers/\xff\xfe', os.fsencode(folder) + b'/driver')
        self.machine.write('proc/interrupts', b'   CPU0\n 16:  1 IO-APIC 16-fasteoi  \xff\xfe\n')
        self.assertEqual(self.device()['address'], BAD)

    def device_tree(self, cells=b'\0\0\0\1'):
        """A host bridge with a map of one entry to a GIC, and root bus 0000:00 on it."""
        base = 'sys/firmware/devicetree/base'
        zero, one, three = b'\0\0\0\0', b'\0\0\0\1', b'\0\0\0\3'
        for path, value in (('intc/compatible', b'arm,gic-v3\0'), ('intc/interrupt-controller', b''),
                            ('intc/#interrupt-cells', three), ('intc/phandle', one), ('intc/#address-cells', zero),
                            ('pcie/#address-cells', three), ('pcie/#interrupt-cells', cells),
                            ('pcie/interrupt-map-mask', zero * 3 + b'\0\0\0\7'),
                            ('pcie/interrupt-map', zero * 3 + one + one + zero + b'\0\0\0\4' + b'\0\0\0\4')):
            self.machine.write(f'{base}/{path}', value)
        os.makedirs(f'{self.base}/sys/class/pci_bus/0000:00', exist_ok=True)
        os.symlink('../../../firmware/devicetree/base/pcie', f'{self.base}/sys/class/pci_bus/0000:00/of_node')

    def test_device_tree_routes_the_pin(self):
        self.device_tree()
        self.assertEqual(self.device(GOOD)['line'], 'gic:36')

    def test_device_tree_with_absurd_cells_is_named(self):
        self.device_tree(cells=b'\xff\xff\xff\xff')
        self.assert_problem('devicetree/base/pcie/')

    def test_device_tree_with_a_truncated_map_is_named(self):
        self.device_tree()
        with open(f'{self.base}/sys/firmware/devicetree/base/pcie/interrupt-map', 'r+b') as f:
            f.truncate(30)
        self.assert_problem('devicetree/base/pcie/interrupt-map')

    def test_device_tree_with_a_fifo_and_a_circle_of_links_does_not_block(self):
        self.device_tree()
        node = f'{self.base}/sys/firmware/devicetree/base/pcie'
        os.mkfifo(f'{node}/phandle')
        os.symlink('.', f'{node}/self')
        self.status()

    def test_slot_with_a_nonsense_address_is_named(self):
        self.machine.write('sys/bus/pci/slots/7/address', 'upstairs\n')
        self.machine.write('sys/bus/pci/slots/7/power', '0\n')
        self.assert_problem('sys/bus/pci/slots', "'7'")

    def test_snapshot_of_a_damaged_tree_is_taken(self):
        folder = self.machine.add(BAD, config(size=20), driver='e1000')
        os.unlink(folder + '/irq')
        os.mkfifo(folder + '/irq')
        os.symlink('/etc', f'{self.base}/sys/bus/pci/devices/0000:00:09.0')
        os.mkfifo(f'{self.base}/sys/bus/pci/slots/1')
        self.run_ctl('snapshot', f'{self.base}/a.tar.xz')

    def test_missing_folder_is_an_error(self):
        shutil.rmtree(f'{self.base}/sys')
        self.assertIn('sys/bus/pci/devices', self.run_ctl('status', code=1).stderr)

    def test_all_65536_functions_of_a_domain_are_listed(self):
        devices = f'{self.base}/sys/bus/pci/devices'
        conf = config(pin=1)
        for number in range(65536):
            folder = f'{devices}/0001:{number >> 8:02x}:{number >> 3 & 31:02x}.{number & 7}'
            os.mkdir(folder)
            with open(folder + '/config', 'wb', buffering=0) as f:
                f.write(conf)
        self.assertEqual(len(self.status()['devices']), 65537)


class Outside(Tree):
    """What a tree may try in order to have a file outside it read."""

    def setUp(self):
        super().setUp()
        self.outside = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.outside)
        other = Machine(self.outside)
        self.secret = other.add(BAD, config(vendor=0x5ec7, device=0x5ec7), driver='secret', irq=66)
        other.write('proc/interrupts', '   CPU0\n 66:  1 IO-APIC 66-fasteoi  secret\n')

    def assert_not_read(self):
        """By its answers, and by every file it opened: of status and of snapshot."""
        for words in (['status', '--json'], ['snapshot', '-']):
            log = f'{self.base}/log'
            r = subprocess.run(['strace', '-f', '-y', '-e', 'trace=openat,openat2,open,readlinkat', '-o', log,
                                f'{BIN}/intxctl', '--root', self.base, *words],
                               capture_output=True, timeout=120, check=False,
                               env={**os.environ, 'ASAN_OPTIONS': 'detect_leaks=0'})
            self.assertEqual(r.returncode, 0, r.stderr)
            answer = r.stdout if words[0] == 'status' else lzma.decompress(r.stdout)
            self.assertNotIn(b'5ec7', answer)
            # A link may say where it leads.
            self.assertNotIn(b'secret', re.sub(rb'/drivers/secret', b'', answer))
            with open(log, encoding='utf8', errors='replace') as f:
                opened = re.findall(r'= \d+<([^>]*)>', f.read())
            self.assertTrue([p for p in opened if p.startswith(self.base)], 'the trace shows nothing')
            self.assertFalse([p for p in opened if p.startswith(self.outside)])

    def test_link_to_a_folder_outside(self):
        os.symlink(self.secret, f'{self.base}/sys/bus/pci/devices/{BAD}')
        self.assert_not_read()
        self.assert_problem(BAD, 'out of the tree')

    def test_link_that_climbs_out(self):
        os.symlink('../' * 40 + self.secret[1:], f'{self.base}/sys/bus/pci/devices/{BAD}')
        self.assert_not_read()

    def test_config_that_is_a_link(self):
        folder = self.machine.add(BAD)
        for name in ('config', 'irq', 'vendor', 'enable'):
            os.unlink(f'{folder}/{name}')
            os.symlink(f'{self.secret}/{name}', f'{folder}/{name}')
        self.assert_not_read()

    def test_folder_above_that_is_a_link(self):
        folder = self.machine.add(BAD)
        shutil.rmtree(folder)
        os.symlink(self.secret, folder)
        self.assert_not_read()

    def test_interrupts_that_are_a_link(self):
        os.makedirs(f'{self.base}/proc')
        os.symlink(f'{self.outside}/proc/interrupts', f'{self.base}/proc/interrupts')
        self.assert_not_read()

    def test_names_that_are_a_link(self):
        os.makedirs(f'{self.base}/usr/share/misc')
        with open(f'{self.outside}/pci.ids', 'w', encoding='utf8') as f:
            f.write('8086  secret\n\t10d3  secret\n')
        os.symlink(f'{self.outside}/pci.ids', f'{self.base}/usr/share/misc/pci.ids')
        self.assert_not_read()

    def test_damaged_names_do_not_end_the_program(self):
        self.machine.write('usr/share/misc/pci.ids', b'\t\t\tnonsense \xff\n8086\n' * 50)
        self.status()

    def test_names_of_the_tree_are_used(self):
        self.machine.write('usr/share/misc/pci.ids', '8086  Intel\n\t10d3  a card\n')
        self.assertEqual(self.device(GOOD)['name'], 'a card')

    def test_whole_sys_that_is_a_link(self):
        shutil.rmtree(f'{self.base}/sys')
        os.symlink(f'{self.outside}/sys', f'{self.base}/sys')
        self.run_ctl('status', code=1)


if __name__ == '__main__':
    unittest.main(verbosity=1)
