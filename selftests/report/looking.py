# SPDX-License-Identifier: GPL-2.0-only
"""What a browser sees of a page with pictures, and what is wrong with it."""
import os
from collections import Counter

from common import HERE

VIEWS = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")

with open(os.path.join(HERE, "look.js"), encoding="utf-8") as script:
    LOOK = script.read()

# From the name of a check to what it finds in look.js's answer.
CHECKS = {
    "the page does not scroll sideways": "scroll",
    "no element is wider than its place": "overflow",
    "texts of pictures fit their rooms": "room",
    "texts of pictures overlap nothing": "overlap",
    "no text is too small": "size",
    "texts have contrast": "contrast",
}


class Look:
    """What the browser saw of a page: of the whole, or only of the figures."""

    def __init__(self, browser, path, view, scheme, whole=True):
        width, height = VIEWS[view]
        url = "file://" + os.path.realpath(path)
        browser.show(url, width, height, scheme)
        seen = browser.run(LOOK, whole)
        self.faults = seen["faults"]
        self.seen = seen
        self.log = [entry["message"] for entry in browser.logged("browser")]
        self.requests = [asked for asked in browser.requests()
                         if asked != url and not asked.startswith("data:")]

    def count(self, data):
        """The faults of what is shown, against the rows."""
        run = [(r["method"], r["route"], r["cache"]) for r in data["rows"]]
        for name, found, expected in (
                ("path", self.seen["paths"], [" ".join(r) for r in run]),
                ("row of bars", self.seen["bar_rows"], [" ".join(r) for r in run]),
                ("row of a table", self.seen["table_rows"], [" ".join(r[1:]) for r in run]),
                ("bars", self.seen["bars"], sorted({" ".join(r[1:]) for r in run}))):
            found, expected = Counter(found), Counter(expected)
            yield from (f"no {name}: {row}" for row in expected - found)
            yield from (f"{name} too much: {row}" for row in found - expected)

    def names(self):
        if not self.seen["named"]:
            yield "a picture has no title or no description"
        if not self.seen["idents"]:
            yield "two elements have the same id"
