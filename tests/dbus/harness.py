# SPDX-License-Identifier: GPL-2.0-or-later
"""A system bus of one's own with the real dbus-daemon, an intxd on it that looks at a made-up machine, and polkit: the real
one, a stand-in that does as it is told, or none."""
import atexit
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'cli'))
from fakesys import Machine, config  # noqa: E402

NOBODY = pwd.getpwnam('nobody')

BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={base}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <policy user="root">
    <allow own="*"/>
    <allow send_destination="*"/>
  </policy>
  <policy user="polkitd">
    <allow own="org.freedesktop.PolicyKit1"/>
    <allow send_destination="*"/>
  </policy>
  <include>{units}/org.intxd1.conf</include>
  <limit name="max_connections_per_user">4096</limit>
  <limit name="max_completed_connections">8192</limit>
  <limit name="max_replies_per_connection">65536</limit>
</busconfig>
'''


def wait_for(what, condition, seconds=15):
    """Waits until condition() is true: a test that waits for what must come does not depend on how fast it comes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f'not within {seconds} s: {what}')


def has_mount_namespaces():
    """A chroot, whose root is no mount point, has none."""
    return subprocess.run(['unshare', '--mount', 'true'], check=False, capture_output=True).returncode == 0


class Host:
    """One machine with its bus. As a context: everything is ended and removed."""

    def __init__(self, bin_dir):
        self.base = tempfile.mkdtemp(prefix='intxd-dbus-')
        os.chmod(self.base, 0o755)
        # Where nobody can run them, whatever the build folder's modes.
        for program in ('intxd', 'intxctl'):
            shutil.copy(f'{bin_dir}/{program}', self.base)
        self.root = f'{self.base}/root'
        self.machine = Machine(self.root)
        self.processes = []
        self.address = f'unix:path={self.base}/bus'
        self.env = {**os.environ, 'DBUS_SYSTEM_BUS_ADDRESS': self.address, 'LC_ALL': 'C.UTF-8'}
        self.env.pop('JOURNAL_STREAM', None)
        self.intxd = None
        atexit.register(self.end)
        self.start_bus()

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        try:
            status = self.stop()
            if status and not failed:
                raise AssertionError(f'intxd ended with {status}: {self.journal()}')
        finally:
            self.end()

    def end(self):
        """Nothing is left behind, however the test ended: a process would keep its runner waiting."""
        atexit.unregister(self.end)
        for p in reversed(self.processes):
            if p.poll() is None:
                p.kill()
            p.wait()
            for f in (p.stdin, p.stdout, p.stderr):
                if f:
                    f.close()
        self.processes.clear()
        shutil.rmtree(self.base)

    def start_bus(self):
        with open(f'{self.base}/bus.conf', 'w', encoding='utf8') as f:
            f.write(BUS_CONFIG.format(base=self.base, units=os.path.join(HERE, '..', '..', 'units')))
        with open(f'{self.base}/bus.log', 'w', encoding='utf8') as log:
            self.spawn(['dbus-daemon', f'--config-file={self.base}/bus.conf', '--nofork', '--nosyslog'], stderr=log)
        wait_for('the bus', self.bus_listens)

    def bus_listens(self):
        """Its socket is there a moment before it listens."""
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(f'{self.base}/bus') == 0

    def spawn(self, command, **more):
        more.setdefault('stdin', subprocess.DEVNULL)
        p = subprocess.Popen(command, env={**self.env, **more.pop('env', {})}, **more)
        self.processes.append(p)
        return p

    def start(self, watchdog_usec=None):
        """intxd; returns when it says that it is ready."""
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = f'{self.base}/notify'
        if os.path.exists(path):
            os.unlink(path)
        self.notify.bind(path)
        self.notified = []
        threading.Thread(target=self.listen, args=(self.notify, self.notified), daemon=True).start()
        env = {'NOTIFY_SOCKET': path}
        if watchdog_usec:
            env['WATCHDOG_USEC'] = str(watchdog_usec)
        self.log = open(f'{self.base}/log', 'a', encoding='utf8')
        self.intxd = self.spawn([f'{self.base}/intxd', '--root', self.root], env=env, stderr=self.log)
        wait_for('READY', lambda: 'READY=1' in self.notified or self.intxd.poll() is not None, 30)
        if self.intxd.poll() is not None:
            raise AssertionError(f'intxd ended with {self.intxd.returncode}: {self.journal()}')

    @staticmethod
    def listen(notify, notified):
        """As systemd does, always: whoever notifies waits for room in the socket."""
        try:
            while data := notify.recv(4096):
                notified.extend(data.decode().split('\n'))
        except OSError:
            pass

    def stop(self, how=signal.SIGTERM):
        """The exit status of intxd."""
        if self.intxd is None:
            return None
        self.intxd.send_signal(how)
        status = self.intxd.wait(20)
        self.intxd = None
        self.notify.shutdown(socket.SHUT_RDWR)
        self.notify.close()
        self.log.close()
        return status

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        self.start()

    def journal(self):
        with open(f'{self.base}/log', encoding='utf8') as f:
            return f.read()

    def run(self, *words, user=None, check=None):
        """intxctl's result; user: as that one. check: the exit status that it must have."""
        command = [f'{self.base}/intxctl', *words]
        if user:
            command = self.as_user(user, *command)
        r = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
        if check is not None and r.returncode != check:
            raise AssertionError(f'{words}: exit status {r.returncode}, not {check}: {r.stdout}{r.stderr}')
        return r

    def as_user(self, user, *command):
        return ['setpriv', f'--reuid={user}', f'--regid={NOBODY.pw_gid}', '--clear-groups', *command]

    def ctl(self, *words, **more):
        """What it prints, of a run that must succeed."""
        return self.run(*words, check=0, **more).stdout

    def device(self, address):
        return json.loads(self.ctl('why', address, '--json'))['devices'][0]

    def stand_in_polkit(self, *answer):
        """polkit's place taken by polkit.py, which answers as told; returns when it is there."""
        p = self.spawn([sys.executable, f'{HERE}/polkit.py', *answer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if p.stdout.readline() != 'ready\n':
            raise AssertionError('the stand-in for polkit did not start')
        return p

    def real_polkit(self, rule):
        """polkitd with intxd's actions and one JavaScript rule, in a mount namespace, so that this machine's stay as they are."""
        for folder in ('actions', 'rules'):
            os.makedirs(f'{self.base}/polkit/{folder}')
        shutil.copy(os.path.join(HERE, '../../units/org.intxd1.policy'), f'{self.base}/polkit/actions')
        with open(f'{self.base}/polkit/rules/10-test.rules', 'w', encoding='utf8') as f:
            f.write(rule)
        self.spawn(['unshare', '--mount', 'sh', '-ec', '''
            mkdir -p /etc/polkit-1/rules.d
            mount --bind "$1/actions" /usr/share/polkit-1/actions
            mount --bind "$1/rules" /etc/polkit-1/rules.d
            exec /usr/lib/polkit-1/polkitd --no-debug''', 'sh', f'{self.base}/polkit'])
        wait_for('polkitd', lambda: 'org.freedesktop.PolicyKit1' in self.busctl('list', '--acquired'))

    def ssh_server(self):
        """A real sshd on the loopback, behind which this host's bus is the system's; HOST for -H."""
        d = f'{self.base}/ssh'
        os.mkdir(d, 0o700)
        for key in ('host', 'user'):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', f'{d}/{key}'], check=True)
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        with open(f'{d}/sshd_config', 'w', encoding='utf8') as f:
            f.write(f'ListenAddress 127.0.0.1:{port}\nHostKey {d}/host\nAuthorizedKeysFile {d}/user.pub\nPermitRootLogin yes\n'
                    'StrictModes no\nUsePAM no\nPidFile none\n')
        with open(f'{d}/config', 'w', encoding='utf8') as f:
            f.write(f'Host host\n HostName 127.0.0.1\n Port {port}\n User root\n IdentityFile {d}/user\n'
                    f' UserKnownHostsFile {d}/known\n StrictHostKeyChecking no\n LogLevel ERROR\n')
        # sd-bus has no way to name a configuration.
        with open(f'{d}/ssh', 'w', encoding='utf8') as f:
            f.write(f'#!/bin/sh\nexec /usr/bin/ssh -F {d}/config "$@"\n')
        os.chmod(f'{d}/ssh', 0o755)
        self.env['PATH'] = f'{d}:{self.env["PATH"]}'
        self.spawn(['unshare', '--mount', 'sh', '-ec', '''
            mkdir -p /run/dbus /run/sshd
            mount -t tmpfs none /run/dbus
            touch /run/dbus/system_bus_socket
            mount --bind "$1" /run/dbus/system_bus_socket
            exec /usr/sbin/sshd -D -e -f "$2"''', 'sh', f'{self.base}/bus', f'{d}/sshd_config'], stderr=subprocess.DEVNULL)
        wait_for('sshd', lambda: subprocess.run([f'{d}/ssh', 'host', 'true'], check=False, capture_output=True).returncode == 0)
        return 'host'

    # --- the made-up machine -----------------------------------------------------------------------------------------
    def feature(self, on=True):
        self.machine.write('sys/module/vfio_pci_core/parameters/intx_deoi', 'Y\n' if on else 'N\n')

    def vfio(self, address, number=0, **more):
        """A function under vfio-pci on a kernel with the feature. Returns the folder of its knob's files."""
        folder = self.machine.add(address, driver='vfio-pci', **more)
        deoi = f'{folder}/vfio-dev/vfio{number}/intx_deoi'
        os.makedirs(deoi)
        for name, value in (('policy', 'off'), ('state', 'off'), ('reason', 'none'), ('interrupts', 0), ('engaged_count', 0),
                            ('yield_count', 0), ('refused_count', 0)):
            with open(f'{deoi}/{name}', 'w', encoding='utf8') as f:
                f.write(f'{value}\n')
        return deoi

    def unbind(self, address):
        os.unlink(f'{self.machine.folder(address)}/driver')

    def knob(self, deoi):
        with open(f'{deoi}/policy', encoding='utf8') as f:
            return f.read().strip()

    def says(self, deoi, state, reason='none'):
        """The kernel's state and reason."""
        for name, value in (('state', state), ('reason', reason)):
            with open(f'{deoi}/{name}', 'w', encoding='utf8') as f:
                f.write(f'{value}\n')

    def busctl(self, *words):
        return subprocess.run(['busctl', f'--address={self.address}', *words], check=True, capture_output=True, text=True).stdout

    def manager(self, *words):
        return self.busctl('call', 'org.intxd1', '/org/intxd1', 'org.intxd1.Manager', *words)

    def rescan(self):
        self.manager('Rescan')


__all__ = ['Host', 'Machine', 'NOBODY', 'config', 'has_mount_namespaces', 'wait_for']
