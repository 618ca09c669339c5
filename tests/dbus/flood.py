#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""flood.py CONNECTIONS CALLS ADDRESS: so many connections to $DBUS_SYSTEM_BUS_ADDRESS, each with so many calls of Explain() whose
replies are never read. Prints "flooding" once all are sent, and ends when its standard input does."""
import os
import socket
import struct
import sys

METHOD_CALL, NO_FLAGS, VERSION = 1, 0, 1
PATH, INTERFACE, MEMBER, DESTINATION, SIGNATURE = 1, 2, 3, 6, 8


def string(text):
    return struct.pack('<I', len(text)) + text.encode() + b'\0'


def padded(data, to=8):
    return data + bytes(-len(data) % to)


def field(code, kind, text):
    value = string(text) if kind != 'g' else bytes([len(text)]) + text.encode() + b'\0'
    return bytes([code, 1]) + kind.encode() + b'\0' + value


def call(serial, destination, path, interface, member, argument=None):
    """A method call as the D-Bus specification has it (message format), little-endian."""
    body = b'' if argument is None else string(argument)
    fields = b''
    for code, kind, text in ((PATH, 'o', path), (INTERFACE, 's', interface), (MEMBER, 's', member), (DESTINATION, 's', destination),
                             *(((SIGNATURE, 'g', 's'),) if body else ())):
        fields = padded(fields) + field(code, kind, text)
    head = struct.pack('<cBBBIII', b'l', METHOD_CALL, NO_FLAGS, VERSION, len(body), serial, len(fields))
    return padded(head + fields) + body


def connect(path, calls, address):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.sendall(b'\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\r\n')
    if not s.recv(256).startswith(b'OK'):
        sys.exit('not let in')
    s.sendall(b'BEGIN\r\n' + call(1, 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'Hello')
              + b''.join(call(2 + i, 'org.intxd1', '/org/intxd1', 'org.intxd1.Manager', 'Explain', address) for i in range(calls)))
    return s


n, calls, address = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
bus = os.environ['DBUS_SYSTEM_BUS_ADDRESS'].removeprefix('unix:path=')
connections = [connect(bus, calls, address) for _ in range(n)]
print('flooding', flush=True)
sys.stdin.read()
