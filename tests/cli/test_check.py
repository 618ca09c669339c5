#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test_check.py BIN_DIR [TEST...]: what `intxctl check` says of a machine does not contradict itself."""
import os
import subprocess
import sys
import tempfile
import unittest

from fakesys import Machine, config

BIN = os.path.abspath(sys.argv.pop(1))


class Check(unittest.TestCase):
    def test_of_one_that_has_taken_the_line_alone_it_is_not_said_that_sharing_works(self):
        with tempfile.TemporaryDirectory() as base:
            machine = Machine(base)
            machine.add('0000:00:03.0', config(vendor=0x15b3, device=0x1003), driver='vfio-pci', irq=16)  # cannot mask
            machine.add('0000:00:04.0', driver='vfio-pci', irq=16)
            machine.interrupts([(16, 'IO-APIC 16-fasteoi', 'vfio-intx(0000:00:03.0)')])
            r = subprocess.run([f'{BIN}/intxctl', '--root', base, 'check', '00:04.0'], capture_output=True, text=True, timeout=60,
                               check=False)
            self.assertEqual(r.returncode, 4, r.stderr)
            self.assertIn('EBUSY', r.stdout)
            self.assertNotIn('shares', r.stdout)


unittest.main()
