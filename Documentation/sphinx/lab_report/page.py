# SPDX-License-Identifier: GPL-2.0-only
"""The report: one HTML page that needs nothing but itself."""
import os
from html import escape

import lab_report.words as words_of
from lab_report import bars, path, rows, table

HERE = os.path.dirname(os.path.abspath(__file__))
STYLES = (os.path.join(HERE, "..", "..", "_static", "pictures.css"),
          os.path.join(HERE, "page.css"))


def style():
    texts = []
    for file in STYLES:
        with open(file, encoding="utf-8") as f:
            texts.append(f.read())
    return "".join(texts)


def facts(words, data):
    """What was measured, on what."""
    found = data["rows"]
    sizes = sorted({row["bytes"] for row in found})
    pairs = [(words["kernel"], data.get("kernel")), (words["machine"], data.get("machine")),
             (words["disk_name"], data.get("disk")),
             (words["file"], words["comma"].join(map(rows.bytes_text, sizes))),
             (words["rows"], len(found)),
             (words["rows_not_run"], sum(bool(r["skipped"]) for r in found)),
             (words["rows_wrong"], sum(bool(r["wrong"]) for r in found))]
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>"
                   for name, value in pairs if value not in (None, ""))


def place_of(words, row):
    """A row, by its method and section."""
    return (words_of.title(words, row) + words["colon"]
            + words_of.section(words, row["route"], row["cache"]))


def wrong_rows(words, found):
    """The rows that do not fit, before all else."""
    wrong = [row for row in found if row["wrong"] and not row["skipped"]]
    if not wrong:
        return ""
    items = "".join(f"<li><strong>{escape(place_of(words, row))}</strong>{words['colon']}"
                    f"{escape(row['wrong'])}</li>" for row in wrong)
    return (f'<section class="wrong" id="wrong"><h2>{escape(words["wrong_rows"])}</h2>'
            f"<ul>{items}</ul></section>")


def table_row(words, row):
    bad = ' class="bad"' if row["wrong"] and not row["skipped"] else ""
    head = f'<tr role="row"{bad}><th scope="row" role="rowheader">' \
           f'{escape(words_of.title(words, row))}</th>'
    if row["skipped"]:
        text = escape(words["skipped"].format(row["skipped"]))
        return f'{head}<td class="note" role="cell" colspan="{len(table.COLUMNS)}">' \
               f"{text}</td></tr>"
    return head + "".join(
        f'<td role="cell" data-name="{escape(words[name])}"><span>{escape(text)}</span></td>'
        for name, text in zip(table.COLUMNS, table.cells(row))) + "</tr>"


def table_of(words, route, cache, found):
    head = "".join(f'<th scope="col" role="columnheader">{escape(words[name])}</th>'
                   for name in ("method", *table.COLUMNS))
    label = escape(words_of.section(words, route, cache))
    return (f'<table role="table" aria-label="{label}" data-route="{route}" '
            f'data-cache="{cache}"><thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
            '<tbody role="rowgroup">\n'
            + "\n".join(table_row(words, row) for row in found) + "\n</tbody></table>")


def section_of(words, route, cache, found):
    return (f'<section id="{route}-{cache}">'
            f"<h2>{escape(words_of.section(words, route, cache))}</h2>\n"
            f'{bars.figure(words, route, cache, found, f"bars-{route}-{cache}", True)}\n'
            f"{table_of(words, route, cache, found)}</section>")


def paths_of(words, nr, found):
    """The pictures of a method."""
    title = escape(words_of.title(words, found[0]))
    pictures = "\n".join(
        path.figure(words, row, f"path-{nr}-{i}",
                    row["word"] or "" if words["lang"] == "en" else "", True)
        for i, row in enumerate(found))
    return (f'<details><summary><strong>{title}</strong>'
            f"<span>{escape(path.what(words, found[0]))}</span></summary>\n"
            f'<div class="lab-grid">{pictures}</div></details>')


def page(data, language="en"):
    """The whole page, of what rows.load() returned."""
    words, found = words_of.LANGUAGES[language], data["rows"]
    sections = list(rows.sections(found))
    links = [(f"{route}-{cache}", words_of.section(words, route, cache))
             for route, cache, _ in sections] + [("paths", words["paths"])]
    return "\n".join([
        "<!DOCTYPE html>",
        f'<html lang="{words["lang"]}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Nothing is loaded from elsewhere, whatever a title or a remark contains.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        'style-src \'unsafe-inline\'; img-src data:">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(words['report'])}</title>",
        f"<style>\n{style()}</style></head><body>",
        f"<header><h1>{escape(words['report'])}</h1>",
        f'<p class="lead">{escape(words["intro"])}</p>',
        f'<dl class="facts">{facts(words, data)}</dl>',
        f'<nav aria-label="{escape(words["sections"])}"><ul>',
        *[f'<li><a href="#{ident}">{escape(text)}</a></li>' for ident, text in links],
        "</ul></nav></header><main>",
        wrong_rows(words, found),
        *[section_of(words, *section) for section in sections],
        f'<section id="paths"><h2>{escape(words["paths"])}</h2>',
        f'<p class="lead">{escape(words["paths_intro"])}</p>',
        *[paths_of(words, nr, of_it) for nr, (_, of_it) in enumerate(rows.methods(found))],
        "</section></main>",
        f'<footer><p>{escape(words["notes"])}</p></footer>',
        "</body></html>", ""])
