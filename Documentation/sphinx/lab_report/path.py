# SPDX-License-Identifier: GPL-2.0-only
"""
The data path of a row: the machine, the same in all pictures so that two can be laid side
by side, and an arrow for each kind of move. An arrow is drawn because that many bytes were
counted, never because the method should move them.
"""
from html import escape

import lab_report.words as words_of
from lab_report.rows import bytes_text
from lab_report.svg import Drawing, lines_of, number

# A smaller share of the file is not drawn: headers, tails, what else the machine does.
LEAST_SHARE = 0.01

WIDTH, HEIGHT = 400, 396
BOX_WIDTH, BOX_HEIGHT = 112, 52
# Size and class of a label's first line and of the others.
LABEL = ((12, "kind bold halo"), (11.5, "halo"))

# What was counted, what moves the bytes, the label, and the places; "?" is for place().
ARROWS = (
    ("disk_dma_bytes", "dma", "by-dma", "disk", "?read"),
    ("read_copy_bytes", "cpu", "by-cpu", "page-cache", "user-buffer"),
    ("cow_copy_bytes", "cpu", "by-cow", "page-cache", "user-buffer"),
    ("send_copy_bytes", "cpu", "by-cpu", "?copied", "socket-buffer"),
    ("referenced_bytes", "ref", "by-ref", "?referenced", "socket-buffer"),
    ("skb_copy_bytes", "cpu", "by-cpu", "socket-buffer", "socket-buffer"),
    ("nic_dma_bytes", "dma", "by-dma", "socket-buffer", "card"),
)

# Parts of the machine: name, top, height.
BANDS = (("user-space", 0, 116), ("kernel-space", 122, 146), ("hardware", 274, 122))
BOXES = {"disk": (10, 334), "page-cache": (10, 188), "user-buffer": (142, 40),
         "socket-buffer": (258, 188), "card": (258, 334)}

# From one box to another: the points of the line; how far each moves aside when two
# arrows share the line, the first the other way; the badge; the texts of the first and
# of the second: x, y, room, anchor.
LINES = {
    ("disk", "page-cache"): (
        ((98, 334), (98, 240)), None, (98, 266), ((110, 296, 104, "start"),)),
    ("disk", "user-buffer"): (
        ((122, 360), (168, 360), (168, 92)), None, (168, 266), ((180, 296, 92, "start"),)),
    ("page-cache", "user-buffer"): (
        ((98, 188), (98, 66), (142, 66)), ((9, 0), (9, 9), (0, 9)), (98, 100),
        ((12, 38, 126, "start"), (114, 138, 76, "start"))),
    ("user-buffer", "socket-buffer"): (
        ((254, 66), (282, 66), (282, 188)), ((0, 9), (-9, 9), (-9, 0)), (282, 100),
        ((266, 38, 126, "start"), (264, 138, 70, "end"))),
    ("page-cache", "socket-buffer"): (
        ((122, 214), (258, 214)), ((0, 13), (0, 13)), (190, 214),
        ((190, 183, 128, "middle"), (190, 248, 128, "middle"))),
    ("socket-buffer", "socket-buffer"): (
        ((370, 200), (388, 200), (388, 228), (370, 228)), None, (388, 214),
        ((396, 160, 104, "end"),)),
    ("socket-buffer", "card"): (
        ((282, 240), (282, 334)), None, (282, 266), ((294, 291, 104, "start"),)),
}


def place(row, name):
    """
    The box that an end of an arrow has on a row.

    What is referenced is the page cache, unless the file's bytes were first brought to
    user memory and sent from there. What the module reads past the page cache goes to
    pages of its own, drawn in the page cache's place.
    """
    by_user = row["direct"] and not row["module"]
    from_cache = row["from_mapping"] or row["module"]
    if name == "?read":
        return "user-buffer" if by_user else "page-cache"
    if name == "?copied":
        return "page-cache" if from_cache else "user-buffer"
    if name == "?referenced" and not from_cache:
        read = (row.share("read_copy_bytes") or 0) + (row.share("cow_copy_bytes") or 0)
        return "user-buffer" if by_user or read >= 0.5 else "page-cache"
    return "page-cache" if name.startswith("?") else name


def name_of(words, row, box):
    if box == "page-cache" and row["module"] and row["direct"]:
        return words["module-pages"]
    if box == "card" and row["route"] == "loopback":
        return words["receiver"]
    return words[box]


def arrows_of(row):
    """The arrows of a row: count, kind, label, and the boxes at both ends."""
    for count, kind, label, start, end in ARROWS:
        if not row["skipped"] and (row.share(count) or 0) >= LEAST_SHARE:
            yield count, kind, label, place(row, start), place(row, end)


def remark_of(words, row, box):
    """The second line of a box."""
    if box == "disk":
        return words["direct"] if row["direct"] else ""
    if box == "page-cache":
        state = words[row["cache"]]
        if row["from_mapping"]:
            return words["mapped"].format(state)
        return "" if row["direct"] else state
    return words["card-" + row["route"]] if box == "card" else ""


def draw_bands(drawing, words, row):
    for name, y, height in BANDS:
        # The receiver is no hardware.
        narrow = name == "hardware" and row["route"] == "loopback"
        drawing.rect("band", 0, y, 226 if narrow else WIDTH, height, 6)
        drawing.text(10, y + 17, 84, words[name], 11, "muted")


def draw_box(drawing, words, row, box, touched):
    x, y = BOXES[box]
    middle, remark = x + BOX_WIDTH / 2, remark_of(words, row, box)
    drawing.put(f'<g class="box{"" if touched else " idle"}" data-box="{box}">')
    drawing.rect("edge", x, y, BOX_WIDTH, BOX_HEIGHT, 6)
    drawing.text(middle, y + (23 if remark else 31), BOX_WIDTH - 6, name_of(words, row, box),
                 13, "bold", "middle")
    if remark:
        drawing.text(middle, y + 40, BOX_WIDTH - 6, remark, 11, "muted", "middle")
    drawing.put("</g>")


def side_of(arrow, arrows):
    """-1, 1, or 0 for an arrow that is alone on its line."""
    same = [a for a in arrows if a[3:] == arrow[3:]]
    return 0 if len(same) == 1 else 1 if same.index(arrow) else -1


def draw_arrow(drawing, words, row, arrow, side, step):
    count, kind, _, start, end = arrow
    points, aside, badge, texts = LINES[start, end]
    if side:
        points = [(x + side * dx, y + side * dy) for (x, y), (dx, dy) in zip(points, aside)]
        badge = (badge[0] + side * aside[-2][0], badge[1] + side * aside[0][1])
    x, y, room, anchor = texts[side > 0]
    if side < 0 and start == "page-cache" and end == "socket-buffer":
        y -= 13
    drawing.put(f'<g class="arrow {kind}" data-count="{count}" data-bytes="{row[count]}" '
                f'data-from="{start}" data-to="{end}">')
    drawing.put(f"<title>{escape(step_text(words, row, arrow, step))}</title>")
    drawing.arrow(points, kind, row.share(count))
    drawing.put(f'<circle class="solid" cx="{number(badge[0])}" cy="{number(badge[1])}" '
                f'r="9"/>')
    drawing.text(badge[0], badge[1] + 4.2, 18, str(step), 12, "number bold", "middle")
    for i, line in enumerate(label_lines(words, row, arrow, room)):
        drawing.text(x, y + 15 * i, room, *line, anchor)
    drawing.put("</g>")


def label_lines(words, row, arrow, room):
    """The label of an arrow: what moves the bytes, and how many."""
    count, _, label, _, _ = arrow
    size, cls = LABEL[0]
    lines = [(line, size, cls) for line in lines_of(words[label], room, size, True)]
    numbers = [times(words, row, count), bytes_text(row[count])]
    if room > 90:
        numbers = [words["comma"].join(numbers)]
    if count == "nic_dma_bytes":
        numbers.append(words["gathered"].format(times(words, row, "nic_gathered_bytes")))
    return lines + [(number_line, *LABEL[1]) for number_line in numbers]


def times(words, row, count):
    share = row.share(count)
    return "?" if share is None else words["times"].format(share)


def draw_hand_over(drawing, words):
    """On loopback the receiver takes the socket buffer: no device reads it."""
    drawing.put('<path class="line" data-line="hand-over" d="M282 240V334"/>')
    for i, line in enumerate(words["hand-over"]):
        drawing.text(294, 291 + 15 * i, 104, line, 12, "muted halo")


def step_text(words, row, arrow, step):
    """An arrow in words."""
    count, _, label, start, end = arrow
    return words["step"].format(
        number=step, place=name_of(words, row, start), to=name_of(words, row, end),
        by=words[label], share=times(words, row, count), bytes=bytes_text(row[count]))


def caption(words, row):
    """What the row took, in a line."""
    if row["skipped"]:
        return words["skipped"].format(row["skipped"])
    calls = row["syscalls"]
    return words["caption"].format(
        bytes=bytes_text(row["bytes"]),
        cpu=words["cpu_time"].format(row["cpu_ns"] / 1e6) if row["cpu_ns"]
        else words["no_cpu_time"],
        calls=words["no_calls"] if calls is None
        else words["call" if calls == 1 else "calls"].format(calls))


def remarks(words, row):
    """What the arrows cannot show: what is not known, and what is not as it should be."""
    if row["skipped"]:
        return
    unknown = [words["counts"][a[0]] for a in ARROWS if row[a[0]] is None]
    if unknown:
        yield "muted", words["unknown"].format(words["comma"].join(unknown))
    if row["wrong"]:
        yield "warn", words["wrong"].format(row["wrong"])


def describe(words, row, arrows):
    """The picture in words."""
    found = [words_of.section(words, row["route"], row["cache"]), caption(words, row)]
    found += [step_text(words, row, a, i) for i, a in enumerate(arrows, 1)]
    return (words["stop"] + " ").join(found) + words["stop"]


def draw(words, row, ident):
    """The drawing of a row, and its SVG element."""
    drawing, arrows = Drawing(WIDTH), list(arrows_of(row))
    loopback = row["route"] == "loopback"
    touched = {box for a in arrows for box in a[3:]}
    if loopback and not row["skipped"]:
        # Not counted, but the lab's receiver got all of it.
        touched.add("card")
    draw_bands(drawing, words, row)
    if loopback and not row["skipped"] and not any(a[4] == "card" for a in arrows):
        draw_hand_over(drawing, words)
    for box in BOXES:
        draw_box(drawing, words, row, box, box in touched)
    for step, arrow in enumerate(arrows, 1):
        draw_arrow(drawing, words, row, arrow, side_of(arrow, arrows), step)
    return drawing, drawing.svg(HEIGHT, ident, words_of.title(words, row),
                                describe(words, row, arrows), "lab-picture")


def heading(words, row, of_method):
    """The lines above a picture; below a heading of its method, without the method."""
    place = escape(words_of.section(words, row["route"], row["cache"]))
    if of_method:
        yield f'<strong class="place">{place}</strong>'
    else:
        yield f"<strong>{escape(words_of.title(words, row))}</strong> <span>{place}</span>"
    yield f'<span class="took">{escape(caption(words, row))}</span>'
    if not of_method and what(words, row):
        yield f'<span class="what">{escape(what(words, row))}</span>'


def what(words, row):
    """What the method does, if the lab says it in that language."""
    return (row["what"] or "").replace("->", "→") if words["lang"] == "en" else ""


def figure(words, row, ident, note="", of_method=False):
    """The picture with what is written around it, as HTML."""
    lines = [f'<figure class="lab-figure lab-path" data-method="{escape(row["method"])}" '
             f'data-route="{row["route"]}" data-cache="{row["cache"]}">',
             "<figcaption>", *heading(words, row, of_method), "</figcaption>",
             draw(words, row, ident)[1]]
    lines += [f'<p class="{cls}">{escape(text)}</p>' for cls, text in remarks(words, row)]
    if note:
        lines.append(f'<p class="muted">{escape(note)}</p>')
    return "\n".join([*lines, "</figure>"])
