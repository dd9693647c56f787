#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The counts of plugin.c as tables.

The number of a response is the median of its intervals, so that a timer interrupt in
some of them does not count. The table by function has the mean of the intervals near
the median.
"""
import argparse
import bisect
import collections
import json
import os
import statistics

OWN, OTHER = "zcxfer", "sendfile"
USER = "(user space)"


def read_sections(path):
    """Number -> (route, shape, method)."""
    with open(path, encoding="utf-8") as lines:
        return {nr: tuple(line.rstrip("\n").split("\t"))
                for nr, line in enumerate(lines, 1)}


def read_counts(path, sections):
    """The instructions and locked operations of intervals, and instructions by address."""
    intervals = collections.defaultdict(list)
    locked = collections.defaultdict(list)
    blocks = collections.defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, nr, *rest = line.split()
            name = sections[int(nr)]
            if kind == "interval":
                intervals[name].append(int(rest[0]))
                locked[name].append(int(rest[1]))
            else:
                blocks[name].append((int(rest[0], 16), float(rest[1])))
    return intervals, locked, blocks


class Symbols:
    """The functions of the guest's kernel."""

    def __init__(self, path):
        found = []
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                address, kind, name, *_ = line.split()
                if kind in "tTwW":
                    found.append((int(address, 16), name))
        found.sort()
        self.addresses = [address for address, _ in found]
        self.names = [name for _, name in found]

    def name_of(self, address):
        """The function that has this address."""
        if address < 1 << 63:
            return USER
        return self.names[bisect.bisect(self.addresses, address) - 1]


def by_function(blocks, symbols):
    """Instructions of one response by function."""
    sums = collections.Counter()
    for address, count in blocks:
        sums[symbols.name_of(address)] += count
    return sums


def shared(one, other):
    """Instructions that both execute: for each function the smaller of both numbers."""
    return sum(min(count, other[name]) for name, count in one.items())


def print_table(route, medians, functions):
    """The medians, and the ratio of sendfile to zcxfer."""
    methods = list(dict.fromkeys(method for _, _, method in medians))
    shapes = dict.fromkeys(shape for where, shape, _ in medians if where == route)
    print(f"\n{route}: instructions of the sending processor for one response, "
          "in thousands\n")
    print(f"{'shape':<16}" + "".join(f"{method:>12}" for method in methods) +
          f"{'ratio':>8}{'at most':>9}{'best':>8}")
    for shape in shapes:
        row = {method: medians[route, shape, method] for method in methods
               if (route, shape, method) in medians}
        print(f"{shape:<16}" + "".join(
            f"{row[method] / 1e3:12.1f}" if method in row else f"{'-':>12}"
            for method in methods), end="")
        if OWN in row and OTHER in row:
            own, other = functions[route, shape, OWN], functions[route, shape, OTHER]
            most = sum(other.values()) / shared(own, other)
            best = min(row[method] for method in row if method != OWN)
            print(f"{row[OTHER] / row[OWN]:7.2f}x{most:8.2f}x{best / row[OWN]:7.2f}x",
                  end="")
        print()


def print_locked(route, medians):
    """The medians of locked operations."""
    methods = list(dict.fromkeys(method for _, _, method in medians))
    print(f"\n{route}: locked operations\n")
    print(f"{'shape':<16}" + "".join(f"{method:>12}" for method in methods))
    for shape in dict.fromkeys(shape for where, shape, _ in medians if where == route):
        print(f"{shape:<16}" + "".join(
            f"{medians.get((route, shape, method), -1):12.0f}" for method in methods))


def print_functions(route, shape, functions, top=40):
    """The functions with the most instructions of either."""
    own, other = functions[route, shape, OWN], functions[route, shape, OTHER]
    print(f"\n{route}, {shape}, instructions of one response"
          f"\n{'function':<40}{OTHER:>12}{OWN:>12}")
    names = sorted(set(own) | set(other), key=lambda name: -max(own[name], other[name]))
    for name in names[:top]:
        print(f"{name:<40}{other[name]:12.0f}{own[name]:12.0f}")


def main():
    """The report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir", help="the folder of counts, sections and symbols")
    parser.add_argument("--functions", action="store_true", help="by function as well")
    args = parser.parse_args()

    sections = read_sections(os.path.join(args.dir, "sections"))
    intervals, locked, blocks = read_counts(os.path.join(args.dir, "counts"), sections)
    symbols = Symbols(os.path.join(args.dir, "symbols"))
    medians = {name: statistics.median(counts) for name, counts in intervals.items()}
    locks = {name: statistics.median(counts) for name, counts in locked.items()}
    functions = {name: by_function(blocks[name], symbols) for name in intervals}
    for route in dict.fromkeys(route for route, _, _ in medians):
        print_table(route, medians, functions)
        print_locked(route, locks)
    print(f"\nratio: {OTHER} to {OWN}; best: the best of the other methods to {OWN}; at most: "
          f"if {OWN} executed only what {OTHER} executes as well")
    if args.functions:
        for route, shape in dict.fromkeys(name[:2] for name in medians):
            print_functions(route, shape, functions)
    path = os.path.join(args.dir, "instructions.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump([{"route": route, "shape": shape, "method": method,
                    "instructions": median, "locked": locks[route, shape, method]}
                   for (route, shape, method), median in medians.items()], out, indent=1)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
