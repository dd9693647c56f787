#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The counts of plugin.c as tables.

The number of a response is the median of its intervals, so that a timer interrupt in
some of them does not count. The table by function has the mean of all intervals.
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
    """Number -> (shape, method), for the sections that have a name."""
    with open(path, encoding="utf-8") as lines:
        return {nr: tuple(line.rstrip("\n").split("\t"))
                for nr, line in enumerate(lines, 1) if line.strip()}


def read_counts(path, sections):
    """The intervals, and the sums by address, of each section."""
    intervals = collections.defaultdict(list)
    blocks = collections.defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, nr, *rest = line.split()
            name = sections.get(int(nr))
            if name and kind == "interval":
                intervals[name].append(int(rest[0]))
            elif name:
                blocks[name].append((int(rest[0], 16), int(rest[1])))
    return intervals, blocks


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


def by_function(blocks, symbols, responses):
    """Instructions of one response by function."""
    sums = collections.Counter()
    for address, count in blocks:
        sums[symbols.name_of(address)] += count / responses
    return sums


def shared(one, other):
    """Instructions that both execute: for each function the smaller of both numbers."""
    return sum(min(count, other[name]) for name, count in one.items())


def print_table(medians, functions):
    """The medians, and the ratio of sendfile to zcxfer."""
    methods = list(dict.fromkeys(method for _, method in medians))
    print("instructions of the sending processor for one response, in thousands\n")
    print(f"{'shape':<12}" + "".join(f"{method:>12}" for method in methods) +
          f"{'ratio':>8}{'at most':>9}")
    for shape in dict.fromkeys(shape for shape, _ in medians):
        print(f"{shape:<12}" + "".join(
            f"{medians[shape, method] / 1e3:12.1f}" if (shape, method) in medians
            else f"{'-':>12}" for method in methods), end="")
        own, other = medians.get((shape, OWN)), medians.get((shape, OTHER))
        if own and other:
            both = shared(functions[shape, OWN], functions[shape, OTHER])
            most = sum(functions[shape, OTHER].values()) / both
            print(f"{other / own:7.2f}x{most:8.2f}x", end="")
        print()
    print(f"\nratio: {OTHER} to {OWN}; at most: "
          f"if {OWN} executed only what {OTHER} executes as well")


def print_functions(shape, functions, top=40):
    """The functions with the most instructions of either."""
    own, other = functions[shape, OWN], functions[shape, OTHER]
    print(f"\n{shape}, instructions of one response"
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
    intervals, blocks = read_counts(os.path.join(args.dir, "counts"), sections)
    symbols = Symbols(os.path.join(args.dir, "symbols"))
    medians = {name: statistics.median(counts) for name, counts in intervals.items()}
    functions = {name: by_function(blocks[name], symbols, len(intervals[name]))
                 for name in intervals}
    print_table(medians, functions)
    if args.functions:
        for shape in dict.fromkeys(shape for shape, _ in medians):
            print_functions(shape, functions)
    path = os.path.join(args.dir, "instructions.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump([{"shape": shape, "method": method, "instructions": median}
                   for (shape, method), median in medians.items()], out, indent=1)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
