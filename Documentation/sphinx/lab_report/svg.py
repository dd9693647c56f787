# SPDX-License-Identifier: GPL-2.0-only
"""
The little of SVG that the pictures need: text that fits its room, arrows, and an element
that a screen reader can name and describe.

The viewer's font decides how wide a text becomes, so the width is estimated here, by the
widest of the common fonts.
"""
from html import escape

# Smaller than this, a text is cut rather than shrunk.
SMALLEST = 10
LINE = 1.3
CORNER = 10
# Length of an arrow's head, and half of its width.
HEAD = 11
HEAD_WIDTH = 7.5
# What moves the bytes is shown by the colour and by the line: one line, a double line,
# dashes. Widths of the line and of the gap inside it.
KINDS = {"cpu": (5, 0), "dma": (8, 3.5), "ref": (2.2, 0)}

BOLD = 1.12
NARROW = frozenset("ijlI.,:;'|![](){} tfr/-")
WIDE = frozenset("mwMW@%")
SIGNS = frozenset("×≥→+<>=~")


def letter(c):
    """Estimated width of a character, of the font's size."""
    if ord(c) >= 0x2e80 or c == "…":
        return 1
    if c in WIDE:
        return 0.95
    if c in SIGNS:
        return 0.84
    if c in NARROW:
        return 0.38
    return 0.71 if c.isupper() else 0.64


def width_of(text, size, bold=False):
    return sum(map(letter, text)) * size * (BOLD if bold else 1)


def number(value):
    """A coordinate."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


class Drawing:
    """
    A picture being drawn.

    texts has a tuple for each text: left, top, right, bottom by estimate, the room that
    it was given, and the text itself.
    """

    def __init__(self, width):
        self.width = width
        self.parts = []
        self.texts = []

    def put(self, markup):
        self.parts.append(markup)

    def rect(self, cls, x, y, width, height, radius=0):
        rounded = f' rx="{radius}"' if radius else ""
        self.put(f'<rect class="{cls}" x="{number(x)}" y="{number(y)}" '
                 f'width="{number(width)}" height="{number(height)}"{rounded}/>')

    def text(self, x, y, room, text, size=12, cls="", anchor="start"):
        """Add a line of text: smaller if it is too wide, cut if that is not enough."""
        bold = "bold" in cls.split()
        whole = text
        while width_of(text, size, bold) > room and size > SMALLEST:
            size -= 0.5
        while text and width_of(text, size, bold) > room:
            text = text.removesuffix("…")[:-1] + "…" if len(text) > 1 else ""
        width = width_of(text, size, bold)
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        self.texts.append((left, y - 0.8 * size, left + width, y + 0.22 * size, room, whole))
        self.put(f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" '
                 f'class="{cls}" text-anchor="{anchor}" data-room="{number(room)}">'
                 f'{escape(text)}</text>')

    def wrap(self, x, y, room, text, size=12, cls=""):
        """Add a text on as many lines as it needs; return the base line after the last."""
        for line in lines_of(text, room, size, "bold" in cls.split()):
            self.text(x, y, room, line, size, cls)
            y += LINE * size
        return y

    def arrow(self, points, kind, share):
        """
        Add an arrow along points, level or upright from each to the next. A part of the
        file is a thinner line.
        """
        part = 1 if share >= 0.9 else 0.4 + 0.6 * share
        line = line_along(points)
        width, gap = KINDS[kind]
        self.put(f'<path class="stroke" stroke-width="{number(width * part)}" d="{line}"/>')
        if gap:
            self.put(f'<path class="gap" stroke-width="{number(gap * part)}" d="{line}"/>')
        self.put(f'<path class="solid" d="{head_of(points)}"/>')

    def svg(self, height, ident, title, desc, cls=""):
        """The element. Two pictures of one page need different idents."""
        return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="{cls}" '
                f'aria-labelledby="{ident}-title" aria-describedby="{ident}-desc" '
                f'viewBox="0 0 {number(self.width)} {number(height)}">\n'
                f'<title id="{ident}-title">{escape(title)}</title>\n'
                f'<desc id="{ident}-desc">{escape(desc)}</desc>\n'
                + "\n".join(self.parts) + "\n</svg>")


def lines_of(text, room, size, bold):
    """Lines of whole words that fit; of Chinese, of characters."""
    line = ""
    for word in pieces(text):
        if line.strip() and width_of((line + word).rstrip(), size, bold) > room:
            yield line.strip()
            line = ""
        line += word
    if line.strip():
        yield line.strip()


def pieces(text):
    """The pieces between which a line may end, each with the space after it."""
    piece = ""
    for c in text:
        if piece and (ord(c) >= 0x4e00 and c < "\uff00" or piece[-1] == " " and c != " "):
            yield piece
            piece = ""
        piece += c
    yield piece


def toward(point, target, by):
    """The point that is nearer to the target. All lines are level or upright."""
    (x, y), (tx, ty) = point, target
    if x == tx:
        return x, y + (by if ty > y else -by)
    return x + (by if tx > x else -by), y


def line_along(points):
    """Round at the corners; ends where the head begins."""
    at = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:]):
        (bx, by), (ax, ay) = toward(corner, before, CORNER), toward(corner, after, CORNER)
        at.append(f"L{number(bx)} {number(by)}Q{number(corner[0])} {number(corner[1])} "
                  f"{number(ax)} {number(ay)}")
    x, y = toward(points[-1], points[-2], HEAD)
    return "".join(at) + f"L{number(x)} {number(y)}"


def head_of(points):
    """A triangle whose base is across the line."""
    (x, y), (bx, by) = points[-1], toward(points[-1], points[-2], HEAD)
    dx, dy = (HEAD_WIDTH, 0) if x == bx else (0, HEAD_WIDTH)
    return (f"M{number(x)} {number(y)}L{number(bx + dx)} {number(by + dy)}"
            f"L{number(bx - dx)} {number(by - dy)}Z")
