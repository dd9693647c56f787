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
