# SPDX-License-Identifier: GPL-2.0
"""Is the code that the book names there? For sources.py, and for selftests/lint."""
import os
import re

ROLE = re.compile(r":(kfunc|mfunc|kfile|src):`~?([^`:]+)(?::([^`]+))?`")


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
        with open(file, encoding="utf-8") as f:
            if not re.search(rf"\b{re.escape(name)}\b", f.read()):
                return f"{path} has no {name}"
    return None
