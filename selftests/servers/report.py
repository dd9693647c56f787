#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What ./compare measured, as tables."""
import argparse
import collections
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../instructions"))
import report as instructions  # noqa: E402

OWN = "zcxfer"


def read_table(path):
    """The lines of a file, each a list of words between tabs."""
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines]


def print_loads(sections, intervals, locked):
    """A row for each server and load."""
    print(f"{'load':<10}{'server':<12}{'requests/s':>12}{'instructions':>14}"
          f"{'times zcxfer':>14}{'locked':>9}")
    own = {}
    for nr, (load, server, requests, rate) in enumerate(sections, 1):
        each = intervals[nr][0] / int(requests)
        if server == OWN:
            own[load] = each
        times = f"{each / own[load]:13.2f}x" if load in own else f"{'':>14}"
        print(f"{load:<10}{server:<12}{float(rate):12.0f}{each:14.0f}{times}"
              f"{locked[nr][0] / int(requests):9.0f}")


def print_hot(rows):
    """Latency of a cached file."""
    print(f"\n4 KiB in memory, 4 connections\n{'':<8}{'server':<12}{'median':>10}{'p99':>10}"
          f"{'requests/s':>12}")
    for where, server, half, most, rate in rows:
        print(f"{where:<8}{server:<12}{half:>10}{most:>10}{float(rate):12.0f}")


def print_functions(sections, blocks, symbols, top=45):
    """The functions with the most instructions of any server."""
    sums = {}
    for nr, (load, server, requests, _) in enumerate(sections, 1):
        sums[load, server] = collections.Counter({
            name: count / int(requests) for name, count
            in instructions.by_function(blocks[nr], symbols).items()})
    most = collections.Counter()
    for counts in sums.values():
        most |= counts
    print("\n" + f"{'function':<36}" + "".join(f"{server:>12}" for _, server in sums))
    for name, _ in most.most_common(top):
        print(f"{name:<36}" + "".join(f"{counts[name]:12.0f}" for counts in sums.values()))


def main():
    """The report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", help="the folder of counts, sections, hot and symbols")
    parser.add_argument("--functions", action="store_true", help="by function as well")
    args = parser.parse_args()

    sections = read_table(os.path.join(args.dir, "sections"))
    numbers = {nr: nr for nr in range(1, len(sections) + 1)}
    intervals, locked, blocks = instructions.read_counts(
        os.path.join(args.dir, "counts"), numbers)
    print("one process each; instructions of its processor for a request, "
          "with kernel and interrupts\n")
    print_loads(sections, intervals, locked)
    rows = read_table(os.path.join(args.dir, "hot"))
    if rows:
        print_hot(rows)
    if args.functions:
        symbols = instructions.Symbols(os.path.join(args.dir, "symbols"))
        print_functions(sections, blocks, symbols)


if __name__ == "__main__":
    main()
