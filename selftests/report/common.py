# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the report share: how they count, and rows to draw."""
import copy
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
REPORT = os.path.join(TOP, "Documentation", "sphinx", "report.py")
LAB_JSON = os.path.join(TOP, "Documentation", "measured", "lab.json")
sys.path.insert(0, os.path.join(TOP, "Documentation", "sphinx"))
from lab_report.rows import Row  # noqa: E402

counted = {True: 0, False: 0}


def check(name, faults):
    """Print and count a check: it has passed if there are no faults."""
    faults = list(faults)
    for fault in faults[:10]:
        print(f"# {fault}")
    if len(faults) > 10:
        print(f"# and {len(faults) - 10} more")
    counted[not faults] += 1
    print(f'{"not " if faults else ""}ok - report: {name}', flush=True)


def rejects(name, faults):
    """The same for a planted bug: there must be faults."""
    check(f"{name} rejects the planted bug", [] if list(faults) else ["no fault was found"])


def same(found, expected):
    """The fault if two values differ."""
    return [] if found == expected else [f"{found!r} instead of {expected!r}"]


def done():
    """The exit code, after a line that counts."""
    print(f"{counted[True]} passed, {counted[False]} failed")
    return counted[False] > 0


def odd(data):
    """
    Rows that a run seldom has: two arrows on one line, nothing counted, not run, wrong,
    texts that are long or have a meaning in HTML.
    """
    found = {(r["method"], r["route"], r["cache"]): r for r in data["rows"]}
    size = data["rows"][0]["bytes"]
    unknown = ("disk_dma_bytes", "read_copy_bytes", "cow_copy_bytes", "send_copy_bytes",
               "skb_copy_bytes", "nic_dma_bytes", "nic_gathered_bytes", "referenced_bytes",
               "syscalls", "page_faults", "page_faults_in_syscalls", "context_switches",
               "send_calls", "cpu_ns", "wall_ns")
    changes = (
        ("read-write", {"cow_copy_bytes": size, "skb_copy_bytes": size,
                        "referenced_bytes": size // 2, "send_copy_bytes": size // 2}),
        ("mmap-write", {"skb_copy_bytes": size // 4, "referenced_bytes": size // 2,
                        "send_copy_bytes": size // 2}),
        ("direct", {"skb_copy_bytes": size, "referenced_bytes": size // 2}),
        ("zcxfer", dict.fromkeys(unknown)),
        ("tee", {"skb_copy_bytes": None, "nic_gathered_bytes": None, "wrong":
                 "copied into the socket 1.00 times, not 0.00: read as often as sent & <b>"}),
        ("java-heap", {"skipped": "no <java> & no javac: so long a text that it does not fit "
                                  "into one line of a picture"}),
        ("sendfile", {"title": "<i>a title</i> that is longer than any of a method, so that "
                               "it has to be wrapped & wrapped",
                      "disk_dma_bytes": size * 12, "nic_dma_bytes": size * 7}),
    )
    rows = []
    for method, change in changes:
        row = copy.deepcopy(found[method, "nic", "cold"])
        row.update(change)
        rows.append(row)
    rows.append(found["zcxfer-direct", "nic-no-sg", "warm"])
    rows.append(found["read-write", "loopback", "cold"])
    return {**data, "rows": list(map(Row, rows))}


def few(data):
    """Some methods, with all routes: for a planted bug that is enough."""
    methods = ("read-write", "sendfile", "direct", "zcxfer")
    return {**data, "rows": [r for r in data["rows"] if r["method"] in methods]}
