#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write the report of `make lab`, one HTML page, from the lab.json of a run."""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab_report import rows  # noqa: E402
from lab_report.page import page  # noqa: E402
from lab_report.words import LANGUAGES  # noqa: E402


def write(path, text):
    """Written beside its place and then renamed: a reader never sees half of it."""
    part = path + ".part"
    try:
        with open(part, "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(part, path)
    except OSError:
        if os.path.exists(part):
            os.unlink(part)
        raise


def main():
    parser = argparse.ArgumentParser(prog="report.py", description=__doc__)
    parser.add_argument("json", metavar="LAB.JSON", help="what zcxfer lab --json wrote")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="the page (default: standard output)")
    parser.add_argument("--language", choices=sorted(LANGUAGES), default="en",
                        help="of the labels (default: en)")
    options = parser.parse_args()
    try:
        text = page(rows.load(options.json), options.language)
        if options.output:
            write(options.output, text)
        else:
            sys.stdout.buffer.write(text.encode())
            sys.stdout.flush()
    except (rows.BadInput, OSError) as e:
        sys.exit(f"report.py: {e}")


main()
