# SPDX-License-Identifier: GPL-2.0-only
"""The numbers of a row as the cells of a table."""
from lab_report.rows import CPU, DMA

# The numbers' columns, by their names in words.py.
COLUMNS = ("syscalls", "faults", "switches", "send_calls", "cpu", "dma", "ref", "ms", "rate")


def total(row, counts):
    """The copies of each byte; None if a part of them is not known."""
    value, unknown = row.total(counts)
    return None if unknown else value


def faults(row):
    """Page faults, of user mode and in system calls; None if not known."""
    values = row["page_faults"], row["page_faults_in_syscalls"]
    return None if None in values else sum(values)


def expected(row, copies):
    """What the texts have of it."""
    count = row["texts_" + copies]
    return "" if count is None else f" / {count}"


def number(value, form="{}"):
    return "?" if value is None else form.format(value)


def cells(row):
    """The texts of COLUMNS."""
    cpu_ns, wall_ns = row["cpu_ns"], row["wall_ns"]
    return [
        number(row["syscalls"]), number(faults(row)), number(row["context_switches"]),
        number(row["send_calls"]),
        number(total(row, CPU), "{:.2f}") + expected(row, "cpu_copies"),
        number(total(row, DMA), "{:.2f}") + expected(row, "dma_copies"),
        number(row.share("referenced_bytes"), "{:.0%}"),
        number(cpu_ns and cpu_ns / 1e6, "{:.1f}"),
        number(wall_ns and row["bytes"] / (wall_ns / 1e3), "{:.0f}"),
    ]
