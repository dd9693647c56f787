# SPDX-License-Identifier: GPL-2.0-only
"""lab.json: read, checked, and as the pictures and tables want it."""
import json

ROUTES = ("nic", "nic-no-sg", "loopback")
CACHES = ("cold", "warm")

# The parts of the copies, in the order of the data path.
CPU = ("read_copy_bytes", "cow_copy_bytes", "send_copy_bytes", "skb_copy_bytes")
DMA = ("disk_dma_bytes", "nic_dma_bytes")
COUNTS = (*CPU, *DMA, "referenced_bytes", "nic_gathered_bytes", "syscalls", "page_faults",
          "page_faults_in_syscalls", "context_switches", "send_calls")

TEXT = ("method", "title", "route", "cache")
TEXT_OR_NULL = ("what", "skipped", "wrong", "word")
FLAGS = ("direct", "module", "from_mapping")
NUMBER_OR_NULL = (*COUNTS, "cpu_ns", "wall_ns", "texts_cpu_copies", "texts_dma_copies")


class BadInput(Exception):
    """The file is not what the lab writes; the text says where and why."""


class Row(dict):
    """One method on one route with one state of the page cache."""

    def share(self, count):
        """A count in times the length of the file; None if it is not known."""
        value = self[count]
        return None if value is None else value / self["bytes"]

    def total(self, counts):
        """The sum of the known shares, and how many are not known."""
        shares = [self.share(count) for count in counts]
        return sum(s for s in shares if s is not None), shares.count(None)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def find_fault(row):
    """Return what is wrong with a row, or None."""
    if not isinstance(row, dict):
        return "is not an object"
    for names, fits, kind in (
            (TEXT, lambda v: isinstance(v, str), "a text"),
            (TEXT_OR_NULL, lambda v: v is None or isinstance(v, str), "a text or null"),
            (FLAGS, lambda v: isinstance(v, bool), "true or false"),
            (("bytes",), lambda v: is_number(v) and v > 0, "a number above zero"),
            (NUMBER_OR_NULL, lambda v: v is None or is_number(v), "a number or null")):
        for name in names:
            if name not in row:
                return f'has no "{name}"'
            if not fits(row[name]):
                return f'"{name}" is not {kind}'
    for name, known in (("route", ROUTES), ("cache", CACHES)):
        if row[name] not in known:
            return f'"{name}" is "{row[name]}", not one of: {", ".join(known)}'
    return None


def check(data):
    """Raise BadInput unless the lab could have written it."""
    if not isinstance(data, dict):
        raise BadInput("the outermost value is not an object")
    if not isinstance(data.get("rows"), list):
        raise BadInput('has no list "rows"')
    for i, row in enumerate(data["rows"], 1):
        fault = find_fault(row)
        if fault:
            method = row.get("method", "?") if isinstance(row, dict) else "?"
            raise BadInput(f"row {i} ({method}) {fault}")


def load(path):
    """The contents of a file that the lab wrote; raises BadInput, with the path in it."""
    try:
        with open(path, encoding="utf-8") as f:
            data = json.load(f)
        check(data)
    except OSError as e:
        raise BadInput(f"{path}: {e.strerror}") from None
    except (ValueError, RecursionError) as e:
        raise BadInput(f"{path}: not JSON: {e}") from None
    except BadInput as e:
        raise BadInput(f"{path}: {e}") from None
    data["rows"] = [Row(row) for row in data["rows"]]
    return data


def sections(rows):
    """The routes and states of the page cache that have rows, with these."""
    for route in ROUTES:
        for cache in CACHES:
            found = [r for r in rows if (r["route"], r["cache"]) == (route, cache)]
            if found:
                yield route, cache, found


def methods(rows):
    """The methods, in the order of the file, each with its rows."""
    found = {}
    for row in rows:
        found.setdefault(row["method"], []).append(row)
    for method, of_it in found.items():
        yield method, sorted(of_it, key=lambda r: (ROUTES.index(r["route"]),
                                                   CACHES.index(r["cache"])))


def bytes_text(count):
    """A number of bytes, with a unit that makes it short."""
    if count < 1024:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        count /= 1024
        if count < 1024 or unit == "TiB":
            return f"{count:.1f} {unit}"
    return None
