#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""intxd as a service, on a real bus, as people meet it through intxctl: policy in force, decisions, what nobody may.

test_service.py BIN_DIR [TEST...]"""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

import jsonschema
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as classic_families

from harness import Host, config, has_mount_namespaces, wait_for

BIN = os.path.abspath(sys.argv.pop(1))
CARD, RIVAL = '0000:00:03.0', '0000:00:07.0'


def gic(host, *rows):
    """rows: (virq, INTID, actions)."""
    host.machine.interrupts([(virq, f'GICv3  {intid} Level', actions) for virq, intid, actions in rows])


WIRED = '0000:00:02.0'


@contextlib.contextmanager
def host_with_wire():
    """A card on a line of its own, and two under MSI behind a bridge of which nothing tells where its wires end; and what takes the
    first of the two to INTx, without an event."""
    quiet, bridge = '0000:01:00.0', '0000:00:01.0'
    with Host(BIN) as host:
        host.feature()
        host.machine.interrupts([(9, 'GICv3  25 Level', 'vgic')])
        host.machine.write('proc/sys/kernel/arch', 'aarch64\n')
        deoi = host.vfio(WIRED, conf=config(port=9))
        host.machine.write(f'sys/devices/pci0000:00/{WIRED}/intx_line', 'gsi:37\n')
        host.machine.add(bridge, config(bridge=(0, 1, 1), port=4, msi=True), driver='pcieport', irq=50)
        host.machine.write(f'sys/devices/pci0000:00/{bridge}/intx_line', 'gsi:40\n')
        for n in range(2):
            host.machine.add(f'0000:01:00.{n}', config(port=0, msi=True), driver='foo', irq=60 + n, above=(bridge,))
        host.start()
        folder = f'sys/devices/pci0000:00/{bridge}/{quiet}'

        def turn():
            host.machine.write(f'{folder}/config', config(port=0))
            host.machine.write(f'{folder}/irq', '0\n')

        yield host, deoi, turn


def host_with_card(start=True):
    """An Arm host whose one card under vfio-pci is alone on gic:38, opened by a guest."""
    host = Host(BIN)
    host.feature()
    host.machine.write('proc/sys/kernel/arch', 'aarch64\n')
    host.deoi = host.vfio(CARD, irq=23)
    gic(host, (10, 25, 'vgic'), (23, 38, f'vfio-intx({CARD})'))
    if start:
        host.start()
    return host


def add_dormant_rival(host):
    """Another card, whose driver uses MSI."""
    host.machine.add(RIVAL, config(device=0x100e, msi=True), driver='e1000', irq=99)
    host.rescan()


def rival_takes_the_line(host):
    """It switches its MSI off and asks for the line, none of which sends a uevent."""
    folder = os.path.relpath(host.machine.folder(RIVAL), host.root)
    host.intxd.send_signal(signal.SIGSTOP)  # a kernel does not take so long over it
    host.machine.write(f'{folder}/config', config(device=0x100e))
    host.machine.write(f'{folder}/irq', '23\n')
    gic(host, (10, 25, 'vgic'), (23, 38, f'e1000, vfio-intx({CARD})'))
    host.intxd.send_signal(signal.SIGCONT)


def remove_rival(host):
    folder = host.machine.folder(RIVAL)
    os.unlink(f'{host.root}/sys/bus/pci/devices/{RIVAL}')
    shutil.rmtree(folder)
    gic(host, (10, 25, 'vgic'), (23, 38, f'vfio-intx({CARD})'))


def fits(test, name, document):
    """The document is as the schema says."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../cli/intxd-status.schema.json'), encoding='utf8') as f:
        schema = json.load(f)
    part = {'$schema': schema['$schema'], '$defs': schema['$defs'], '$ref': f'#/$defs/{name}'}
    test.assertEqual([e.message for e in jsonschema.Draft202012Validator(part).iter_errors(document)], [])


class Policy(unittest.TestCase):
    def test_nothing_is_armed_unless_somebody_allowed_it(self):
        with host_with_card() as host:
            self.assertEqual(host.knob(host.deoi), 'off')
            d = host.device(CARD)
            self.assertEqual((d['policy']['mode'], d['verdict'], d['state']), ('unset', 'exclusive', 'off'))

    def test_a_knob_that_somebody_else_turned_on_goes_off(self):
        with host_with_card(start=False) as host:
            host.machine.write(os.path.relpath(f'{host.deoi}/policy', host.root), 'auto\n')
            host.start()
            self.assertEqual(host.knob(host.deoi), 'off')

    def test_allowed_and_exclusive_is_armed_and_said(self):
        with host_with_card() as host:
            out = host.ctl('allow', CARD)
            self.assertEqual(host.knob(host.deoi), 'auto')
            self.assertRegex(out, r'Verdict +exclusive')
            self.assertRegex(out, r'Policy +allow, requires exclusive \(intxctl\)')
            self.assertRegex(out, r'Outcome +armed')
            self.assertIn(f'{CARD}: uid 0 decided allow', host.journal())
            host.ctl('deny', CARD)
            self.assertEqual(host.knob(host.deoi), 'off')
            host.ctl('allow', '00:03.0')
            host.ctl('reset', CARD)
            self.assertEqual((host.knob(host.deoi), host.device(CARD)['policy']['mode']), ('off', 'unset'))

    def test_beside_a_sharer_it_goes_off_and_comes_back(self):
        with host_with_card() as host:
            add_dormant_rival(host)
            host.ctl('allow', CARD)
            self.assertEqual(host.knob(host.deoi), 'auto')
            monitor = host.spawn([f'{host.base}/intxctl', 'monitor', '--json'], stdout=subprocess.PIPE, text=True)
            wait_for('the monitor', lambda: 'path_namespace' in host.busctl('call', 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                                                                            'org.freedesktop.DBus.Debug.Stats', 'GetAllMatchRules'))
            rival_takes_the_line(host)
            # Nobody asks; it is seen within five seconds.
            wait_for('the knob off', lambda: host.knob(host.deoi) == 'off', 8)
            self.assertRegex(host.journal(), f'{CARD}: direct EOI off: shared: ')
            while True:
                event = json.loads(monitor.stdout.readline())
                if event['address'] == CARD and event['changes'].get('verdict') == 'shared':
                    break
            # By its name only, if it came between the reading of its files and that of /proc/interrupts.
            self.assertIn(event['reason']['who'], (RIVAL, 'e1000'))
            fits(self, 'event', event)
            out = host.ctl('why', CARD)
            self.assertRegex(out, f'Verdict +shared: {RIVAL} ')
            self.assertRegex(out, 'Outcome +will not engage: it is shared, and exclusive is required')
            remove_rival(host)
            wait_for('the knob back', lambda: host.knob(host.deoi) == 'auto', 8)

    def test_a_read_sees_at_once_what_sends_no_uevent(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            add_dormant_rival(host)
            self.assertEqual(host.device(CARD)['verdict'], 'exclusive')
            rival_takes_the_line(host)
            self.assertEqual(json.loads(host.ctl('status', '--json'))['devices'][0]['verdict'], 'shared')
            d = host.device(CARD)
            self.assertEqual((d['verdict'], d['reasons'][0]['who']), ('shared', RIVAL))
            self.assertEqual(host.knob(host.deoi), 'off')

    def test_two_on_a_wire_of_which_one_turns_to_intx_may_be_anywhere(self):
        with host_with_wire() as (host, deoi, quiet):
            host.ctl('allow', WIRED)
            self.assertEqual(host.knob(deoi), 'auto')
            quiet()
            wait_for('the knob off', lambda: host.knob(deoi) == 'off', 8)

    def test_before_somebody_is_allowed_all_who_may_be_anywhere_are_looked_at(self):
        with host_with_wire() as (host, deoi, quiet):
            self.assertEqual(host.device(WIRED)['verdict'], 'exclusive')
            quiet()
            self.assertRegex(host.ctl('allow', WIRED), 'Outcome +will not engage: it is unproven, and exclusive is required')
            self.assertEqual(host.knob(deoi), 'off')

    def test_latent_ok_stays_armed_beside_a_sharer_and_names_it(self):
        with host_with_card() as host:
            host.machine.add(RIVAL, config(device=0x100e))
            host.machine.write(os.path.relpath(f'{host.machine.folder(RIVAL)}/intx_line', host.root), 'gsi:38\n')
            host.rescan()
            out = host.ctl('allow', CARD)
            self.assertRegex(out, 'Outcome +will not engage: it is latent, and exclusive is required')
            self.assertEqual(host.knob(host.deoi), 'off')
            self.assertIn('--require latent-ok', out)
            self.assertNotIn('--require', host.ctl('allow', CARD, '--require', 'latent-ok'))
            self.assertEqual(host.knob(host.deoi), 'auto')
            os.symlink('../../../bus/pci/drivers/e1000', f'{host.machine.folder(RIVAL)}/driver')
            gic(host, (10, 25, 'vgic'), (23, 38, f'e1000, vfio-intx({CARD})'))
            host.says(host.deoi, 'yielded', 'shared')
            wait_for('the journal', lambda: f'{CARD}: direct EOI yielded: shared: {RIVAL} (e1000)' in host.journal(), 8)
            self.assertEqual(host.knob(host.deoi), 'auto')
            self.assertRegex(host.ctl('status'), f'{CARD}: yielded: shared: {RIVAL} \\(e1000\\)')

    def test_a_dry_run_changes_nothing(self):
        with host_with_card() as host:
            out = host.ctl('allow', CARD, '--dry-run', user='nobody')
            self.assertRegex(out, r'Outcome +armed')
            self.assertRegex(out, 'Nothing was changed')
            self.assertEqual((host.knob(host.deoi), host.device(CARD)['policy']['mode']), ('off', 'unset'))

    def test_a_knob_that_cannot_be_written_is_said_and_tried_again(self):
        with host_with_card() as host:
            # A folder in its place: even root cannot write it.
            policy = f'{host.deoi}/policy'
            os.rename(policy, f'{host.base}/aside')
            os.mkdir(policy)
            out = host.ctl('allow', CARD)
            self.assertRegex(out, 'Problem +the knob could not be set to auto: Is a directory')
            self.assertIn(f'{CARD}: the knob could not be set to auto', host.journal())
            os.rmdir(policy)
            os.rename(f'{host.base}/aside', policy)
            wait_for('the knob', lambda: host.knob(host.deoi) == 'auto', 8)
            self.assertIsNone(host.device(CARD)['policy']['problem'])

    def test_another_device_at_the_address_is_not_what_was_allowed(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            other = config(device=0x1533)
            folder = os.path.relpath(host.machine.folder(CARD), host.root)
            host.machine.write(f'{folder}/config', other)
            host.machine.write(f'{folder}/device', '0x1533\n')
            host.rescan()
            self.assertEqual(host.knob(host.deoi), 'off')
            d = host.device(CARD)
            self.assertEqual(d['policy']['mode'], 'unset')
            self.assertIn('8086:10d3', d['policy']['problem'])
            self.assertRegex(host.ctl('status'), f'{CARD}: .*another device is here now')
            host.machine.write(f'{folder}/config', config())
            host.machine.write(f'{folder}/device', '0x10d3\n')
            host.rescan()
            self.assertEqual(host.knob(host.deoi), 'auto')

    def test_the_kill_switch_is_respected(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            host.feature(False)
            host.rescan()
            self.assertEqual(host.knob(host.deoi), 'off')
            self.assertRegex(host.ctl('why', CARD), 'will not engage: direct EOI is not possible: switched off')

    def test_what_is_decided_is_about_what_is_there_now(self):
        with host_with_card() as host:
            add_dormant_rival(host)
            rival_takes_the_line(host)  # and nobody has looked since
            host.manager('Allow', 'sa{sv}', CARD, '0')
            self.assertEqual(host.knob(host.deoi), 'off')
            self.assertNotIn('armed', host.journal())
            host.manager('Reset', 's', CARD)
            host.machine.write('etc/intxd/policy.d/10-lab.json', Rules.RULE)
            host.manager('Reload')
            self.assertEqual(host.knob(host.deoi), 'off')
            self.assertNotIn('armed', host.journal())

    def test_a_function_that_cannot_be_read_is_not_armed_and_keeps_its_decision(self):
        with host_with_card(start=False) as host:
            host.machine.write('etc/intxd/policy.d/10-lab.json',
                               '{"version":1,"rules":[{"match":{"address":"*"},"action":"allow","require":"unproven-ok"}]}')
            folder = os.path.relpath(host.machine.folder(CARD), host.root)
            for name, value in (('subsystem_vendor', '0x1af4'), ('subsystem_device', '0x1100')):
                host.machine.write(f'{folder}/{name}', f'{value}\n')
            conf = bytearray(config())
            conf[0x2c:0x30] = bytes((0xf4, 0x1a, 0x00, 0x11))
            host.machine.write(f'{folder}/config', bytes(conf))
            host.start()
            self.assertEqual(host.knob(host.deoi), 'auto')
            host.ctl('deny', CARD)
            host.machine.write(f'{folder}/config', b'\xff' * 256)
            host.rescan()
            self.assertEqual((host.device(CARD)['policy']['mode'], host.knob(host.deoi)), ('deny', 'off'))
            host.ctl('reset', CARD)
            self.assertEqual(host.knob(host.deoi), 'off')
            self.assertIn('cannot be read', host.run('allow', CARD, check=1).stderr)

    def test_who_could_not_be_read_once_is_looked_at_again(self):
        with host_with_card() as host:
            add_dormant_rival(host)
            host.ctl('allow', CARD)
            folder = os.path.relpath(host.machine.folder(RIVAL), host.root)
            host.machine.write(f'{folder}/config', b'\xff' * 256)
            host.rescan()
            self.assertEqual(host.knob(host.deoi), 'off')
            host.machine.write(f'{folder}/config', config(device=0x100e, msi=True))
            wait_for('the knob', lambda: host.knob(host.deoi) == 'auto', 15)

    def test_without_intxd_nobody_is_said_to_be_armed(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            host.stop()
            with open(f'{host.deoi}/policy', 'w', encoding='utf8') as f:
                f.write('off\n')
            said = ' '.join(host.ctl('--root', host.root, 'why', CARD).split())
            self.assertIn("allowed, but the kernel's knob is off", said)

    def test_a_second_intxd_touches_nothing(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            second = subprocess.run([f'{host.base}/intxd', '--root', host.root], env=host.env, capture_output=True, text=True, timeout=30,
                                    check=False)
            self.assertEqual(second.returncode, 1)
            self.assertIn('org.intxd1', second.stderr)
            self.assertNotIn('direct EOI', second.stderr)

    def test_who_has_gone_is_signalled_with_its_interface(self):
        with host_with_card() as host:
            add_dormant_rival(host)
            with open(f'{host.base}/signals', 'w', encoding='utf8') as out:
                watcher = host.spawn(['dbus-monitor', '--address', host.address, "type='signal',member='InterfacesRemoved'"], stdout=out)
            wait_for('the watcher', lambda: os.path.getsize(f'{host.base}/signals') > 0)
            remove_rival(host)
            host.rescan()

            def seen():
                with open(f'{host.base}/signals', encoding='utf8') as f:
                    return 'org.intxd1.Device' in f.read()
            wait_for('the signal', seen)
            watcher.kill()

    def test_off_turns_all_off_and_ending_turns_none(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            refused = subprocess.run([f'{host.base}/intxd', '--off', '--root', host.root], env=host.env, capture_output=True, text=True,
                                     check=False)
            self.assertEqual((refused.returncode, host.knob(host.deoi)), (1, 'auto'))
            self.assertIn('stop intxd.service first', refused.stderr)
            self.assertEqual(host.stop(), 0)
            self.assertEqual(host.knob(host.deoi), 'auto')
            out = subprocess.run([f'{host.base}/intxd', '--off', '--root', host.root], env=host.env, capture_output=True, text=True,
                                 check=True)
            self.assertEqual((out.stdout, host.knob(host.deoi)), (f'{CARD}: off\n', 'off'))

    def test_without_the_feature_everything_else_works(self):
        with Host(BIN) as host:
            host.machine.write('proc/sys/kernel/arch', 'x86_64\n')
            host.machine.add(CARD, driver='vfio-pci', irq=16)
            host.machine.interrupts([(16, 'IO-APIC   16-fasteoi', f'vfio-intx({CARD})')])
            os.makedirs(f'{host.root}/sys/module')
            host.start()
            out = host.ctl('allow', CARD)
            self.assertRegex(out, 'allow, .*; state unsupported')
            self.assertRegex(out, 'will not engage: direct EOI is not possible: only an Arm GIC')


    def test_metrics_are_openmetrics_and_count_what_the_kernel_counts(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            host.machine.write(os.path.relpath(f'{host.deoi}/interrupts', host.root), '12345\n')
            families = {f.name: f for f in text_string_to_metric_families(host.ctl('metrics'))}
            self.assertEqual([(s.name, s.labels['address'], s.value) for s in families['intxd_direct_interrupts'].samples],
                             [('intxd_direct_interrupts_total', CARD, 12345)])
            self.assertEqual({s.labels['verdict']: s.value for s in families['intxd_functions'].samples}['exclusive'], 1)
            self.assertEqual(families['intxd_function_info'].samples[0].labels['policy'], 'allow')
            # node_exporter's textfile collector reads the older format.
            older = {f.name for f in classic_families(host.ctl('metrics'))}
            self.assertIn('intxd_function_info', older)


    @unittest.skipUnless(has_mount_namespaces(), 'no mount namespaces here')
    def test_another_host_is_asked_over_ssh(self):
        with host_with_card() as host:
            name = host.ssh_server()
            del host.env['DBUS_SYSTEM_BUS_ADDRESS']
            self.assertEqual(json.loads(host.ctl('-H', name, '--json'))['devices'][0]['address'], CARD)
            self.assertIn(CARD, host.ctl('-H', name, 'status'))
            self.assertIn(CARD, host.ctl('-H', name, 'tree'))
            host.ctl('-H', name, 'allow', CARD)
            self.assertEqual(host.knob(host.deoi), 'auto')
            host.ctl('-H', name, 'snapshot', f'{host.base}/far.tar.xz')
            subprocess.run(['tar', 'tf', f'{host.base}/far.tar.xz'], check=True, capture_output=True)
            host.run('-H', 'nowhere.invalid', 'status', check=6)


class Rules(unittest.TestCase):
    RULE = '{"version":1,"rules":[{"match":{"id":"8086:10d3"},"action":"allow","require":"exclusive","comment":"lab"}]}\n'

    def test_rules_hold_from_the_start_and_when_they_change(self):
        with host_with_card(start=False) as host:
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE)
            host.start()
            self.assertEqual(host.knob(host.deoi), 'auto')
            self.assertRegex(host.ctl('why', CARD), r'allow, .*/etc/intxd/policy.d/10-lab.json')
            # inotify: nobody has to say that a file changed.
            host.machine.write('etc/intxd/policy.d/05-no.json', self.RULE.replace('allow', 'deny').replace(',"require":"exclusive"', ''))
            wait_for('the knob off', lambda: host.knob(host.deoi) == 'off')
            os.unlink(f'{host.root}/etc/intxd/policy.d/05-no.json')
            wait_for('the knob back', lambda: host.knob(host.deoi) == 'auto')
            # Decisions go before rules.
            host.ctl('deny', CARD)
            self.assertEqual(host.knob(host.deoi), 'off')

    def test_a_folder_that_comes_later_is_watched_after_a_reload(self):
        with host_with_card() as host:
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE)
            host.ctl('policy', 'reload')
            self.assertEqual(host.knob(host.deoi), 'auto')
            deny = self.RULE.replace('allow', 'deny').replace(',"require":"exclusive"', '')
            host.machine.write('etc/intxd/policy.d/05-no.json', deny)
            wait_for('the knob off', lambda: host.knob(host.deoi) == 'off')

    def test_a_folder_that_is_made_anew_is_watched(self):
        with host_with_card(start=False) as host:
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE)
            host.start()
            self.assertEqual(host.knob(host.deoi), 'auto')
            shutil.rmtree(f'{host.root}/etc/intxd/policy.d')
            wait_for('the knob off', lambda: host.knob(host.deoi) == 'off')
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE)
            wait_for('the knob back', lambda: host.knob(host.deoi) == 'auto', 12)

    def test_a_broken_file_leaves_the_last_good_rules_in_force(self):
        with host_with_card(start=False) as host:
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE)
            host.start()
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE.replace('"id"', '"ib"'))
            where = '/etc/intxd/policy.d/10-lab.json:1:33: rules[0].match.ib: '
            r = host.run('policy', 'reload', check=1)
            self.assertIn(where, r.stderr)
            self.assertIn('last good', r.stderr)
            self.assertEqual(host.knob(host.deoi), 'auto')
            self.assertIn(where, host.run('status').stderr)
            self.assertIn(where, host.journal())
            # A start has no last good rules: in doubt, off.
            host.restart()
            self.assertEqual(host.knob(host.deoi), 'off')
            self.assertIn(where, host.run('status').stderr)
            self.assertIn('nothing behind it', host.run('policy', 'reload', check=1).stderr)
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE)
            host.intxd.send_signal(signal.SIGHUP)
            wait_for('the knob', lambda: host.knob(host.deoi) == 'auto')

    def test_policy_test_says_what_a_file_would_do(self):
        with host_with_card() as host:
            path = f'{host.base}/new.json'
            with open(path, 'w', encoding='utf8') as f:
                f.write(self.RULE)
            self.assertRegex(host.ctl('policy', 'test', path, user='nobody'),
                             f'(?s)rule 1 +allow:exclusive .*decides 1: {CARD}.*{CARD} unset, knob off -> allow:exclusive, knob auto')
            fits(self, 'policy_test', json.loads(host.ctl('policy', 'test', path, '--json')))
            self.assertEqual(host.knob(host.deoi), 'off')
            with open(path, 'w', encoding='utf8') as f:
                f.write(self.RULE.replace('exclusive', 'exclusiv'))
            r = host.run('policy', 'test', path, check=1)
            self.assertIn('new.json:1:68: ', r.stderr)
            self.assertIn('rules[0].require', r.stderr)

    def test_policy_list_shows_rules_and_decisions(self):
        with host_with_card(start=False) as host:
            host.machine.write('etc/intxd/policy.d/10-lab.json', self.RULE)
            host.start()
            host.ctl('deny', CARD, '--runtime')
            out = host.ctl('policy', 'list', user='nobody')
            self.assertIn('/etc/intxd/policy.d/10-lab.json', out)
            self.assertIn('lab', out)
            self.assertRegex(out, f'{CARD} .*deny, until the next boot')
            fits(self, 'policy_list', json.loads(host.ctl('policy', 'list', '--json')))


class Decisions(unittest.TestCase):
    def test_they_outlive_intxd_however_it_ends(self):
        with host_with_card() as host:
            host.ctl('allow', CARD, '--require', 'unproven-ok')
            host.restart(signal.SIGKILL)
            d = host.device(CARD)
            self.assertEqual((d['policy']['mode'], d['policy']['require']), ('allow', 'unproven-ok'))
            self.assertEqual(host.knob(host.deoi), 'auto')

    def test_runtime_ones_end_with_the_boot(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            host.ctl('deny', CARD, '--runtime')
            host.restart()
            self.assertEqual(host.device(CARD)['policy']['mode'], 'deny')
            shutil.rmtree(f'{host.root}/run')
            host.restart()
            self.assertEqual(host.device(CARD)['policy']['mode'], 'allow')

    def test_one_for_good_ends_the_one_until_the_next_boot(self):
        with host_with_card() as host:
            host.ctl('allow', CARD, '--runtime')
            self.assertEqual(host.knob(host.deoi), 'auto')
            host.ctl('deny', CARD)
            self.assertEqual((host.device(CARD)['policy']['mode'], host.knob(host.deoi)), ('deny', 'off'))
            host.ctl('deny', CARD, '--runtime')
            self.assertRegex(host.ctl('allow', '--dry-run', CARD), 'Policy +allow')  # as it would be

    def test_what_the_disk_refuses_is_said_and_does_not_hold(self):
        with host_with_card() as host:
            host.machine.write('var/lib/intxd', 'a file where the folder should be')
            self.assertIn('could not be kept', host.run('allow', CARD, check=1).stderr)
            self.assertEqual((host.device(CARD)['policy']['mode'], host.knob(host.deoi)), ('unset', 'off'))

    def test_a_damaged_file_is_set_aside_and_said(self):
        with host_with_card() as host:
            host.ctl('allow', CARD)
            host.stop()
            host.machine.write('var/lib/intxd/decisions.json', '{"version":1,')
            host.start()
            self.assertEqual(host.knob(host.deoi), 'off')
            self.assertIn('decisions.json', host.run('status').stderr)
            self.assertRegex(host.journal(), 'decisions.json: line 1, column 13: it is no JSON; set aside')
            aside = [f for f in os.listdir(f'{host.root}/var/lib/intxd') if 'damaged' in f]
            self.assertEqual(len(aside), 1)
            # Rules wait until somebody has looked: among what was lost may have been a "deny".
            host.machine.write('etc/intxd/policy.d/10-lab.json', Rules.RULE)
            self.assertIn('no rules', host.run('policy', 'reload', check=1).stderr)
            self.assertEqual(host.knob(host.deoi), 'off')
            os.unlink(f'{host.root}/var/lib/intxd/{aside[0]}')
            host.ctl('policy', 'reload')
            self.assertEqual(host.knob(host.deoi), 'auto')

    def test_of_a_function_that_has_gone_can_be_taken_back(self):
        with host_with_card() as host:
            add_dormant_rival(host)
            host.ctl('allow', RIVAL)
            remove_rival(host)
            host.rescan()
            r = host.run('reset', RIVAL, check=0)
            self.assertEqual((r.stderr, 'is forgotten' in r.stdout), ('', True))
            host.run('reset', RIVAL, check=3)

    def test_a_function_without_intx_has_nothing_to_decide(self):
        with host_with_card() as host:
            host.machine.add('0000:00:05.0', config(pin=0))
            host.rescan()
            self.assertIn('no INTx', host.run('allow', '00:05.0', check=1).stderr)
            host.run('allow', '00:06.0', check=3)
            host.run('allow', CARD, '--require', 'whatever', check=2)


READS = (['status'], ['status', '--json'], ['why', CARD], ['tree'], ['lines'], ['check', CARD], ['decode', '/dev/null'], ['metrics'],
         ['policy', 'list'], ['allow', '--dry-run', CARD])
CHANGES = (['allow', CARD], ['allow', CARD, '--runtime'], ['deny', CARD], ['reset', CARD], ['policy', 'reload'])


class Nobody(unittest.TestCase):
    def refused(self, host, *words):
        before = host.device(CARD)['policy'], host.knob(host.deoi)
        self.assertIn('not authorised', host.run(*words, user='nobody', check=5).stderr)
        self.assertEqual((host.device(CARD)['policy'], host.knob(host.deoi)), before)
        self.assertFalse(os.path.exists(f'{host.root}/var/lib/intxd/decisions.json'))

    def test_may_read_everything(self):
        with host_with_card() as host:
            for words in READS:
                with self.subTest(words):
                    self.assertTrue(host.run(*words, user='nobody', check=0).stdout)

    def test_may_not_take_a_snapshot(self):
        with host_with_card() as host:
            host.run('snapshot', '/dev/null', user='nobody', check=5)
            host.ctl('snapshot', f'{host.base}/all.tar.xz')

    def test_may_change_nothing_without_polkit(self):
        with host_with_card() as host:
            for words in CHANGES:
                with self.subTest(words):
                    self.refused(host, *words)

    def test_may_change_what_polkit_allows_and_nothing_else(self):
        for answer in ('no', 'challenge', 'error', 'garbage', 'crash'):
            with self.subTest(answer), host_with_card() as host:
                host.stand_in_polkit(answer)
                self.refused(host, 'allow', CARD)
        with host_with_card() as host:
            polkit = host.stand_in_polkit('yes')
            host.ctl('allow', CARD, user='nobody')
            self.assertTrue(polkit.stdout.readline().startswith('org.intxd1.set-policy :'))
            self.assertEqual(host.knob(host.deoi), 'auto')
            self.assertIn('uid 65534 decided allow', host.journal())
            host.ctl('policy', 'reload', user='nobody')
            self.assertTrue(polkit.stdout.readline().startswith('org.intxd1.reload :'))

    @unittest.skipUnless(has_mount_namespaces(), 'no mount namespaces here')
    def test_the_real_polkit_is_asked(self):
        with host_with_card() as host:
            host.real_polkit('''polkit.addRule(function(action, subject) {
                if (action.id == "org.intxd1.set-policy" && subject.user == "games")
                    return polkit.Result.YES;
            });''')
            self.refused(host, 'allow', CARD)
            host.run('policy', 'reload', user='games', check=5)
            host.ctl('allow', CARD, user='games')
            self.assertEqual(host.knob(host.deoi), 'auto')

    def test_who_is_gone_before_the_answer_has_changed_nothing(self):
        with host_with_card() as host:
            polkit = host.stand_in_polkit('never')
            caller = host.spawn(host.as_user('nobody', f'{host.base}/intxctl', 'allow', CARD), stdin=subprocess.DEVNULL)
            self.assertTrue(polkit.stdout.readline().startswith('org.intxd1.set-policy'))
            # The loop goes on meanwhile.
            self.assertEqual(host.device(CARD)['policy']['mode'], 'unset')
            caller.kill()
            caller.wait()
            self.assertTrue(polkit.stdout.readline().startswith('cancelled intxd-'))
            polkit.stdin.write('yes\n')
            polkit.stdin.flush()
            host.rescan()
            self.assertEqual((host.device(CARD)['policy']['mode'], host.knob(host.deoi)), ('unset', 'off'))

    def test_a_late_yes_counts_while_the_caller_waits(self):
        with host_with_card() as host:
            polkit = host.stand_in_polkit('never')
            caller = host.spawn(host.as_user('nobody', f'{host.base}/intxctl', 'allow', CARD), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL)
            polkit.stdout.readline()
            polkit.stdin.write('yes\n')
            polkit.stdin.flush()
            self.assertEqual(caller.wait(20), 0)
            self.assertEqual(host.knob(host.deoi), 'auto')

    def test_many_questions_at_once_are_limited(self):
        with host_with_card() as host:
            host.stand_in_polkit('never')
            connection = host.spawn(host.as_user('nobody', sys.executable, '-c', '''
import dbus, sys
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
manager = dbus.Interface(bus.get_object('org.intxd1', '/org/intxd1'), 'org.intxd1.Manager')
loop = GLib.MainLoop()
def error(e):
    print(e.get_dbus_name(), flush=True)
    loop.quit()
for _ in range(100):
    manager.Deny(sys.argv[1], {}, reply_handler=print, error_handler=error)
loop.run()
''', CARD), stdout=subprocess.PIPE, text=True)
            self.assertEqual(connection.stdout.readline(), 'org.freedesktop.DBus.Error.LimitsExceeded\n')
            connection.wait(20)
            self.assertEqual(host.device(CARD)['policy']['mode'], 'unset')


class Flood(unittest.TestCase):
    def test_clients_keep_neither_the_watchdog_nor_a_knob_waiting(self):
        with host_with_card(start=False) as host:
            host.start(watchdog_usec=2000000)
            add_dormant_rival(host)
            host.ctl('allow', CARD)
            flood = host.spawn([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'flood.py'), '1000', '10', CARD],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.assertEqual(flood.stdout.readline(), 'flooding\n')
            rival_takes_the_line(host)
            wait_for('the knob off', lambda: host.knob(host.deoi) == 'off', 30)
            self.assertIsNone(flood.poll(), 'the flood ended before the knob was turned')
            host.notified.clear()
            wait_for('the watchdog', lambda: host.notified.count('WATCHDOG=1') >= 3, 30)
            # A client that behaves is served as well.
            self.assertEqual(host.device(CARD)['verdict'], 'shared')
            flood.stdin.close()
            self.assertEqual(flood.wait(60), 0)

    def test_one_who_does_not_read_a_description_holds_nobody_up(self):
        with host_with_card(start=False) as host:
            for i in range(512): # more than a pipe holds
                host.machine.add(f'0001:{i // 8:02x}:00.{i % 8}', root='pci0001:00')
            host.start()
            ends = [os.pipe() for _ in range(20)]
            silent = [host.spawn(['busctl', f'--address={host.address}', 'call', 'org.intxd1', '/org/intxd1', 'org.intxd1.Manager',
                                  'Describe', 'h', str(write)], pass_fds=[write], stderr=subprocess.PIPE, text=True) for _, write in ends]
            # The last ones are told that there are too many; everyone else is served meanwhile.
            wait_for('a refusal', lambda: any(p.poll() for p in silent))
            self.assertEqual(host.device(CARD)['verdict'], 'unproven')
            host.ctl('allow', CARD, '--require', 'unproven-ok')
            self.assertEqual(host.knob(host.deoi), 'auto')
            for p in silent:
                p.kill()
            for pair in ends:
                os.close(pair[0])
                os.close(pair[1])


if __name__ == '__main__':
    if os.geteuid() != 0:
        print('skipped: only root can be somebody else')
        sys.exit(77)
    unittest.main(verbosity=2)
