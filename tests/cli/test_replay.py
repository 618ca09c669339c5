#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captured machines (tests/fixtures/*.tar.xz, made with `intxctl snapshot`) still read as they did; and this machine's
functions are those that lspci lists.

test_replay.py BIN_DIR [--update]   --update writes what is read now as what is expected; look at the diff"""
import glob
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures')
BIN = os.path.abspath(sys.argv.pop(1))
UPDATE = '--update' in sys.argv and bool(sys.argv.remove('--update') or True)


def status(*where):
    r = subprocess.run([f'{BIN}/intxctl', *where, 'status', '--json'], capture_output=True, text=True, timeout=60,
                       check=True)
    return r.stdout


class Replay(unittest.TestCase):
    maxDiff = 4000

    def test_captured_machines_read_as_they_did(self):
        snapshots = sorted(glob.glob(f'{FIXTURES}/*.tar.xz'))
        self.assertTrue(snapshots, 'no fixtures')
        for snapshot in snapshots:
            expected = snapshot.removesuffix('.tar.xz') + '.json'
            with self.subTest(os.path.basename(snapshot)), tempfile.TemporaryDirectory() as base:
                with tarfile.open(snapshot) as t:
                    t.extractall(base)
                now = status('--root', base)
                if UPDATE:
                    with open(expected, 'w', encoding='utf8') as f:
                        f.write(now)
                with open(expected, encoding='utf8') as f:
                    self.assertEqual(json.loads(now), json.load(f))

    def test_this_machine_has_the_functions_that_lspci_lists(self):
        if not os.path.isdir('/sys/bus/pci/devices'):
            self.skipTest('no PCI here')
        listed = subprocess.run(['lspci', '-Dn'], capture_output=True, text=True, check=True).stdout.splitlines()
        self.assertEqual([d['address'] for d in json.loads(status('--standalone'))['devices']],
                         sorted(line.split()[0] for line in listed))


if __name__ == '__main__':
    unittest.main(verbosity=1)
