#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparer must find what is wrong: a small machine, a right answer about it, and one wrong answer a test."""
import copy
import json
import os
import stat
import tempfile
import unittest

import compare

ROOT = "/sys/devices/pci0000:00"
# 02.0 alone on gic:37; 03.0 and 07.0 share gic:38; 04.0 alone on gic:35 but for 08.0, which nobody drives.
FUNCTIONS = """\
0000:00:00.0 0 - - 0 {0}/0000:00:00.0
0000:00:02.0 22 vfio-pci - 1 {0}/0000:00:02.0
0000:00:03.0 23 vfio-pci - 1 {0}/0000:00:03.0
0000:00:04.0 24 vfio-pci - 1 {0}/0000:00:04.0
0000:00:07.0 23 vfio-pci - 1 {0}/0000:00:07.0
0000:00:08.0 0 - - 1 {0}/0000:00:08.0
""".format(ROOT)
IRQS = "22 GICv3 37\n23 GICv3 38\n24 GICv3 35\n25 ITS-MSI 81920\n"
QUIET = """\
           CPU0       CPU1
 14:          0          0     GICv3  33 Level     uart-pl011
 25:          0          0   ITS-MSI 81920 Edge      PCIe PME, aerdrv
IPI0:         0          0       Rescheduling interrupts
Err:          0
"""
OPENED = QUIET + """\
 22:          0          0     GICv3  37 Level     vfio-intx(0000:00:02.0)
 23:          0          0     GICv3  38 Level     vfio-intx(0000:00:03.0), vfio-intx(0000:00:07.0)
 24:          0          0     GICv3  35 Level     vfio-intx(0000:00:04.0)
"""
PLAN = """\
open 0000:00:02.0 0000:00:03.0 0000:00:04.0 0000:00:07.0
leave 0000:00:08.0
verdict any 0000:00:02.0 exclusive
verdict dt 0000:00:04.0 latent
"""
LINES = {"02": "gic:37", "03": "gic:38", "04": "gic:35", "07": "gic:38", "08": "gic:35"}


def answer(opened):
    holders = {"gic:37": ["02"], "gic:38": ["03", "07"], "gic:35": ["04"]}
    verdicts = {"02": "exclusive", "03": "latent", "04": "latent", "07": "latent", "08": "latent"}
    if opened:
        verdicts.update({"03": "shared", "07": "shared", "08": "shared"})
    devices = [{"address": "0000:00:00.0", "pin": None, "line": None, "verdict": "no-intx"}]
    for slot, line in LINES.items():
        devices.append({"address": f"0000:00:{slot}.0", "pin": "A", "line": line, "verdict": verdicts[slot], "reasons": []})
    lines = [{"id": line, "members": [f"0000:00:{s}.0" for s, l in LINES.items() if l == line],
              "holders": [f"vfio-intx(0000:00:{s}.0)" for s in who] if opened else []} for line, who in holders.items()]
    return {"version": 1, "devices": devices, "lines": lines}


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("plan", PLAN)
        self.write("opened.vfio", "".join(f"0000:00:{s}.0: INTx on\n" for s in ("02", "03", "04", "07")) + "ready\n")
        for stage in ("fresh", "bound", "opened", "closed"):
            self.write(f"{stage}.functions", FUNCTIONS)
            self.write(f"{stage}.irqs", IRQS)
            self.write(f"{stage}.interrupts", OPENED if stage == "opened" else QUIET)
            self.say(stage, answer(stage == "opened"))

    def write(self, name, text):
        with open(os.path.join(self.folder.name, name), "w") as file:
            file.write(text)

    def say(self, stage, document, status=0):
        self.write(f"{stage}.json", json.dumps(document) if not isinstance(document, str) else document)
        self.write(f"{stage}.exit", str(status))
        self.write(f"{stage}.err", "")

    def failed(self, firmware="dt", program=None):
        return {case.split("/")[-1] for case, _, problems in compare.run("t", firmware, self.folder.name, program) if problems}

    def wrong(self, stage, expected, firmware="dt", **change):
        """One device (by slot) or line told wrongly at a stage must fail the expected case, and only that."""
        document = copy.deepcopy(answer(stage == "opened"))
        slot = change.pop("slot", None)
        for device in document["devices"]:
            if device["address"] == f"0000:00:{slot}.0":
                device.update(change)
        for line in document["lines"]:
            if line["id"] == change.get("id"):
                line.update(change)
        self.say(stage, document)
        self.assertEqual(self.failed(firmware), set(expected))

    def test_right(self):
        self.assertEqual(self.failed("dt"), set())
        self.assertEqual(self.failed("acpi"), set())

    def test_wrong_line(self):
        self.wrong("fresh", {"lines"}, slot="08", line="gic:36")

    def test_no_line_on_device_tree(self):
        self.wrong("fresh", {"lines"}, slot="08", line=None)

    def test_no_line_for_an_opened_function(self):
        self.wrong("opened", {"lines"}, "acpi", slot="04", line=None)

    def test_one_wire_for_two_lines(self):
        document = answer(False)
        for device in document["devices"][1:3]:
            device.update(line="wire:0000:00:01.0:A", verdict="unproven")
        self.say("fresh", document)
        self.assertEqual(self.failed("acpi"), {"lines"})

    def test_unknown_lines_are_no_mistake_on_acpi(self):
        document = answer(False)
        for device in document["devices"][1:]:
            device.update(line=None, verdict="unproven")
        document["lines"] = []
        self.say("fresh", document)
        self.assertEqual(self.failed("acpi"), set())
        self.assertEqual(self.failed("dt"), {"lines"})

    def test_exclusive_with_an_active_sharer(self):
        self.wrong("opened", {"verdicts"}, slot="03", verdict="exclusive")

    def test_exclusive_with_a_sharer_nobody_drives(self):
        self.wrong("bound", {"verdicts"}, slot="04", verdict="exclusive")

    def test_shared_without_a_second_holder(self):
        self.wrong("closed", {"verdicts"}, slot="03", verdict="shared")

    def test_latent_with_two_holders(self):
        self.wrong("opened", {"verdicts"}, slot="07", verdict="latent")

    def test_verdict_by_name(self):
        self.wrong("opened", {"verdicts"}, slot="02", verdict="unproven")

    def test_unknown_word(self):
        self.wrong("fresh", {"verdicts"}, slot="02", verdict="fine")

    def test_wrong_pin(self):
        self.wrong("fresh", {"lines"}, slot="02", pin="B")

    def test_missing_holder(self):
        self.wrong("opened", {"lines"}, id="gic:38", holders=["vfio-intx(0000:00:03.0)"])

    def test_missing_function(self):
        document = answer(False)
        del document["devices"][-1]
        self.say("fresh", document)
        self.assertIn("lines", self.failed())

    def test_nothing_said(self):
        self.say("bound", "", status=1)
        self.assertEqual(self.failed(), {"lines", "verdicts"})
        self.say("bound", answer(False), status=1)
        self.assertEqual(self.failed(), {"lines", "verdicts"})

    def test_kernel_and_wiring_disagree(self):
        self.write("opened.interrupts", OPENED.replace("GICv3  37", "GICv3  36"))
        self.assertIn("kernel", self.failed())

    def test_not_opened(self):
        self.write("opened.interrupts", OPENED.replace("vfio-intx(0000:00:02.0)", ""))
        self.assertIn("kernel", self.failed())

    def test_plugged_card_elsewhere(self):
        self.write("plan", PLAN + "plug 0000:00:06.0\n")
        self.write("plugged.functions", FUNCTIONS + f"0000:00:06.0 22 vfio-pci - 1 {ROOT}/0000:00:06.0\n")
        self.write("plugged.irqs", IRQS)
        self.write("plugged.interrupts", OPENED.replace("(0000:00:02.0)", "(0000:00:02.0), vfio-intx(0000:00:06.0)"))
        # Told as before, as if nothing had been plugged in.
        self.say("plugged", answer(True))
        self.assertEqual(self.failed(), {"lines", "verdicts"})

    def test_refused(self):
        self.write("plan", PLAN + "refused 0000:00:08.0\n")
        self.assertEqual(self.failed(), {"kernel"})
        self.write("opened.vfio", "0000:00:08.0: VFIO_DEVICE_SET_IRQS: Device or resource busy\nready\n")
        self.assertEqual(self.failed(), set())

    def test_check(self):
        self.write("plan", PLAN + "check 4 0000:00:03.0 0000:00:07.0\n")
        self.write("checks", "4 4 0000:00:03.0 0000:00:07.0: both want gic:38 alone\n")
        self.assertEqual(self.failed(), set())
        self.write("checks", "0 4 0000:00:03.0 0000:00:07.0: fine\n")
        self.assertEqual(self.failed(), {"check"})
        self.write("checks", "")
        self.assertEqual(self.failed(), {"check"})

    def test_decode(self):
        self.write("plan", PLAN + "decode 0000:00:03.0\n")
        self.write("genirq", "genirq: Flags mismatch irq 23. 00000004 (vfio-intx(0000:00:07.0)) vs. 00000004 (vfio-intx(0000:00:03.0))\n")
        self.write("decoded", "0000:00:03.0 holds it\n")
        self.assertEqual(self.failed(), set())
        self.write("decoded", "unknown\n")
        self.assertEqual(self.failed(), {"decode"})

    def test_swizzle(self):
        path = f"{ROOT}/0000:00:02.0/0000:01:00.0/0000:02:01.0/0000:04:00.0"
        function = compare.Function("0000:04:00.0", 0, "-", "-", 1, path)
        # Slot 0 keeps A, slot 1 makes it B, slot 0 keeps B, root slot 2 with pin B: 35 + (2 + 1) mod 4.
        self.assertEqual(compare.wired(function), "gic:38")

    def replay(self, document):
        os.makedirs(os.path.join(self.folder.name, "empty"))
        os.system(f"tar -C {self.folder.name}/empty -cJf {self.folder.name}/opened.tar.xz .")
        self.write("snapshot.exit", "0")
        program = os.path.join(self.folder.name, "program")
        self.write("program", f"#!/bin/sh\ncat <<'E'\n{json.dumps(document)}\nE\n")
        os.chmod(program, os.stat(program).st_mode | stat.S_IXUSR)
        return self.failed(program=program)

    def test_replay_same(self):
        self.assertEqual(self.replay(answer(True)), set())

    def test_replay_differs(self):
        document = answer(True)
        document["devices"][1]["line"] = "irq:22"
        self.assertEqual(self.replay(document), {"replay"})


if __name__ == "__main__":
    unittest.main()
