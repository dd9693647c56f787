# SPDX-License-Identifier: GPL-2.0-only
"""
The rows of lab.json as pictures, tables and one HTML page. The book and the report of
`make lab` both use it.

  rows.py   reads lab.json and checks it; sums and shares of what was counted
  words.py  every word that is shown, in English and in Chinese
  svg.py    text that fits its room, arrows, and the SVG element around them
  path.py   the data path of a row: the machine, and an arrow for each kind of move
  bars.py   the methods of a section side by side: CPU time and copies
  table.py  the numbers of a row as the cells of a table
  page.py   the report

The colours are in _static/pictures.css.
"""
