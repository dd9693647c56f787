# SPDX-License-Identifier: GPL-2.0-only
"""
What the lab measured, in the book:

  .. measured:: splice splice-move

shows the pictures and the rows of these methods, and

  .. measured-bars:: nic warm

all methods of a route and a state of the page cache side by side. Both are drawn out of
measured/lab.json, which `make lab` writes, in the language of the page. Without that file
they say so, and the book is built all the same.
"""
import os

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import lab_report.words as words_of
from lab_report import bars, path, rows, table


def load(env):
    """The rows, and what they were measured on."""
    file = os.path.join(env.config.measured_dir, "lab.json")
    env.note_dependency(file)
    if not os.path.exists(file):
        return {"rows": []}
    try:
        return rows.load(file)
    except rows.BadInput as e:
        raise ExtensionError(str(e)) from None


def make_table(head, lines):
    found = nodes.table(classes=["measured"])
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    for part, texts in ((nodes.thead(), [head]), (nodes.tbody(), lines)):
        for line in texts:
            part += nodes.row("", *[nodes.entry("", nodes.paragraph("", text))
                                    for text in line])
        group += part
    found += group
    return found


class Base(SphinxDirective):
    """What both directives share."""

    def words(self):
        chinese = self.env.docname.startswith("zh_CN/")
        return words_of.LANGUAGES["zh" if chinese else "en"]

    def missing(self):
        return [nodes.paragraph("", self.words()["missing"], classes=["not-measured"])]

    def ident(self):
        """For a picture, different from all others of the page."""
        return f"lab-{self.env.new_serialno('lab')}"


def html(text):
    return nodes.raw("", text, format="html")


class Measured(Base):
    """Rows and pictures of some methods."""

    required_arguments = 1
    final_argument_whitespace = True

    def pictures(self, methods, run):
        """
        Of the first method one for each route, of the others one: with a cold page cache
        if there is such a row, because it shows more.
        """
        chosen = {}
        for row in run:
            chosen.setdefault((row["method"], row["route"]), row)
        for i, method in enumerate(methods):
            found = [row for row in chosen.values() if row["method"] == method]
            for row in found if i == 0 else found[:1]:
                yield path.figure(self.words(), row, self.ident())

    def run(self):
        words, methods = self.words(), self.arguments[0].split()
        measured = load(self.env)
        found = sorted((r for r in measured["rows"] if r["method"] in methods),
                       key=lambda r: (rows.ROUTES.index(r["route"]),
                                      rows.CACHES.index(r["cache"]),
                                      methods.index(r["method"])))
        if not found:
            return self.missing()
        shown, run = [], [r for r in found if not r["skipped"]]
        if run:
            head = ["", words["route"], words["cache"], *[words[c] for c in table.COLUMNS]]
            lines = [[words_of.title(words, r), words[r["route"]], words[r["cache"]],
                      *table.cells(r)] for r in run]
            pictures = "\n".join(self.pictures(methods, run))
            shown += [html(f'<div class="lab-grid">\n{pictures}\n</div>'),
                      make_table(head, lines),
                      nodes.paragraph("", words["where"].format(
                          run[0]["bytes"] / 2**20, measured.get("kernel", "?")))]
        skipped = {(words_of.title(words, r), r["skipped"]) for r in found if r["skipped"]}
        texts = [words["not_run"].format(*reason) for reason in sorted(skipped)]
        # The lab's remarks are in English.
        if words["lang"] == "en":
            texts += dict.fromkeys(f"{r['title']}: {r['word']}." for r in run
                                   if r["word"] and r["route"] == "nic")
        return shown + [nodes.paragraph("", text) for text in texts]


class MeasuredBars(Base):
    """The picture of a section."""

    required_arguments = 2

    def run(self):
        for section in rows.sections(load(self.env)["rows"]):
            if list(section[:2]) == self.arguments:
                return [html(bars.figure(self.words(), *section, self.ident()))]
        return self.missing()


def setup(app):
    app.add_config_value("measured_dir", None, "env")
    app.add_directive("measured", Measured)
    app.add_directive("measured-bars", MeasuredBars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
