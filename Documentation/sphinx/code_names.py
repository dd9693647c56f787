# SPDX-License-Identifier: GPL-2.0-only
"""Is the code that the book names there? For sources.py, and for selftests/lint."""
import functools
import os
import re

ROLE = re.compile(r":(kfunc|mfunc|kfile|src):`~?([^`:]+)(?::([^`]+))?`")


@functools.lru_cache(maxsize=None)
def words_of(file):
    """Every word in a file."""
    with open(file, encoding="utf-8") as f:
        return frozenset(re.findall(r"\w+", f.read()))


@functools.lru_cache(maxsize=None)
def lines_of(file):
    """The lines of a file."""
    with open(file, encoding="utf-8") as f:
        return f.read().splitlines()


def find_line(file, name):
    """
    The number of the line that defines a function, type or macro; without a definition
    that can be recognized, the first line that names it.
    """
    word = re.escape(name)
    lines = lines_of(file)
    # What follows the name of a function up to the body; a declaration has a ";" first.
    shapes = (rf"(?!\s|/?\*|#).*\b{word}\s*\([^;{{]*\{{",
              rf"\s*#\s*define\s+{word}\b",
              rf"(?:typedef\s+)?(?:struct|union|enum)\s+{word}\s*\{{",
              rf"\S.*\b{word}\b[^;(]*=",
              rf".*\b{word}\b")
    for shape in shapes:
        for number, line in enumerate(lines, 1):
            if name in line and re.match(shape, "\n".join(lines[number - 1:number + 9])):
                return number
    return None


@functools.lru_cache(maxsize=None)
def kernel_version(kernel):
    """The tag of a kernel's source: v6.12 or v6.12.3."""
    with open(os.path.join(kernel, "Makefile"), encoding="utf-8") as f:
        found = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", f.read(),
                                re.M))
    tag = f"v{found['VERSION']}.{found['PATCHLEVEL']}"
    return tag if found["SUBLEVEL"] == "0" else f"{tag}.{found['SUBLEVEL']}"


def find_fault(kind, path, name, top, kernel):
    """Say what is wrong with such a name, or None."""
    tree = {"kfunc": kernel, "kfile": kernel, "src": top,
            "mfunc": os.path.join(top, "module")}[kind]
    file = os.path.join(tree, path)
    if not os.path.exists(file):
        return f"no such file: {file}"
    if kind in ("kfunc", "mfunc"):
        if not name:
            return f"{path}: which function?"
        if name not in words_of(file):
            return f"{path} has no {name}"
    return None
