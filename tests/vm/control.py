#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""control.py FOLDER SOCKET: does to the machine behind the QMP SOCKET what the inside asks for in FOLDER/ask (host lists the requests).

The answer, "done" or what went wrong, goes to FOLDER/answer. Ends with the machine, or by a signal."""
import json
import os
import socket
import sys
import time

folder, address = sys.argv[1:]


class Refused(Exception):
    pass


class Machine:
    def __init__(self, path):
        self.channel = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.channel.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.stream = self.channel.makefile("rw")
        self.stream.readline()  # greeting
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while line := self.stream.readline():
            answer = json.loads(line)
            if "error" in answer:
                raise Refused(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return
        sys.exit(0)  # the machine is gone


def serve(machine, request):
    verb, _, words = request.partition(" ")
    if verb == "plug":
        driver, *options = words.split(",")
        machine.ask("device_add", driver=driver, **dict(option.split("=", 1) for option in options))
    elif verb == "unplug":
        machine.ask("device_del", id=words)
    elif verb == "cut":
        open(f"{folder}/cut", "w").close()
        machine.ask("quit")
    else:
        raise Refused(f"no such request: {verb}")


machine = Machine(address)
while True:
    time.sleep(0.05)
    try:
        with open(f"{folder}/ask") as file:
            request = file.read().strip()
    except FileNotFoundError:
        continue
    os.unlink(f"{folder}/ask")
    try:
        serve(machine, request)
        answer = "done"
    except Refused as refusal:
        answer = str(refusal)
    with open(f"{folder}/answer.new", "w") as file:
        file.write(answer + "\n")
    os.rename(f"{folder}/answer.new", f"{folder}/answer")
