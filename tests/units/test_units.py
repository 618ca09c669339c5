#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that make intxd a service hold together, and the examples work.

test_units.py BUILD_DIR"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as tree

BUILD = os.path.abspath(sys.argv.pop(1))
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '../..')
UNITS = os.path.join(TOP, 'units')
sys.path.insert(0, os.path.join(TOP, 'tests/cli'))
from fakesys import Machine, config  # noqa: E402


def read(*path):
    with open(os.path.join(TOP, *path), encoding='utf8') as f:
        return f.read()


class Service(unittest.TestCase):
    def test_exposure_stays_at_what_was_measured(self):
        r = subprocess.run(['systemd-analyze', 'security', '--offline=true', f'{BUILD}/units/intxd.service'], capture_output=True,
                           text=True, check=True)
        level = float(re.search(r'Overall exposure level for intxd.service: ([0-9.]+)', r.stdout)[1])
        self.assertLessEqual(level, 1.2, r.stdout)

    def test_systemd_understands_every_line(self):
        with tempfile.TemporaryDirectory() as d:
            # The programs must be there.
            text = re.sub('^(Exec[A-Za-z]*)=.*', r'\1=/bin/true', read(f'{BUILD}/units/intxd.service'), flags=re.M)
            with open(f'{d}/intxd.service', 'w', encoding='utf8') as f:
                f.write(text)
            r = subprocess.run(['systemd-analyze', 'verify', '--man=no', f'{d}/intxd.service'], capture_output=True, text=True, check=False)
            about = [line for line in r.stderr.splitlines() if 'intxd.service' in line]
            self.assertEqual((about, r.returncode), ([], 0))

    def test_activation_finds_the_unit(self):
        activation = read(f'{BUILD}/units/org.intxd1.service')
        alias = re.search('^SystemdService=(.*)', activation, re.M)[1]
        self.assertIn(f'Alias={alias}', read(f'{BUILD}/units/intxd.service'))

    def test_policy_is_in_force_before_machines_start(self):
        before = re.search('^Before=(.*)', read('units', 'intxd.service.in'), re.M)[1].split()
        self.assertEqual(set(before), {'libvirtd.service', 'virtqemud.service'})


class Bus(unittest.TestCase):
    def test_xml_is_well_formed(self):
        for name in ('org.intxd1.conf', 'org.intxd1.policy'):
            tree.fromstring(read('units', name))

    def test_only_root_has_the_name(self):
        owners = [(p.attrib, a.get('own')) for p in tree.fromstring(read('units', 'org.intxd1.conf')).iter('policy')
                  for a in p.iter('allow') if a.get('own')]
        self.assertEqual(owners, [({'user': 'root'}, 'org.intxd1')])


class Catalogue(unittest.TestCase):
    def test_every_message_is_explained(self):
        source = read('daemon', 'journal.h').replace('\\\n', ' ')
        ids = {re.sub('[, ]', '', m) for m in re.findall(r'SD_ID128_MAKE\(([^)]*)\)', source)}
        explained = re.findall('^-- ([0-9a-f]{32})$', read('units', 'intxd.catalog'), re.M)
        self.assertEqual(sorted(explained), sorted(ids))

    def test_journalctl_takes_it(self):
        with tempfile.TemporaryDirectory() as d:
            os.makedirs(f'{d}/usr/lib/systemd/catalog')
            with open(f'{d}/usr/lib/systemd/catalog/intxd.catalog', 'w', encoding='utf8') as f:
                f.write(read('units', 'intxd.catalog'))
            subprocess.run(['journalctl', f'--root={d}', '--update-catalog'], check=True, capture_output=True)
            r = subprocess.run(['journalctl', f'--root={d}', '--list-catalog'], check=True, capture_output=True, text=True)
            self.assertEqual(len(r.stdout.splitlines()), len(re.findall('^-- ', read('units', 'intxd.catalog'), re.M)))


DOMAIN = '''<domain type='kvm'><name>lab</name><devices>
<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></source>
</hostdev>{}</devices></domain>'''
SECOND = '''<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x00' slot='0x07' function='0x0'/></source>
</hostdev>'''


class LibvirtHook(unittest.TestCase):
    def hook(self, domain, *words, ctl=None):
        return subprocess.run([f'{UNITS}/examples/libvirt-hook-qemu', 'lab', *(words or ('prepare', 'begin', '-'))], input=domain, text=True,
                              capture_output=True, check=False,
                              env={**os.environ, 'INTXCTL': ctl or f'{BUILD}/bin/intxctl --root {self.root}'})

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = self.folder.name
        m = Machine(self.root)
        m.write('sys/module/vfio_pci/parameters/nointxmask', 'Y\n')  # every function needs its line alone
        m.add('0000:00:03.0', config(), driver='vfio-pci', irq=16)
        m.add('0000:00:07.0', config(), driver='vfio-pci', irq=16)
        m.interrupts([(16, 'IO-APIC   16-fasteoi', '')])

    def tearDown(self):
        self.folder.cleanup()

    def test_a_domain_whose_devices_conflict_is_refused_with_the_reason(self):
        r = self.hook(DOMAIN.format(SECOND))
        self.assertEqual(r.returncode, 1)
        self.assertIn('EBUSY', r.stderr)

    def test_others_start(self):
        self.assertEqual(self.hook(DOMAIN.format('')).returncode, 0)
        self.assertEqual(self.hook('<domain/>').returncode, 0)
        self.assertEqual(self.hook(DOMAIN.format(SECOND), 'stopped', 'end', '-').returncode, 0)

    def test_an_intxctl_that_does_not_work_keeps_nothing_from_starting(self):
        self.assertEqual(self.hook(DOMAIN.format(SECOND), ctl='/nonexistent').returncode, 0)
        self.assertEqual(self.hook(DOMAIN.format(SECOND), ctl='false').returncode, 0)


class Examples(unittest.TestCase):
    def test_rules_of_the_manual_are_rules(self):
        for page in ('intxd-policy.5', ):
            for text in re.findall(r'^\.Bd[^\n]*\n(\{.*?)^\.Ed', read('docs/man', page), re.M | re.S):
                with tempfile.NamedTemporaryFile('w', suffix='.json') as f, tempfile.TemporaryDirectory() as d:
                    Machine(d)
                    f.write(text)
                    f.flush()
                    json.loads(text)
                    subprocess.run([f'{BUILD}/bin/intxctl', '--root', d, 'policy', 'test', f.name], check=True, capture_output=True)


if __name__ == '__main__':
    unittest.main(verbosity=1)
