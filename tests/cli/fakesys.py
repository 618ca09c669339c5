# SPDX-License-Identifier: GPL-2.0-or-later
"""A small sysfs-like machine on disk, for tests that run intxctl --root."""
import os
import struct


def config(vendor=0x8086, device=0x10d3, klass=0x020000, pin=1, bridge=None, port=None, msi=False, msix=False,
           hotplug=False, size=256):
    """Config space; bridge = (primary, secondary, subordinate), port = PCIe port type."""
    c = bytearray(256)
    struct.pack_into('<HHHH', c, 0, vendor, device, 7, 0x10)
    c[9], c[10], c[11] = klass & 255, klass >> 8 & 255, klass >> 16
    c[0x0e] = 1 if bridge else 0
    c[0x3d] = pin
    if bridge:
        c[0x18], c[0x19], c[0x1a] = bridge
    c[0x34], c[0x40], c[0x41] = 0x40, 5, 0x60
    struct.pack_into('<H', c, 0x42, 1 if msi else 0)
    c[0x60], c[0x61] = 0x11, 0x80
    struct.pack_into('<H', c, 0x62, 0x8000 if msix else 0)
    if port is not None:
        struct.pack_into('<BBH', c, 0x80, 0x10, 0, 2 | port << 4 | (0x100 if hotplug else 0))
        struct.pack_into('<I', c, 0x94, 0x40 if hotplug else 0)
    else:
        c[0x61] = 0
    return bytes(c[:size])


class Machine:
    def __init__(self, base):
        self.base = base
        for d in ('sys/bus/pci/devices', 'sys/bus/pci/slots'):
            os.makedirs(f'{base}/{d}', exist_ok=True)

    def write(self, path, data):
        path = f'{self.base}/{path}'
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(data if isinstance(data, bytes) else data.encode())

    def folder(self, address):
        return os.path.realpath(f'{self.base}/sys/bus/pci/devices/{address}')

    def add(self, address, conf=None, driver=None, irq=0, enable=None, above=(), root='pci0000:00'):
        """above: the bridges' addresses from the root bus down."""
        conf = config() if conf is None else conf
        where = '/'.join(('devices', root, *above, address))
        self.write(f'sys/{where}/config', conf)
        ids = (conf + bytes(4))[:4]
        self.write(f'sys/{where}/vendor', '0x%02x%02x\n' % (ids[1], ids[0]))
        self.write(f'sys/{where}/device', '0x%02x%02x\n' % (ids[3], ids[2]))
        self.write(f'sys/{where}/class', '0x020000\n')
        self.write(f'sys/{where}/irq', f'{irq}\n')
        self.write(f'sys/{where}/enable', '%d\n' % (enable if enable is not None else 1 if driver else 0))
        if driver:
            up = '../' * (len(above) + 3)
            os.symlink(f'{up}bus/pci/drivers/{driver}', f'{self.base}/sys/{where}/driver')
        os.symlink(f'../../../{where}', f'{self.base}/sys/bus/pci/devices/{address}')
        return f'{self.base}/sys/{where}'

    def interrupts(self, rows):
        """rows: (virq, 'IO-APIC 16-fasteoi', 'action, action')."""
        text = '           CPU0       CPU1\n'
        for virq, chip, actions in rows:
            text += f'{virq:>3}:          0          0   {chip}   {actions}\n'
        self.write('proc/interrupts', text)
