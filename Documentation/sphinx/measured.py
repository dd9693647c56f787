# SPDX-License-Identifier: GPL-2.0
"""
What the lab measured, in the book:

  .. measured:: splice splice-move

shows the pictures and the rows of these methods out of measured/, where `make lab`
writes lab.json and path-METHOD-ROUTE-CACHE.svg; and

  .. measured-picture:: bars-nic-warm

one picture alone. What is not there is said to be missing, and is no error: a book
without numbers is still a book.
"""
import json
import os

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

ROUTES = ("nic", "nic-no-sg", "loopback")
CACHES = ("cold", "warm")

WORDS = {
    "en": {
        "route": "route", "cache": "page cache", "syscalls": "system calls",
        "faults": "page faults", "switches": "context switches",
        "cpu": "copies by CPU", "dma": "copies by DMA", "ref": "by reference",
        "send_calls": "socket calls",
        "ms": "CPU ms", "rate": "MB/s",
        "nic": "NIC", "nic-no-sg": "NIC, no SG", "loopback": "loopback",
        "warm": "warm", "cold": "cold",
        "missing": "Not measured yet: run make lab.",
        "not_run": "{}: not run: {}.",
        "where": "{0:.0f} MiB, kernel {1}. Copies: of each byte, measured / as the "
                 "texts have it. SG: scatter-gather. Times are good as ratios within "
                 "one table.",
        "picture": "The way of the bytes, as measured: {} ({}, page cache {})",
    },
    "zh": {
        "route": "路径", "cache": "页缓存", "syscalls": "系统调用",
        "faults": "缺页", "switches": "上下文切换",
        "cpu": "CPU 拷贝", "dma": "DMA 拷贝", "ref": "按引用",
        "send_calls": "套接字调用",
        "ms": "CPU 毫秒", "rate": "MB/s",
        "nic": "网卡", "nic-no-sg": "网卡，无 SG", "loopback": "回环",
        "warm": "热", "cold": "冷",
        "missing": "尚未测量：请运行 make lab。",
        "not_run": "{}：没有运行：{}。",
        "where": "{0:.0f} MiB，内核 {1}。拷贝次数按每个字节计：实测 / 文中所说。SG：分散/"
                 "聚集。时间只宜在同一张表内作比例比较。",
        "picture": "实测的数据通路：{}（{}，页缓存：{}）",
    },
}


def load(env):
    """The rows, and what they were measured on."""
    path = os.path.join(env.config.measured_dir, "lab.json")
    if not os.path.exists(path):
        return {"rows": []}
    env.note_dependency(path)
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def times(row, *counts):
    """How often each byte was counted, in all of these; None if one is not known."""
    values = [row.get(count) for count in counts]
    if None in values:
        return None
    return sum(values) / row["bytes"]


def faults(row):
    """Page faults, of user mode and in system calls; None if not known."""
    values = row.get("page_faults"), row.get("page_faults_in_syscalls")
    return None if None in values else sum(values)


def said(row, what):
    """What the texts have of it."""
    texts = row.get("texts_" + what)
    return "" if texts is None else f" / {texts}"


def number(value, form="{}"):
    return "?" if value is None else form.format(value)


def cells(words, row, title):
    """A row as the table has it."""
    cpu = times(row, "read_copy_bytes", "send_copy_bytes", "skb_copy_bytes",
                "cow_copy_bytes")
    dma = times(row, "disk_dma_bytes", "nic_dma_bytes")
    by_reference = times(row, "referenced_bytes")
    cpu_ns, wall_ns = row.get("cpu_ns"), row.get("wall_ns")
    return [
        title, words[row["route"]], words[row["cache"]],
        number(row.get("syscalls")), number(faults(row)),
        number(row.get("context_switches")), number(row.get("send_calls")),
        number(cpu, "{:.2f}") + said(row, "cpu_copies"),
        number(dma, "{:.2f}") + said(row, "dma_copies"),
        number(by_reference, "{:.0%}"),
        number(cpu_ns and cpu_ns / 1e6, "{:.1f}"),
        number(wall_ns and row["bytes"] / (wall_ns / 1e3), "{:.0f}"),
    ]


def make_table(head, rows):
    table = nodes.table(classes=["measured"])
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    for kind, lines in ((nodes.thead, [head]), (nodes.tbody, rows)):
        part = kind()
        for line in lines:
            part += nodes.row("", *[nodes.entry("", nodes.paragraph("", text))
                                    for text in line])
        group += part
    table += group
    return table


class Base(SphinxDirective):
    """What both directives share."""

    def words(self):
        return WORDS["zh" if self.env.docname.startswith("zh_CN/") else "en"]

    def missing(self):
        return nodes.paragraph("", self.words()["missing"], classes=["not-measured"])

    def picture(self, name, alt):
        """The picture, or None."""
        file = name + ".svg"
        if not os.path.exists(os.path.join(self.config.measured_dir, file)):
            return None
        return nodes.image(uri="/measured/" + file, alt=alt, classes=["picture"])


class Measured(Base):
    """Rows and pictures of some methods."""

    required_arguments = 1
    final_argument_whitespace = True

    def pictures(self, method, rows):
        """Of each route the one with most to see; the first method has all routes."""
        found = []
        for route in ROUTES:
            for cache in CACHES:
                words = self.words()
                alt = words["picture"].format(method, words[route], words[cache])
                picture = self.picture(f"path-{method}-{route}-{cache}", alt)
                row = rows.get((method, route, cache))
                if picture and not (row and row["skipped"]):
                    found.append(picture)
                    break
        return found

    def run(self):
        words, methods = self.words(), self.arguments[0].split()
        measured = load(self.env)
        rows = {(r["method"], r["route"], r["cache"]): r for r in measured["rows"]
                if r["method"] in methods}
        if not rows:
            return [self.missing()]
        found = []
        for i, method in enumerate(methods):
            found += self.pictures(method, rows)[:None if i == 0 else 1]
        run = [r for r in rows.values() if not r["skipped"]]
        if run:
            head = ["", words["route"], words["cache"], words["syscalls"],
                    words["faults"], words["switches"], words["send_calls"],
                    words["cpu"], words["dma"], words["ref"], words["ms"],
                    words["rate"]]
            order = sorted(run, key=lambda r: (ROUTES.index(r["route"]), r["cache"],
                                               methods.index(r["method"])))
            found.append(make_table(head, [cells(words, r, r["title"]) for r in order]))
            found.append(nodes.paragraph("", words["where"].format(
                run[0]["bytes"] / 2**20, measured.get("kernel", "?"))))
        for reason in sorted({(r["title"], r["skipped"]) for r in rows.values()
                              if r["skipped"]}):
            found.append(nodes.paragraph("", words["not_run"].format(*reason)))
        if words is WORDS["en"]:
            found += [nodes.paragraph("", word) for word in
                      dict.fromkeys(f"{r['title']}: {r['word']}." for r in run
                                    if r.get("word") and r["route"] == "nic")]
        return found


class MeasuredPicture(Base):
    """One picture."""

    required_arguments = 1
    option_spec = {"alt": directives.unchanged_required}

    def run(self):
        picture = self.picture(self.arguments[0],
                               self.options.get("alt", self.arguments[0]))
        return [picture or self.missing()]


def setup(app):
    app.add_config_value("measured_dir", None, "env")
    app.add_directive("measured", Measured)
    app.add_directive("measured-picture", MeasuredPicture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
