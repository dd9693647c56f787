# SPDX-License-Identifier: GPL-2.0-only
"""The book: `make htmldocs` builds it, and gives the places of its sources."""
import os
import re
import sys

import furo

here = os.path.dirname(os.path.abspath(__file__))
kernel = os.environ.get("KSRC") or sys.exit(
    "conf.py: KSRC is not set: it is the kernel's source; make htmldocs sets it")

# The kernel's own extension for kernel-doc comments, and ours.
sys.path[:0] = [os.path.join(here, "sphinx"),
                os.path.join(kernel, "Documentation", "sphinx")]

project = "zcxfer"
copyright = "GPL-2.0"
extensions = ["kerneldoc", "sources", "measured"]
exclude_patterns = ["measured"]
smartquotes = False
highlight_language = "none"

kerneldoc_bin = os.path.join(kernel, "scripts", "kernel-doc")
kerneldoc_srctree = os.path.dirname(here)
kerneldoc_verbosity = 1
sources_top = kerneldoc_srctree
sources_kernel = kernel
measured_dir = os.path.join(here, "measured")

# What the C parser of Sphinx does not know of the kernel's C.
c_id_attributes = ["__user", "__must_check", "__rcu",
                   "noinline_for_stack"]

# The kernel's types are documented in the kernel; ours have to be here.
nitpick_ignore_regex = [(r"c:.*", r"(?!zcx)(?!struct zcx).*")]

html_theme = "furo"
html_title = "zcxfer"
html_static_path = ["_static"]
html_css_files = ["pictures.css", "book.css"]
html_copy_source = False
html_show_sourcelink = False
# Debian's furo has lost the rule that follows the reader's system into the dark; what
# a project adds to its colours still follows it.
with open(os.path.join(os.path.dirname(furo.__file__),
                       "theme/furo/static/styles/furo.css"), encoding="utf-8") as css:
    dark = re.search(r'body\[data-theme="?dark"?\]\s*\{([^{}]*)\}', css.read())
html_theme_options = {
    "dark_css_variables": dict(re.findall(r"--([\w-]+):\s*([^;}]+)",
                                          dark.group(1) if dark else "")),
}
