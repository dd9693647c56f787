# SPDX-License-Identifier: GPL-2.0-only
"""
Roles that name code, checked while the book is built, so that it cannot drift:

  :kfunc:`mm/filemap.c:filemap_read`   a function of the kernel (or type, or macro)
  :mfunc:`send.c:zcx_send`             one of the module
  :kfile:`mm/filemap.c`                a file of the kernel
  :src:`module/xfer.c`                 a file of the project

With a "~" before it the file is not shown. The names have to be in the files. Those of the
kernel lead to their lines in a public cross-reference of that version.
"""
import os
import re

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole

from code_names import find_fault, find_line, kernel_version

CROSS_REFERENCE = "https://elixir.bootlin.com/linux/{tag}/source/{path}"


class Source(SphinxRole):
    """One of the roles."""

    def run(self):
        shown = not self.text.startswith("~")
        path, _, name = self.text.lstrip("~").partition(":")
        fault = find_fault(self.name, path, name, self.config.sources_top,
                           self.config.sources_kernel)
        if fault:
            return [], [self.inliner.reporter.warning(fault, line=self.lineno)]
        if not name:
            return [self.link(path, None, nodes.literal("", path))], []
        macro = name.isupper()
        shown_name = nodes.literal("", name if macro else name + "()")
        found = [self.link(path, name, shown_name)]
        if shown:
            file = "module/" + path if self.name == "mfunc" else path
            found += [nodes.Text(" "),
                      nodes.inline("", file, classes=["source-file"])]
        return found, []

    def link(self, path, name, literal):
        """The literal, as a link if it names code of the kernel."""
        if self.name not in ("kfunc", "kfile"):
            return literal
        kernel = self.config.sources_kernel
        target = CROSS_REFERENCE.format(tag=kernel_version(kernel), path=path)
        if name:
            target += f"#L{find_line(os.path.join(kernel, path), name)}"
        return nodes.reference("", "", literal, refuri=target)


class Chinese(SphinxTransform):
    """
    A line's end between two Chinese characters is no space, emphasis is not slanted,
    and the colon before a literal block is as wide as the others.
    """

    default_priority = 400
    GAP = re.compile(r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])\n"
                     r"(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])")

    def apply(self):
        if not self.env.docname.startswith("zh_CN/"):
            return
        for emphasis in list(self.document.findall(nodes.emphasis)):
            emphasis.replace_self(nodes.strong("", "", *emphasis.children))
        for text in list(self.document.findall(nodes.Text)):
            joined = self.GAP.sub("", text)
            if joined.endswith(":") and text.parent.children[-1] is text:
                joined = joined[:-1] + "\uff1a"
            if joined != text and not isinstance(text.parent, nodes.FixedTextElement):
                text.parent.replace(text, nodes.Text(joined))


def setup(app):
    app.add_config_value("sources_top", None, "env")
    app.add_config_value("sources_kernel", None, "env")
    for role in ("kfunc", "mfunc", "kfile", "src"):
        app.add_role(role, Source())
    app.add_transform(Chinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
