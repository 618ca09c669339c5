#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A decision is saved while every system call of it in turn is never begun, fails, or fails from then on; and on a full
disk. (Being killed behind a call is being killed before the next.) Then a fresh load shows the old decisions or the new ones, whole; the new ones if success was reported, the old
ones if failure was; and nothing else is left.

test_decisions.py SAVE_DECISIONS"""
import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
TMP = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
ENV = dict(os.environ, ASAN_OPTIONS='detect_leaks=0')  # leaks cannot be looked for under ptrace
FOLDER, NAME = 'var/lib/intxd', 'decisions.json'
CALL = re.compile(r'(?:\d+ +)?(\w+)\(')

# What a call may fail with.
FAIL = ['ENOSPC', 'EIO']
INTERRUPTIBLE = {'openat', 'openat2', 'read', 'write', 'fsync'}
FILE_CALLS = INTERRUPTIBLE | {'renameat', 'renameat2', 'unlinkat', 'mkdirat', 'newfstatat', 'fstat', 'close', 'lseek',
                              'readlink', 'fcntl', 'getdents64'}


def text_of(decisions):
    entries = ',\n'.join(f'{{"address":"{address}","id":"8086:10d3","subsystem":"0000:0000","mode":"{mode}",'
                         '"require":"exclusive"}' for address, mode in decisions.items())
    return f'{{"version":1,"decisions":[\n{entries}\n]}}\n'


class Scenario:
    """One change: what is there before, the arguments, and what a load shows before and after."""

    def __init__(self, args, files, old, new):
        self.args, self.files, self.old, self.new = args, files, old, new

    def prepare(self):
        root = tempfile.mkdtemp(dir=TMP)
        for path, text in self.files.items():
            os.makedirs(os.path.dirname(f'{root}/{path}'), exist_ok=True)
            with open(f'{root}/{path}', 'w', encoding='ascii') as f:
                f.write(text)
        return root


def strace(root, scenario, *options):
    return subprocess.run(['strace', '-f', *options, PROGRAM, root, *scenario.args], capture_output=True, text=True,
                          env=ENV, timeout=60, check=False)


def load(root):
    """What a fresh start shows; it also tidies up."""
    r = subprocess.run([PROGRAM, root, 'show'], capture_output=True, text=True, env=ENV, timeout=60, check=False)
    if r.returncode != 0:
        return [f'the load failed: {r.stderr}'], []
    lines = r.stdout.splitlines()[1:]
    return [line for line in lines if not line.startswith('problem')], [line for line in lines if line.startswith('problem')]


def trace(scenario):
    """The calls from "start" on, undisturbed, as (name, which of its name, the line)."""
    root = scenario.prepare()
    try:
        log = f'{root}/trace'
        r = strace(root, scenario, '-y', '-o', log)
        assert r.returncode == 0 and r.stdout == 'start\ndone\n', r
        assert load(root)[0] == scenario.new, load(root)
        with open(log, encoding='ascii', errors='replace') as f:
            lines = f.read().splitlines()
    finally:
        shutil.rmtree(root)
    count, calls, started = collections.Counter(), [], False
    for line in lines:
        m = CALL.match(line)
        if not m:
            continue
        count[m[1]] += 1
        if started:
            calls.append((m[1], count[m[1]], line))
        started = started or 'start\\n' in line
    return calls


def injections(calls):
    for name, n, _ in calls:
        yield name, f'signal=KILL:when={n}', True
        if name in FILE_CALLS:
            for error in FAIL + (['EINTR'] if name in INTERRUPTIBLE else []):
                yield name, f'error={error}:when={n}', False
        if name in FILE_CALLS - {'close'}:
            yield name, f'error=ENOSPC:when={n}+', True  # the way back fails as well


def disturb(scenario, name, how, either):
    """None, or what is wrong."""
    root = scenario.prepare()
    try:
        r = strace(root, scenario, '-o', '/dev/null', '-e', f'inject={name}:{how}')
        reported = 'done' in r.stdout
        where = f'{" ".join(scenario.args)}, {name}:{how}: '
        if 'Sanitizer' in r.stderr or r.returncode not in (0, 1, -9, 137):
            return f'{where}exit {r.returncode}: {r.stderr}'
        shown, problems = load(root)
        if reported and shown != scenario.new:
            return f'{where}success was reported, and there is {shown}'
        if not reported and shown not in ((scenario.old, scenario.new) if either else (scenario.old,)):
            # the last calls of all: the change is done and cannot be said any more
            if not (name == 'write' and shown == scenario.new):
                return f'{where}failure was reported ({r.stderr.strip()}), and there is {shown}'
        if not reported and 'EINTR' in how and name in ('read', 'write', 'fsync'):
            return f'{where}a signal is no reason to fail'
        if bool(problems) != any('damaged' in text for text in scenario.files.values()):
            return f'{where}{problems}'
        for folder in (FOLDER, 'run/intxd'):
            left = [f for f in os.listdir(f'{root}/{folder}') if not f.startswith(NAME)] \
                if os.path.isdir(f'{root}/{folder}') else []
            if left:
                return f'{where}left behind: {left}'
        if problems and not any(f.read_text() == 'damaged' for f in pathlib.Path(root, FOLDER).iterdir()):
            return f'{where}the damaged file is gone'
        return None
    finally:
        shutil.rmtree(root)


A, B, C = '0000:01:00.0', '0000:02:00.0', '0000:03:00.0'
SCENARIOS = {
    'the very first decision': Scenario(['set', A, 'allow'], {}, [], [f'{A} allow']),
    'one more': Scenario(['set', B, 'allow'], {f'{FOLDER}/{NAME}': text_of({A: 'allow', C: 'deny'})},
                         [f'{A} allow', f'{C} deny'], [f'{A} allow', f'{B} allow', f'{C} deny']),
    'another after a killed save': Scenario(
        ['set', A, 'deny'], {f'{FOLDER}/{NAME}': text_of({A: 'allow'}), f'{FOLDER}/.{NAME}.new': '{"version":1,"deci'},
        [f'{A} allow'], [f'{A} deny']),
    'beside a damaged file': Scenario(['set', A, 'allow'], {f'{FOLDER}/{NAME}': 'damaged'}, [], [f'{A} allow']),
    'for this boot': Scenario(['set', A, 'deny', 'runtime'], {f'{FOLDER}/{NAME}': text_of({A: 'allow'})},
                              [f'{A} allow'], [f'{A} deny runtime', f'{A} allow']),
    'none any more': Scenario(['reset', A], {f'{FOLDER}/{NAME}': text_of({A: 'allow', C: 'deny'})},
                              [f'{A} allow', f'{C} deny'], [f'{C} deny']),
}


class Faults(unittest.TestCase):
    def test_every_call_of_every_change(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for title, scenario in SCENARIOS.items():
                calls = trace(scenario)
                plan = list(injections(calls))
                print(f'{title}: {len(calls)} system calls, {len(plan)} disturbances', flush=True)
                self.assertGreater(len(calls), 20)
                wrong = [w for w in pool.map(lambda p, s=scenario: disturb(s, *p), plan) if w]
                self.assertEqual(wrong, [], '\n'.join(wrong))

    def test_order_of_what_has_to_be_on_disk(self):
        """Killing a process does not lose what it wrote; a power failure does, unless it was synced in this order."""
        for title in ('the very first decision', 'one more'):
            lines = [line for _, _, line in trace(SCENARIOS[title])]
            order = [r'write\(\d+<.*/var/lib/intxd/\.decisions\.json\.new>', r'fsync\(\d+<.*/\.decisions\.json\.new>',
                     r'renameat2?\(.*\.decisions\.json\.new".*"decisions\.json".* = 0$', r'fsync\(\d+<.*/var/lib/intxd>',
                     r'write\(1.*done']
            if title == 'the very first decision':
                made = [step for folder in ('var', 'lib', 'intxd')
                        for step in (fr'mkdirat\(.*"{folder}"', r'fsync\(')]
                order = made + order
            at = -1
            for step in order:
                found = [i for i, line in enumerate(lines) if i > at and re.search(step, line)]
                self.assertTrue(found, f'{title}: no {step} behind line {at} of\n' + '\n'.join(lines))
                at = found[0]


class FullDisk(unittest.TestCase):
    """In a mount namespace of its own."""

    def test_full_disk(self):
        if subprocess.run(['unshare', '--mount', 'true'], capture_output=True, check=False).returncode != 0:
            self.skipTest('mount namespaces are not permitted')
        r = subprocess.run(['unshare', '--mount', sys.executable, os.path.abspath(__file__), PROGRAM, '--full-disk'],
                           text=True, capture_output=True, check=False)
        if r.returncode == 77:
            self.skipTest(r.stdout.strip() or r.stderr.strip())
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        print(r.stdout.strip())


def full_disk():
    """A tmpfs that has room for 0, 1, 2, … pages when a decision is added to a file of several."""
    old = {f'0000:01:{d:02x}.{f}': 'allow' for d in range(16) for f in range(8)}
    outcomes = collections.Counter()
    with tempfile.TemporaryDirectory() as top:
        for kind in ('pages', 'inodes'):
            for room in range(8 if kind == 'pages' else 2):
                if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=128k,nr_inodes=32', 'none', top], check=False).returncode:
                    print('mount is not permitted')
                    return 77
                os.makedirs(f'{top}/{FOLDER}')
                with open(f'{top}/{FOLDER}/{NAME}', 'w', encoding='ascii') as f:
                    f.write(text_of(old))
                fill(top, kind, room)
                r = subprocess.run([PROGRAM, top, 'set', '0000:02:00.0', 'deny'], capture_output=True, text=True, env=ENV,
                                   check=False)
                left = os.listdir(f'{top}/{FOLDER}')
                shown, problems = load(top)
                done = r.stdout == 'start\ndone\n'
                wanted = [f'{a} {m}' for a, m in old.items()] + (['0000:02:00.0 deny'] if done else [])
                assert shown == wanted and not problems and left == [NAME], (kind, room, r, problems, left)
                assert done or 'No space left' in r.stderr, r
                outcomes[kind, done] += 1
                subprocess.run(['umount', top], check=True)
    assert all(outcomes[kind, done] for kind in ('pages', 'inodes') for done in (True, False)), outcomes
    print('full disk:', ', '.join(f'{n} × {kind} {"enough" if done else "too few"}'
                                  for (kind, done), n in sorted(outcomes.items())))
    return 0


def fill(top, kind, room):
    """Uses all of the tmpfs but `room`."""
    n = 0
    try:
        while True:
            with open(f'{top}/{kind}-{n}', 'wb', buffering=0) as f:
                if kind == 'pages':
                    while True:
                        if f.write(b'x' * 4096) < 4096:
                            raise OSError
            n += 1
    except OSError:
        pass
    if kind == 'pages':
        size = os.path.getsize(f'{top}/pages-0') // 4096 * 4096
        os.truncate(f'{top}/pages-0', size - room * 4096)
    else:
        for i in range(room):
            os.unlink(f'{top}/{kind}-{i}')


if __name__ == '__main__':
    if '--full-disk' in sys.argv:
        sys.exit(full_disk())
    if subprocess.run(['strace', '-o', '/dev/null', 'true'], capture_output=True, check=False).returncode != 0:
        print('strace is missing or not permitted')
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
