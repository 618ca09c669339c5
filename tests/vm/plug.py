#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""plug.py FILE SOCKET DEVICE: when FILE appears, plug DEVICE ("driver,key=value...") into the machine behind the QMP SOCKET."""
import json
import os
import socket
import sys
import time

path, address, device = sys.argv[1:]
deadline = time.monotonic() + 300
while not os.path.exists(path):
    if time.monotonic() > deadline:
        sys.exit(f"{path} did not appear")
    time.sleep(0.1)

driver, *words = device.split(",")
with socket.socket(socket.AF_UNIX) as channel:
    channel.connect(address)
    stream = channel.makefile("rw")

    def ask(command, **arguments):
        stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        stream.flush()
        while True:
            answer = json.loads(stream.readline())
            if "error" in answer:
                sys.exit(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return

    stream.readline()  # greeting
    ask("qmp_capabilities")
    ask("device_add", driver=driver, **dict(word.split("=", 1) for word in words))
