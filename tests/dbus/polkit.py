#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for polkit on $DBUS_SYSTEM_BUS_ADDRESS: polkit.py yes | no | challenge | error | garbage | never | crash

Prints "ready", then a line a question: the action and the subject's bus name; and "cancelled ID" for each that is taken back.
"never" keeps a question until a line on standard input says what to answer."""
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

ANSWERS = {'yes': (True, False), 'no': (False, False), 'challenge': (False, True)}


class Authority(dbus.service.Object):
    def __init__(self, bus, how):
        super().__init__(bus, '/org/freedesktop/PolicyKit1/Authority')
        self.how = how
        self.kept = []

    @dbus.service.method('org.freedesktop.PolicyKit1.Authority', in_signature='(sa{sv})sa{ss}us', out_signature='(bba{ss})',
                         async_callbacks=('reply', 'error'))
    def CheckAuthorization(self, subject, action, _details, _flags, _cancellation, reply, error):
        assert subject[0] == 'system-bus-name'
        print(action, subject[1]['name'], flush=True)
        if self.how == 'crash':
            os._exit(1)
        if self.how == 'never':
            self.kept.append((reply, error))
        else:
            self.answer(self.how, reply, error)

    def answer(self, how, reply, error):
        if how == 'error':
            error(dbus.DBusException('it did not work', name='org.freedesktop.PolicyKit1.Error.Failed'))
        else:
            reply((*ANSWERS[how], dbus.Dictionary({}, signature='ss')))

    @dbus.service.method('org.freedesktop.PolicyKit1.Authority', in_signature='s')
    def CancelCheckAuthorization(self, cancellation):
        print('cancelled', cancellation, flush=True)


class Garbage(dbus.service.Object):
    """Answers with something else than it should."""

    @dbus.service.method('org.freedesktop.PolicyKit1.Authority', in_signature='(sa{sv})sa{ss}us', out_signature='s')
    def CheckAuthorization(self, _subject, _action, _details, _flags, _cancellation):
        return 'yes'


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
system_bus = dbus.SystemBus()
name = dbus.service.BusName('org.freedesktop.PolicyKit1', system_bus)
if sys.argv[1] == 'garbage':
    authority = Garbage(system_bus, '/org/freedesktop/PolicyKit1/Authority')
else:
    authority = Authority(system_bus, sys.argv[1])


def on_input(source, _condition):
    line = source.readline().strip()
    if not line:
        return False
    for reply, error in authority.kept:
        authority.answer(line, reply, error)
    authority.kept.clear()
    return True


if sys.argv[1] == 'never':
    GLib.io_add_watch(sys.stdin, GLib.IO_IN, on_input)
print('ready', flush=True)
GLib.MainLoop().run()
