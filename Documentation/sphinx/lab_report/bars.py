# SPDX-License-Identifier: GPL-2.0-only
"""
The methods of a section side by side: the CPU time of each, and the copies of each byte, by
the CPU and by DMA. Drawn twice, for a wide page and for a narrow one; the style sheet
shows one of them.
"""
from html import escape
from types import SimpleNamespace

import lab_report.words as words_of
from lab_report.rows import CPU, DMA, bytes_text
from lab_report.svg import Drawing, number, width_of

WIDE = SimpleNamespace(
    name="wide", width=720, name_room=200, time_x=214, time_width=112, time_room=90,
    copies_x=414, copies_width=246, copies_room=290, legend=3)
# The name of a method is above its bars.
NARROW = SimpleNamespace(
    name="narrow", width=380, name_room=378, time_x=0, time_width=84, time_room=72,
    copies_x=170, copies_width=150, copies_room=210, legend=1)

BAR, ROW = 15, 44
# Room for a letter that begins left of its place, as a bold J.
NAME_X = 1
# The class of a text that is read on a part.
ON = {"read_copy_bytes": "on-light", "cow_copy_bytes": "on-light",
      "send_copy_bytes": "on-light", "skb_copy_bytes": "on-dark",
      "disk_dma_bytes": "on-dma", "nic_dma_bytes": "on-dma"}


def scale_of(rows):
    """The least and the most CPU time, and the most copies, of the rows that were run."""
    rows = [r for r in rows if not r["skipped"]]
    times = [r["cpu_ns"] for r in rows if r["cpu_ns"]]
    copies = [r.total(counts)[0] for r in rows for counts in (CPU, DMA)]
    return SimpleNamespace(least=min(times, default=0), most=max(times, default=0),
                           copies=max([1, *copies]))


def draw_legend(drawing, words, layout, y):
    """Return where the rows begin."""
    entries, columns = [*CPU, *DMA], layout.legend
    lines = -(-len(entries) // columns)
    for i, count in enumerate(entries):
        x, line = i // lines * layout.width / columns, i % lines
        drawing.rect(f"part {count}", x, y + 20 * line, 24, 13)
        drawing.text(x + 32, y + 20 * line + 11, layout.width / columns - 36,
                     words["counts"][count], 12, "muted")
    return y + 20 * lines


def draw_heads(drawing, words, layout, y):
    drawing.text(layout.time_x, y, layout.copies_x - layout.time_x - 8, words["time"], 12,
                 "bold muted")
    drawing.text(layout.copies_x, y, layout.copies_room, words["copies"], 12, "bold muted")


def draw_grid(drawing, words, layout, scale, top, bottom):
    """Lines at whole numbers of copies, few enough to be read."""
    for i in range(0, int(scale.copies) + 1, int(scale.copies) // 6 + 1):
        x = layout.copies_x + i / scale.copies * layout.copies_width
        drawing.put(f'<path class="grid" d="M{number(x)} {number(top)}V{number(bottom)}"/>')
        drawing.text(x, top - 5, 32, f"{i}×", 11, "muted", "start" if i == 0 else "middle")


def draw_time(drawing, words, layout, scale, row, y):
    if not row["cpu_ns"]:
        drawing.text(layout.time_x, y + 12, 150, words["not_measured"], 12, "muted")
        return
    width = row["cpu_ns"] / scale.most * layout.time_width
    drawing.put(f'<g data-count="cpu_ns" data-value="{row["cpu_ns"]}">')
    drawing.rect("time", layout.time_x, y, width, BAR)
    drawing.text(layout.time_x + width + 6, y + 12, layout.time_room,
                 f'{row["cpu_ns"] / 1e6:.2f} ms', 12, "halo")
    drawing.text(layout.time_x, y + 29, 150,
                 words["least"].format(row["cpu_ns"] / scale.least), 11, "muted")
    drawing.put("</g>")


def draw_part(drawing, words, row, count, x, y, width):
    share = row.share(count)
    drawing.put(f'<g data-count="{count}" data-bytes="{row[count]}">')
    drawing.put("<title>" + escape(f'{words["counts"][count]}{words["colon"]}'
                                   f'{words["times"].format(share)}{words["comma"]}'
                                   f'{bytes_text(row[count])}') + "</title>")
    drawing.rect(f"part {count}", x, y, width, BAR)
    # A label that had to be cut would say less than none.
    if width_of(words["short"][count], 11) + 4 < width:
        drawing.text(x + width / 2, y + 11.5, width, words["short"][count], 11, ON[count],
                     "middle")
    drawing.put("</g>")


def draw_parts(drawing, words, layout, scale, row, counts, y, cls):
    """A bar of parts, and after it their sum."""
    x = layout.copies_x
    for count in counts:
        if row[count]:
            width = row.share(count) / scale.copies * layout.copies_width
            draw_part(drawing, words, row, count, x, y, width)
            x += width
    drawing.text(x + 6, y + 12, layout.width - x - 6, sum_text(words, row, counts), 12,
                 cls + " halo")


def sum_text(words, row, counts):
    total, unknown = row.total(counts)
    if unknown == len(counts):
        return words["not_counted"]
    text = words["times"].format(total)
    return words["at_least"].format(text) if unknown else text


def notes_of(words, row):
    """What the bars of a row cannot show."""
    if row["skipped"]:
        return words["skipped"].format(row["skipped"])
    unknown = [words["counts"][c] for c in (*CPU, *DMA) if row[c] is None]
    notes = [words["unknown"].format(words["comma"].join(unknown))] if unknown else []
    if row["wrong"]:
        notes.append(words["wrong"].format(row["wrong"]))
    return (words["stop"] + " ").join(notes)


def draw_row(drawing, words, layout, scale, row, y):
    """Return where the next row begins."""
    drawing.put(f'<g class="row" data-method="{escape(row["method"])}">')
    name_end = drawing.wrap(NAME_X, y + 12, layout.name_room, words_of.title(words, row), 13,
                            "bold halo")
    bars = name_end - 10 if layout.name == "narrow" else y
    end = bars
    if not row["skipped"]:
        draw_time(drawing, words, layout, scale, row, bars)
        draw_parts(drawing, words, layout, scale, row, CPU, bars, "")
        draw_parts(drawing, words, layout, scale, row, DMA, bars + BAR + 2, "dma-text")
        end = bars + ROW
    notes = notes_of(words, row)
    if notes:
        cls = "muted" if row["skipped"] or not row["wrong"] else "warn"
        end = drawing.wrap(layout.time_x, end + 10, layout.width - layout.time_x, notes, 12,
                           cls + " halo") + 4
    drawing.put("</g>")
    return max(end, name_end + 2)


def row_text(words, row):
    """A row in words."""
    if row["skipped"]:
        said = words["skipped"].format(row["skipped"])
    else:
        said = [words["cpu_time"].format(row["cpu_ns"] / 1e6) if row["cpu_ns"]
                else words["no_cpu_time"]]
        for form, counts in ((words["bar_cpu"], CPU), (words["bar_dma"], DMA)):
            total, unknown = row.total(counts)
            text = words["times"].format(total)
            said.append(form.format(words["and_unknown"].format(text) if unknown else text))
        said = words["comma"].join(said)
    return words_of.title(words, row) + words["colon"] + said


def draw(words, layout, route, cache, rows, ident):
    """The drawing of a section, and its SVG element."""
    drawing, scale = Drawing(layout.width), scale_of(rows)
    top = draw_legend(drawing, words, layout, 2) + 34
    draw_heads(drawing, words, layout, top - 18)
    # The grid is below the bars, and ends where they end.
    grid, y = len(drawing.parts), top + 8
    for row in rows:
        y = draw_row(drawing, words, layout, scale, row, y)
    rows_drawn = drawing.parts[grid:]
    del drawing.parts[grid:]
    draw_grid(drawing, words, layout, scale, top, y - 8)
    drawing.parts += rows_drawn
    title = words_of.section(words, route, cache) + words["colon"] + words["bars"]
    desc = (words["stop"] + " ").join(row_text(words, row) for row in rows)
    return drawing, drawing.svg(y, f"{ident}-{layout.name}", title, desc + words["stop"],
                                f"lab-picture lab-{layout.name}")


def figure(words, route, cache, rows, ident, of_section=False):
    """The picture of a section as HTML; below a heading of its section, without that."""
    place = "" if of_section else escape(words_of.section(words, route, cache))
    pictures = [draw(words, layout, route, cache, rows, ident)[1] for layout in (WIDE, NARROW)]
    return "\n".join([
        f'<figure class="lab-figure lab-bars" data-route="{route}" data-cache="{cache}">',
        f'<figcaption><strong>{escape(words["bars"])}</strong> '
        f"<span>{place}</span></figcaption>",
        *pictures, "</figure>"])
