#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds what kernel modules need, and in which order they load.

Debian's packages ship no modules.dep (depmod makes it when they are installed),
so the dependencies are read from the modules themselves: the .modinfo section
of each names them.

    kmod.py collect KERNEL_DIR OUT_DIR NAME...
        copies the named modules and all they need into OUT_DIR, flat and as
        shipped, and writes OUT_DIR/modules.dep in depmod's format
    kmod.py order DIR NAME...
        prints the files of a collected folder in load order
"""

import lzma
import os
import shutil
import struct
import sys

SUFFIXES = (".ko", ".ko.xz")


def module_name(filename):
    """The name as the kernel spells it: file names mix '-' and '_'."""
    return os.path.basename(filename).split(".")[0].replace("-", "_")


def read_module(path):
    with open(path, "rb") as file:
        data = file.read()
    return lzma.decompress(data) if path.endswith(".xz") else data


def modinfo(elf):
    """The key=value strings of the .modinfo section of an ELF64 file."""
    shoff, = struct.unpack_from("<Q", elf, 0x28)
    shentsize, shnum, shstrndx = struct.unpack_from("<HHH", elf, 0x3A)

    def section(index):
        base = shoff + index * shentsize
        name, = struct.unpack_from("<I", elf, base)
        offset, size = struct.unpack_from("<QQ", elf, base + 24)
        return name, elf[offset:offset + size]

    names = section(shstrndx)[1]
    for index in range(shnum):
        name, content = section(index)
        if names[name:names.index(b"\0", name)] == b".modinfo":
            pairs = (item.partition(b"=") for item in content.split(b"\0") if item)
            return [(key.decode(), value.decode(errors="replace"))
                    for key, _, value in pairs]
    raise ValueError("no .modinfo section")


def needs(info):
    """Hard dependencies, then soft ones that should be loaded before."""
    hard, soft = [], []
    for key, value in info:
        if key == "depends":
            hard += [name for name in value.split(",") if name]
        elif key == "softdep":
            kind, _, rest = value.partition(":")
            if kind == "pre":
                soft += rest.split("post:")[0].split()
    return ([name.replace("-", "_") for name in hard],
            [name.replace("-", "_") for name in soft])


def collect(source, target, wanted):
    files = {}
    for folder, _, names in os.walk(source):
        for name in names:
            if name.endswith(SUFFIXES):
                files[module_name(name)] = os.path.join(folder, name)
    found = {}          # name -> direct dependencies that exist as files
    todo = [(name.replace("-", "_"), True) for name in wanted]
    while todo:
        name, required = todo.pop()
        if name in found:
            continue
        if name not in files:
            # A soft dependency, or an alias, may well be built in.
            if required:
                print(f"kmod: the kernel has no module {name}; "
                      "taken as built in", file=sys.stderr)
            continue
        hard, soft = needs(modinfo(read_module(files[name])))
        missing = [dep for dep in hard if dep not in files]
        if missing:
            raise ValueError(f"{name} needs {missing}, which are not shipped")
        found[name] = hard + [dep for dep in soft if dep in files]
        todo += [(dep, False) for dep in found[name]]

    os.makedirs(target)
    for name in found:
        shutil.copyfile(files[name],
                        os.path.join(target, os.path.basename(files[name])))
    with open(os.path.join(target, "modules.dep"), "w", encoding="ascii") as out:
        for name in sorted(found):
            deps = load_order(found, [name])[:-1]
            # depmod lists the nearest dependency first: reverse load order.
            line = " ".join(os.path.basename(files[dep]) for dep in reversed(deps))
            print(f"{os.path.basename(files[name])}: {line}".rstrip(), file=out)


def load_order(graph, wanted):
    order = []

    def visit(name):
        if name in order:
            return
        for dep in graph[name]:
            visit(dep)
        order.append(name)

    for name in wanted:
        visit(name)
    return order


def ordered_files(folder, wanted):
    """Paths of the wanted modules of a collected folder and all they need."""
    files, order = {}, []
    with open(os.path.join(folder, "modules.dep"), encoding="ascii") as dep_file:
        for line in dep_file:
            name, _, deps = line.partition(":")
            files[module_name(name)] = (name, deps.split())
    for want in wanted:
        name, deps = files[want.replace("-", "_")]
        for item in list(reversed(deps)) + [name]:
            if item not in order:
                order.append(item)
    return [os.path.join(folder, item) for item in order]


def main(args):
    if len(args) >= 3 and args[0] == "collect":
        collect(args[1], args[2], args[3:])
    elif len(args) >= 2 and args[0] == "order":
        print("\n".join(ordered_files(args[1], args[2:])))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError, lzma.LZMAError, struct.error) as error:
        sys.exit(f"kmod: {error}")
    except KeyError as error:
        sys.exit(f"kmod: the kit has no module {error}")
