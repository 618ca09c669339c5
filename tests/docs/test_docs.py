#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents show people is typed here, and must come out as they say.

test_docs.py BIN_DIR [TEST...] | --update DOCUMENT...

Documents: README.md, docs/*.md and the examples of docs/man/*. In a document, a command stands in a fenced block:

    ```console                  on captured machines (tests/fixtures), each a folder of its name, for --root
    ```console on=NAME          on captured machine NAME as if it were this one: a real intxd on a real bus, `#` as root, `$` as
                                nobody. Blocks of a document with the same name follow each other
    ```console host             needs a host of its own: only its words are checked, against what intxctl, intxd and our scripts take

Output is compared as on a terminal 100 columns wide. A line of its own with an ellipsis stands for any number of lines. --update
writes the real output into blocks; read the diff.

In a manual page an example is a literal display that begins with `$ ` or `# `, or a line `.Dl`; a terminal there has 66 columns.
"""
import fcntl
import json
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import termios
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.realpath(f'{HERE}/../..')
BIN = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, f'{HERE}/../dbus')
from harness import Host, Machine, NOBODY, config  # noqa: E402

ELLIPSIS = '…'
FIXTURES = f'{TOP}/tests/fixtures'


def read(path):
    with open(path, encoding='utf8') as f:
        return f.read()


def documents():
    return ['README.md'] + sorted(f'docs/{f}' for f in os.listdir(f'{TOP}/docs') if f.endswith('.md'))


def pages():
    return sorted(f'docs/man/{f}' for f in os.listdir(f'{TOP}/docs/man'))


class Block:
    """Commands with the output that is claimed. words: what stands behind the fence; line: where it begins."""

    def __init__(self, document, line, words, text, width):
        self.where = f'{document}:{line}'
        self.host = 'host' in words
        self.on = next((w[3:] for w in words if w.startswith('on=')), None)
        unknown = [w for w in words if w != 'host' and not w.startswith('on=')]
        if unknown:
            raise AssertionError(f'{self.where}: what is {unknown}?')
        self.width = width
        self.steps = []  # [prompt, command, output]
        continued = False
        for t in text:
            if continued:
                self.steps[-1][1] += f'\n{t}'
            elif re.match(r'[$#] ', t):
                self.steps.append([t[0], t[2:], []])
            elif self.steps:
                self.steps[-1][2].append(t.rstrip())
            else:
                raise AssertionError(f'{self.where}: output without a command')
            command = self.steps[-1][1]
            continued = not self.steps[-1][2] and (command.endswith('\\') or command.rstrip().endswith('|') or
                                                   command.count("'") % 2 == 1)

    def captured(self):
        """The machines that it names."""
        words = {word for _, command, _ in self.steps for word in re.findall(r'[a-z0-9-]+', command)}
        return {name for name in words if name in MADE_UP or os.path.exists(f'{FIXTURES}/{name}.tar.xz')}


def blocks_of_document(document):
    found, inside, words = [], None, []
    for n, line in enumerate(read(f'{TOP}/{document}').splitlines(), 1):
        fence = re.match(r'( *)```(.*)', line)
        if inside is None and fence:
            indent, words, inside, begin = fence[1], fence[2].split(), [], n
        elif fence:
            if words[:1] == ['console']:
                found.append(Block(document, begin, words[1:], inside, 100))
            inside = None
        elif inside is not None:
            inside.append(line.removeprefix(indent))
    return found


def blocks_of_page(page):
    """Of intxctl's, those with `--root`; others would need a machine."""
    found, inside = [], None
    for n, line in enumerate(read(f'{TOP}/{page}').splitlines(), 1):
        if line.startswith('.Bd -literal'):
            inside, begin = [], n
        elif line == '.Ed':
            if inside and re.match(r'[$#] ', inside[0]):
                block = Block(page, begin, [], inside, 66)
                block.host = not block.captured()
                found.append(block)
            inside = None
        elif inside is not None:
            inside.append(re.sub(r'^\\&', '', line))
        elif m := re.match(r'\.Dl ([$#] .*)', line):
            found.append(Block(page, n, ['host'], [m[1]], 66))
    return found


def on_terminal(command, width, cwd, env, user=None):
    """What the command shows on a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 50, width, 0, 0))
    words = ['bash', '-c', command]
    if user is not None:
        words = ['setpriv', f'--reuid={user.pw_uid}', f'--regid={user.pw_gid}', '--clear-groups', *words]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, cwd=cwd, env=env, start_new_session=True) as p:
        os.close(theirs)
        said = b''
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # nobody has it open any more
                break
            if not part:
                break
            said += part
        os.close(ours)
        p.wait(60)
    return [line.rstrip() for line in said.decode().replace('\r\n', '\n').splitlines()]


def same(claimed, real):
    """Equal, where an ellipsis stands for any number of lines."""
    while claimed and not claimed[-1]:
        claimed = claimed[:-1]
    while real and not real[-1]:
        real = real[:-1]
    pattern = ''.join(r'(?:.*\n)*?' if line.strip() == ELLIPSIS else re.escape(line) + r'\n' for line in claimed)
    return re.fullmatch(pattern, ''.join(f'{line}\n' for line in real)) is not None


def made_up_x86(m):
    """A desktop whose sound card is a guest's, on one IRQ with the SMBus controller."""
    m.write('proc/sys/kernel/arch', 'x86_64\n')
    m.write('proc/sys/kernel/osrelease', '6.12.0\n')
    m.add('0000:00:02.0', config(device=0x0412, klass=0x030000, msi=True), driver='i915', irq=31)
    m.add('0000:00:14.0', config(device=0x8c31, klass=0x0c0330, msi=True), driver='xhci_hcd', irq=30)
    m.add('0000:00:1c.0', config(device=0x8c10, klass=0x060400, bridge=(0, 3, 3), port=4, msi=True), driver='pcieport', irq=28)
    m.add('0000:00:1f.3', config(device=0x8c22, klass=0x0c0500, pin=3), driver='i801_smbus', irq=18)
    m.add('0000:03:00.0', config(vendor=0x13f6, device=0x8788, klass=0x040100), driver='vfio-pci', irq=18, above=('0000:00:1c.0',))
    m.interrupts([(18, 'IO-APIC   18-fasteoi', 'i801_smbus, vfio-intx(0000:03:00.0)'), (28, 'PCI-MSI-0000:00:1c.0   0-edge', 'pcieport'),
                  (30, 'PCI-MSI-0000:00:14.0   0-edge', 'xhci_hcd')])


MADE_UP = {'made-up-x86': made_up_x86}


class Stage:
    """Where commands run: a folder with captured machines, and services."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='intxd-docs-')
        os.chmod(self.folder.name, 0o755)
        self.services = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for host in self.services.values():
            host.stop()
            host.end()
        self.folder.cleanup()

    def machine(self, name, into):
        if name in MADE_UP:
            MADE_UP[name](Machine(into))
            return
        with tarfile.open(f'{FIXTURES}/{name}.tar.xz') as t:
            t.extractall(into)

    def service(self, name):
        if name not in self.services:
            host = Host(BIN)
            self.services[name] = host
            shutil.rmtree(host.root)
            os.mkdir(host.root)
            self.machine(name, host.root)
            host.start()
        return self.services[name]

    def run(self, block, step):
        prompt, command, _ = step
        for name in block.captured():
            if not os.path.exists(f'{self.folder.name}/{name}'):
                self.machine(name, f'{self.folder.name}/{name}')
        env, bin_dir, user = dict(os.environ), BIN, None
        if block.on:
            host = self.service(block.on)
            env, bin_dir = dict(host.env), host.base
            user = NOBODY if prompt == '$' else None
        env = {**env, 'PATH': f'{bin_dir}:/usr/sbin:/usr/bin:/sbin:/bin', 'NO_COLOR': '1', 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm',
               'SYSTEMD_PAGER': ''}
        env.pop('COLUMNS', None)
        return on_terminal(command, block.width, self.folder.name, env, user)


def takes():
    """Verbs and options of our programs, as their help tells them."""
    words = {}
    for program in ('intxctl', 'intxd'):
        text = subprocess.run([f'{BIN}/{program}', '--help'], capture_output=True, text=True, check=True).stdout
        words[program] = (set(re.findall(r'^  ([a-z]+)  ', text, re.M)), set(re.findall(r'(?<![\w-])--?[a-zA-Z][a-z-]*', text)))
    return words


def check_words(test, where, command, known):
    """Each of our programs and scripts in the command line is there and takes these options."""
    lexer = shlex.shlex(command.replace('\\\n', ' '), posix=True, punctuation_chars='|;&')
    lexer.whitespace_split = True
    parts = [[]]
    for token in lexer:
        if set(token) <= set('|;&'):
            parts.append([])
        else:
            parts[-1].append(token)
    for words in parts:
        part = ' '.join(words)
        while words and (words[0] in ('sudo', 'nice', 'env') or re.match(r'\w+=', words[0])):
            words.pop(0)
        if not words:
            continue
        program = words[0]
        options = {w.split('=')[0] for w in words[1:] if re.match(r'--?[a-zA-Z]', w)}
        if program in known:
            verbs, taken = known[program]
            test.assertLessEqual(options, taken, f'{where}: {part}')
            # The first word that is no option, nor the value of one, nor a redirection.
            rest = re.sub(r'(--root|-H|--host|-o|--require) \S+|[<>]+ *\S+', '', ' '.join(words[1:])).split()
            verb = next((w for w in rest if not w.startswith('-')), None)
            if program == 'intxctl' and verb:
                test.assertIn(verb, verbs, f'{where}: {part}')
        elif '/' in program and not program.startswith('/'):
            script = os.path.normpath(f'{TOP}/{program}')
            test.assertTrue(os.access(script, os.X_OK), f'{where}: no such script: {program}')
            text = read(script)
            for option in options:
                test.assertIn(option, text, f'{where}: {program} does not know it')


class Documents(unittest.TestCase):
    def replay(self, blocks):
        wrong = []
        with Stage() as stage:
            for block in blocks:
                if block.host or block.on and os.geteuid() != 0:  # only root can be somebody else
                    continue
                for step in block.steps:
                    real = stage.run(block, step)
                    if not same(step[2], real):
                        wrong.append('\n'.join([f'{block.where}: {step[0]} {step[1]}', '--- is', *real, '--- claimed', *step[2]]))
        if wrong:
            self.fail('\n\n'.join(['', *wrong]))

    def test_documents_show_what_comes_out(self):
        for document in documents():
            with self.subTest(document):
                self.replay(blocks_of_document(document))

    def test_manual_pages_show_what_comes_out(self):
        blocks = [b for page in pages() for b in blocks_of_page(page)]
        self.assertGreater(len([b for b in blocks if not b.host]), 2)
        self.replay(blocks)

    def test_every_command_has_words_that_exist(self):
        known = takes()
        blocks = [b for d in documents() for b in blocks_of_document(d)] + [b for p in pages() for b in blocks_of_page(p)]
        self.assertGreater(len(blocks), 10)
        for block in blocks:
            for _, command, _ in block.steps:
                check_words(self, block.where, command, known)

    def test_no_command_stands_outside_a_block_that_is_run(self):
        for document in documents():
            fence = None
            for n, line in enumerate(read(f'{TOP}/{document}').splitlines(), 1):
                if m := re.match(r' *```(.*)', line):
                    fence = None if fence is not None else m[1].split()
                elif fence is None or fence[:1] != ['console']:
                    self.assertIsNone(re.match(r'(?: *[$]|  +#) +(sudo |intxctl|intxd|systemctl|\./)', line), f'{document}:{n}: {line}')

    def test_links_lead_somewhere(self):
        for document in [*documents(), 'CONTRIBUTING.md', 'kernel/README.md', 'kernel/intx_line.md']:
            for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', read(f'{TOP}/{document}')):
                self.assertTrue(os.path.exists(os.path.join(TOP, os.path.dirname(document), target)), f'{document}: {target}')

    def test_scripts_that_other_documents_name_exist(self):
        for document in ('CONTRIBUTING.md', 'kernel/README.md', 'tests/vm/README.md'):
            for n, line in enumerate(read(f'{TOP}/{document}').splitlines(), 1):
                if m := re.match(r'    (?:sudo )?((?:\./|tests/|kernel/)\S+)', line):
                    self.assertTrue(os.access(f'{TOP}/{m[1]}', os.X_OK), f'{document}:{n}: {m[1]}')


class Words(unittest.TestCase):
    """What can be typed or met is explained; tests/cli/output.sh does the same for verbs, options and columns of intxctl."""

    def explained(self, words, document, pattern):
        text = read(f'{TOP}/{document}')
        self.assertTrue(words)
        self.assertEqual([w for w in words if not re.search(pattern.format(re.escape(w)), text, re.M)], [], f'not in {document}')

    def test_options_of_intxd(self):
        self.explained({o.lstrip('-') for o in takes()['intxd'][1] if o.startswith('--')}, 'docs/man/intxd.8', r'Fl -{}\b')

    def test_names_on_the_bus(self):
        names = re.findall(r'SD_BUS_(?:METHOD|PROPERTY)\w*\("(\w+)"', read(f'{TOP}/daemon/manager.c') + read(f'{TOP}/daemon/devices.c'))
        self.assertGreater(len(names), 20)
        self.explained(names, 'docs/man/intxd.8', r'\b{}\b')

    def test_keys_of_a_match(self):
        with tempfile.TemporaryDirectory() as d:
            Machine(d)
            with open(f'{d}/x.json', 'w', encoding='ascii') as f:
                f.write('{"version":1,"rules":[{"match":{"?":"x"},"action":"deny"}]}')
            r = subprocess.run([f'{BIN}/intxctl', '--root', d, 'policy', 'test', f'{d}/x.json'], capture_output=True, text=True, check=False)
        keys = re.search(r'is no key of a match: (.*)', r.stderr + r.stdout)[1].split(', ')
        self.explained(keys, 'docs/man/intxd-policy.5', r'^\.It Li {}$')

    def test_words_of_the_documents(self):
        defs = json.loads(read(f'{TOP}/cli/intxd-status.schema.json'))['$defs']
        device = defs['device']['properties']
        for words in (defs['verdict']['enum'], defs['require']['enum'], device['state']['enum']):
            self.explained(words, 'docs/administrators.md', r'^\| `{}`')
        for words in (defs['verdict']['enum'], device['evidence']['enum'], defs['sharer']['properties']['kind']['enum'],
                      defs['require']['enum'], device['state']['enum']):
            self.explained(words, 'docs/man/intxctl.1', r'^\.(?:It )?(?:Li|Cm) {}(?: |$)')


class Comparing(unittest.TestCase):
    """The judge itself is told what is wrong."""

    def test_an_ellipsis_stands_for_lines_only(self):
        self.assertTrue(same(['a', '…', 'd'], ['a', 'b', 'c', 'd']))
        self.assertTrue(same(['a', '…', 'b'], ['a', 'b']))
        self.assertFalse(same(['a', '…', 'e'], ['a', 'b', 'c', 'd']))
        self.assertFalse(same(['a'], ['a', 'b']))
        self.assertFalse(same([], ['a']))

    def test_words_that_do_not_exist_are_found(self):
        for command in ('intxctl explain 00:03.0', 'intxctl status --jason', './no-such-script', 'true | intxctl --rooot x'):
            with self.assertRaises(AssertionError, msg=command):
                check_words(self, 'here', command, takes())
        check_words(self, 'here', 'sudo ./check --quick', takes())


def update(document):
    """The real output in place of what the blocks claim; those with an ellipsis stay as they are."""
    lines = read(f'{TOP}/{document}').splitlines()
    with Stage() as stage:
        for block in reversed([b for b in blocks_of_document(document) if not b.host]):
            begin = int(block.where.rsplit(':', 1)[1])
            end = next(n for n in range(begin, len(lines)) if lines[n].strip() == '```')
            indent = re.match(' *', lines[end])[0]
            text = []
            for prompt, command, claimed in block.steps:
                text += f'{prompt} {command}'.split('\n')
                real = stage.run(block, [prompt, command, claimed])
                while real and not real[-1]:
                    real.pop()
                text += claimed if any(c.strip() == ELLIPSIS for c in claimed) else real
            lines[begin:end] = [f'{indent}{t}'.rstrip() for t in text]
    with open(f'{TOP}/{document}', 'w', encoding='utf8') as f:
        f.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    if sys.argv[1:2] == ['--update']:
        for name in sys.argv[2:]:
            update(name)
    else:
        unittest.main(verbosity=1)
