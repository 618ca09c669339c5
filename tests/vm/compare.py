#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what intxctl said inside an emulated host with what its kernel showed, stage by stage.

    compare.py NAME FIRMWARE FOLDER [--intxctl PROGRAM]

FOLDER is what payload-status left: plan, STAGE.{interrupts,irqs,functions,json,exit} and opened.tar.xz. Two judges that
know nothing of each other decide what is true: /proc/interrupts after each function was opened through VFIO, and the
wiring of QEMU's virt machine. They must agree before intxctl is looked at. Without STAGE.json only they are compared.

Prints "CASE name PASS|FAIL detail" lines; the exit status is 1 when one failed.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

STAGES = ["fresh", "bound", "opened", "plugged", "closed"]  # plugged: only where the plan plugs a card
VERDICTS = {"no-intx", "shared", "latent", "unproven", "exclusive"}
ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")
FIRST_SPI_OF_PCI = 35  # virt: SPI 3..6 are the four INTx inputs of the host bridge

Function = collections.namedtuple("Function", "address irq driver msi pin path")


def read(folder, name):
    with open(os.path.join(folder, name)) as file:
        return file.read()


def wired(function):
    """The line by the machine's wiring: the pin is swizzled at every bridge up to the root bus."""
    if function.pin == 0:
        return None
    chain = ADDRESS.findall(function.path)
    pin = function.pin - 1
    for address in reversed(chain):
        pin = (int(address[8:10], 16) + pin) % 4
    return f"gic:{FIRST_SPI_OF_PCI + pin}"


class Stage:
    """What the kernel showed at one stage, and what intxctl said."""

    def __init__(self, folder, name):
        self.name = name
        self.functions = {}
        for line in read(folder, f"{name}.functions").splitlines():
            address, irq, driver, msi, pin, path = line.split()
            self.functions[address] = Function(address, int(irq), driver, msi, int(pin), path)
        self.gic = {}  # number -> gic:INTID
        for line in read(folder, f"{name}.irqs").splitlines():
            number, chip, hwirq = line.split()
            if chip.startswith("GIC"):
                self.gic[int(number)] = f"gic:{hwirq}"
        self.lines = {}  # address -> intx_line; empty on a kernel without it
        if os.path.exists(os.path.join(folder, f"{name}.lines")):
            self.lines = dict(line.split(" ", 1) for line in read(folder, f"{name}.lines").splitlines())
        self.holders = {}  # gic:INTID -> actions
        cpus = None
        for line in read(folder, f"{name}.interrupts").splitlines():
            words = line.split()
            if cpus is None:
                cpus = len(words)
            elif words and words[0].rstrip(":").isdigit() and len(words) > cpus + 3:
                chip, hwirq, actions = words[cpus + 1], words[cpus + 2], " ".join(words[cpus + 4:])
                if chip.startswith("GIC"):
                    self.holders[f"gic:{hwirq}"] = [a.strip() for a in actions.split(",") if a.strip()]
        self.json = self.exit = None
        if os.path.exists(os.path.join(folder, f"{name}.json")):
            self.exit = int(read(folder, f"{name}.exit"))
            self.json = read(folder, f"{name}.json")
            self.error = read(folder, f"{name}.err")

    def quiet(self, function):
        """Holds MSI or MSI-X under its driver: may not assert INTx."""
        return function.driver not in ("-", "vfio-pci") and function.msi != "-"


def open_at(plan, stage):
    return {"opened": plan["open"], "plugged": plan["open"] + plan["plug"]}.get(stage.name, [])


def check_kernel(plan, stages, folder):
    """The two judges agree, and everything that the plan wants opened was."""
    opened = stages["opened"]
    said = read(folder, "opened.vfio")
    for stage in stages.values():
        on_line = {action: line for line, actions in stage.holders.items() for action in actions}
        for address in open_at(plan, stage):
            shown = on_line.get(f"vfio-intx({address})")
            if address not in stage.functions:
                yield f"{stage.name}: no {address}"
            elif shown is None:
                yield f"{stage.name}: /proc/interrupts shows no vfio-intx({address}); opening them said: {said.strip()}"
            elif shown != wired(stage.functions[address]):
                yield f"{stage.name}: {address}: kernel says {shown}, the machine's wiring {wired(stage.functions[address])}"
    for address in plan["refused"]:
        if f"{address}: VFIO_DEVICE_SET_IRQS: Device or resource busy" not in said:
            yield f"{address} should have been refused with EBUSY: {said.strip()}"
    for address in plan["leave"]:
        if address not in opened.functions or opened.functions[address].driver != "-":
            yield f"{address} should be there without a driver"
    for address in plan["virtual"]:
        if address not in opened.functions or opened.functions[address].pin != 0:
            yield f"{address} should be there as a virtual function"
    for stage in stages.values():
        for function in stage.functions.values():
            # The third judge, for bound functions: the number that sysfs shows.
            if function.driver != "-" and function.msi != "msi" and function.irq in stage.gic and function.pin:
                if stage.gic[function.irq] != wired(function):
                    yield f"{stage.name}: {function.address}: sysfs irq is {stage.gic[function.irq]}, wiring {wired(function)}"


def parse(stage):
    """The JSON of a stage as (devices by address, lines by id), or an explanation."""
    if stage.exit != 0:
        return None, f"{stage.name}: exit status {stage.exit}: {stage.error.strip()[:300]}"
    try:
        document = json.loads(stage.json)
        return ({d["address"]: d for d in document["devices"]}, {l["id"]: l for l in document["lines"]}), None
    except (ValueError, KeyError, TypeError) as error:
        return None, f"{stage.name}: not the JSON of status: {error!r}"


def check_intx_line(stages):
    """Where the kernel has intx_line, it tells the true line of every function that has a pin, and intxctl believes it."""
    for stage in stages.values():
        devices = (parse(stage)[0] or ({},))[0]
        for address, function in stage.functions.items() if stage.lines else ():
            said, truth = stage.lines.get(address), wired(function)
            if (said and f"gic:{said.rpartition(':')[2]}") != truth:
                yield f"{stage.name}: {address}: intx_line is {said}, in truth {truth}"
            if said and address in devices and devices[address]["evidence"] != "kernel":
                yield f"{stage.name}: {address}: intx_line is {said}, the evidence {devices[address]['evidence']}"


def check_lines(firmware, plan, stages):
    """Every line that is told is the true one; on a device-tree machine, or when the kernel tells, every line is told."""
    for stage in stages.values():
        parsed, problem = parse(stage)
        if problem:
            yield problem
            continue
        devices, lines = parsed
        if set(devices) != set(stage.functions):
            yield f"{stage.name}: functions differ from sysfs: {sorted(set(devices) ^ set(stage.functions))}"
        told = collections.defaultdict(set)
        for address, function in stage.functions.items():
            device = devices.get(address)
            if device is None:
                continue
            truth, line = wired(function), device["line"]
            pin = "-ABCD"[function.pin] if function.pin else None
            if device["pin"] != pin:
                yield f"{stage.name}: {address}: pin {device['pin']}, config space says {pin}"
            if line is not None and not line.startswith("wire:") and line != truth:
                yield f"{stage.name}: {address}: line {line}, in truth {truth}"
            if line is not None:
                told[line].add(truth)
            if truth is None:
                continue
            if (firmware == "dt" or stage.lines) and line != truth:
                yield f"{stage.name}: {address}: line {line}, {'the kernel' if stage.lines else 'the device tree'} says {truth}"
            if address in open_at(plan, stage) and line != truth:
                yield f"{stage.name}: {address}: line {line}, /proc/interrupts shows it on {truth}"
        for line, truths in told.items():
            if len(truths) > 1:
                yield f"{stage.name}: {line} is told for functions of {sorted(truths, key=str)}"
        for line, actions in stage.holders.items():
            if line in lines and sorted(lines[line]["holders"]) != sorted(actions):
                yield f"{stage.name}: {line}: holders {lines[line]['holders']}, /proc/interrupts shows {actions}"
            members = {a for a, d in devices.items() if d["line"] == line}
            if members and line not in lines:
                yield f"{stage.name}: {line} has members and is not among the lines"
            elif members and set(lines[line]["members"]) != members:
                yield f"{stage.name}: {line}: members {lines[line]['members']}, devices say {sorted(members)}"


def verdict_kinds(firmware, stage):
    return ("any", "told" if firmware == "acpi" and stage.lines else firmware)


def check_verdicts(firmware, plan, stages):
    """Nothing that shares is called exclusive, nothing is called shared that holds its line alone, and the plan's verdicts."""
    for stage in stages.values():
        parsed, problem = parse(stage)
        if problem:
            yield problem
            continue
        devices, _ = parsed
        for address, device in devices.items():
            function, verdict = stage.functions.get(address), device["verdict"]
            if function is None:
                continue
            where = f"{stage.name}: {address}: {verdict}"
            if verdict not in VERDICTS:
                yield f"{where}: no such verdict"
            if (verdict == "no-intx") != (function.pin == 0):
                yield f"{where}, pin {function.pin}"
            if function.pin == 0:
                continue
            truth = wired(function)
            others = [a for a in stage.holders.get(truth, []) if a != f"vfio-intx({address})"]
            noisy = [f.address for f in stage.functions.values()
                     if f.address != address and f.pin and wired(f) == truth and not stage.quiet(f)]
            if verdict == "exclusive" and address in plan["open"] + plan["bind"] + plan["plug"] and (others or noisy):
                yield f"{where}, but {truth} also has {others or noisy}"
            # A line that is not known cannot be looked up in /proc/interrupts.
            if address in plan["open"] + plan["plug"] and device["line"] == truth and (verdict == "shared") != bool(others):
                yield f"{where}, /proc/interrupts shows {others or 'nobody else'} on {truth}"
            if verdict == "exclusive" and device["line"] is None:
                yield f"{where} with an unknown line"
        if stage.name == "opened":
            for kind, address, wanted in plan["verdict"]:
                if kind in verdict_kinds(firmware, stage) and devices.get(address, {}).get("verdict") != wanted:
                    got = devices.get(address, {})
                    yield f"opened: {address}: {got.get('verdict')}, should be {wanted}; reasons {[r.get('code') for r in got.get('reasons', [])]}"


def check_conflicts(plan, folder):
    """intxctl check, asked before anything is opened, foretells who can be opened together."""
    answers = read(folder, "checks").splitlines()
    if len(answers) != len(plan["check"]):
        yield f"{len(answers)} answers for {len(plan['check'])} questions"
    for answer in answers:
        status, wanted, rest = answer.split(" ", 2)
        if status != wanted:
            yield f"check {rest.strip()[:300]}: exit status {status}, should be {wanted}"


def check_decode(plan, folder):
    """What the kernel wrote when it refused an interrupt, explained: both functions are named."""
    decoded = read(folder, "decoded")
    for address in plan["decode"]:
        if address not in decoded or "exit status" in decoded:
            yield f"decode of {read(folder, 'genirq').strip()!r} does not name {address}: {decoded.strip()[:300]!r}"


def check_replay(stages, folder, program):
    """The snapshot taken inside, replayed on the build machine, gives the same JSON."""
    status = int(read(folder, "snapshot.exit"))
    if status != 0:
        yield f"intxctl snapshot: exit status {status}: {read(folder, 'snapshot.err').strip()[:300]}"
        return
    with tempfile.TemporaryDirectory() as root:
        for command in (["tar", "-C", root, "-xf", os.path.join(folder, "opened.tar.xz")],
                        [program, "--root", root, "status", "--json"]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            if done.returncode != 0:
                yield f"{os.path.basename(command[0])}: exit status {done.returncode}: {done.stderr.strip()[:300]}"
                return
    try:
        there, here = json.loads(stages["opened"].json), json.loads(done.stdout)
    except ValueError as error:
        yield f"not JSON: {error}"
        return
    for path, left, right in differences(there, here, ""):
        yield f"replay differs at {path}: {left!r} inside, {right!r} replayed"


def differences(left, right, path):
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(set(left) | set(right)):
            yield from differences(left.get(key, "(none)"), right.get(key, "(none)"), f"{path}.{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (a, b) in enumerate(zip(left, right)):
            yield from differences(a, b, f"{path}[{index}]")
    elif left != right:
        yield path, left, right


def read_plan(folder):
    plan = {"open": [], "bind": [], "leave": [], "plug": [], "refused": [], "check": [], "decode": [], "virtual": [], "verdict": []}
    for line in read(folder, "plan").splitlines():
        word, *rest = line.split()
        if word in ("verdict", "check"):
            plan[word].append(tuple(rest))
        elif word in plan:
            plan[word] += rest
    return plan


def run(name, firmware, folder, program):
    """Results as (case, detail, problems)."""
    plan = read_plan(folder)
    stages = {stage: Stage(folder, stage) for stage in STAGES if stage != "plugged" or plan["plug"]}
    yield f"{name}/kernel", f"{len(plan['open'])} opened", list(check_kernel(plan, stages, folder))
    if stages["fresh"].json is None:
        return
    functions = len(stages["opened"].functions)
    if stages["opened"].lines:
        yield f"{name}/intx-line", f"{len(stages['opened'].lines)} told", list(check_intx_line(stages))
    yield f"{name}/lines", f"{functions} functions, {len(stages)} stages", list(check_lines(firmware, plan, stages))
    wanted = sum(1 for kind, _, _ in plan["verdict"] if kind in verdict_kinds(firmware, stages["opened"]))
    yield f"{name}/verdicts", f"{wanted} by name", list(check_verdicts(firmware, plan, stages))
    if plan["check"]:
        yield f"{name}/check", f"{len(plan['check'])} questions", list(check_conflicts(plan, folder))
    if plan["decode"]:
        yield f"{name}/decode", f"{len(plan['decode'])} named", list(check_decode(plan, folder))
    if program:
        yield f"{name}/replay", "same JSON", list(check_replay(stages, folder, program))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("firmware", choices=["dt", "acpi"])
    parser.add_argument("folder")
    parser.add_argument("--intxctl")
    options = parser.parse_args()
    failed = False
    for case, detail, problems in run(options.name, options.firmware, options.folder, options.intxctl):
        print(f"CASE {case} {'FAIL ' + problems[0] if problems else 'PASS ' + detail}")
        for problem in problems[1:]:
            print(f"     {problem}")
        failed |= bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
