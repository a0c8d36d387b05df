"""Built pages that need no other host and carry nothing that no page loads.

A reader may open the book from a disk, without a network. So formulas are drawn by a MathJax that lies beside the
pages (``assets/``, which also has the scripts of single pages), icons come from a font of the few that are used, inside
a style sheet because a browser may refuse fonts to a page from disk, and what asks another host is taken out.
"""

from __future__ import annotations

import base64
import io
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.config import Config

ASSETS = "assets"

#: Scripts and style sheets of single pages, by the class of what they work on.
FOR_CLASS = {
    "run-table": ("sortable/sortable.min.js", "sortable/sortable.a11y.min.js", "run-table.js", "run-table.css"),
    "confusion-explorer": ("confusion-explorer.js", "confusion-explorer.css"),
    "write-tool": (
        "tensorflow/tf-core.min.js",
        "tensorflow/tf-backend-cpu.min.js",
        "write-picture.js",
        "write-network.js",
        "write.js",
        "write.css",
    ),
}

#: Of what the themes and extensions copy, what no page loads: live code, which needs a server, source maps, and icons
#: as scripts and as fonts of thousands.
_UNUSED = (
    "**/*.map",
    "scripts/fontawesome.js*",
    "vendor",
    "locales",
    "*sphinx-thebe.*",
    "*webpack-macros.html",
)

#: The icons' style sheet, and its file's fonts by family and weight.
_STYLES = "styles/pydata-sphinx-theme.css"
_FONT = re.compile(r"@font-face\{[^}]*?(fa-[a-z]+-\d+)\.ttf[^}]*\}")

_ICON_SCRIPT = re.compile(
    r"\s*<!-- So that users can add custom icons -->|\s*<script defer src=\"[^\"]*fontawesome\.js[^>]*></script>"
)

_LINKED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|link|object|input)\b[^>]*?\b(?:src|srcset|data|href)=[\"']([^\"']+)"
)
_STYLED = re.compile(r"(?:@import\s+|url\(\s*)[\"']?([^\"')\s;]+)")
_ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)


def add_assets(app: Sphinx, config: Config) -> None:
    """Let Sphinx copy ``assets/``. In ``_static/`` or in the configuration, each page would load all of its scripts."""
    if Path(app.srcdir, ASSETS).is_dir():
        config.html_static_path.append(ASSETS)


def choose_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load on a page the scripts that it needs, and none that is for live code."""
    classes = _classes(doctree) if doctree else set()
    for name, files in FOR_CLASS.items():
        if name in classes:
            for file in files:
                app.add_css_file(file) if file.endswith(".css") else app.add_js_file(file, loading_method="defer")
    formulas = any(isinstance(node, nodes.math | nodes.math_block) for node in doctree.findall()) if doctree else False
    for kind in ("script_files", "css_files"):
        context[kind][:] = [
            file for file in context[kind] if "thebe" not in _text(file) and (formulas or "mathjax" not in _text(file))
        ]


def _text(file: Any) -> str:
    """Return what a script or style sheet is called, or what it says."""
    return f"{file.filename} {file.attributes.get('body', '')}".lower()


def _classes(doctree: nodes.document) -> set[str]:
    """Return the classes of a page's elements, and those of the elements that code printed as HTML."""
    found: set[str] = set()
    for node in doctree.findall(nodes.Element):
        found.update(node.get("classes", ()))
        if isinstance(node, nodes.raw):
            found.update(*(names.split() for names in re.findall(r'\bclass="([^"]*)"', node.astext())))
    return found


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Take out of the built book what no page loads, and put the icons that are used into their style sheet."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    pages = sorted(Path(app.outdir).rglob("*.html"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        without = _ICON_SCRIPT.sub("", text)
        if without != text:
            page.write_text(without, encoding="utf-8")
    used = "".join(file.read_text(encoding="utf-8") for file in (*pages, *sorted(static.glob("scripts/*.js"))))
    for logo in static.glob("images/*"):  # of places where notebooks can be run
        if logo.name not in used:
            logo.unlink()
    styles = static / _STYLES
    if styles.exists():
        styles.write_text(_with_icons(styles.read_text(encoding="utf-8"), used, static), encoding="utf-8")
    for pattern in _UNUSED:
        for path in list(static.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _with_icons(styles: str, used: str, static: Path) -> str:
    """Return a style sheet whose icon fonts stand in it, with the icons alone that some text or the sheet names."""
    names = set(re.findall(r"\bfa-[a-z0-9-]+", used))
    icons = {
        code
        for selectors, code in re.findall(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"([^"]+)"\}', styles)
        if names & set(re.findall(r"fa-[a-z0-9-]+", selectors))
    }
    icons |= set(re.findall(r'--pst-icon-[a-z-]+:"([^"]+)"', styles))
    points = [int(code[1:], 16) if code.startswith("\\") else ord(code) for code in icons]

    def inline(rule: re.Match[str]) -> str:
        font = _subset(next(static.rglob(f"{rule[1]}.ttf")), points)
        return re.sub(r"src:[^}]*", f'src:url(data:font/woff;base64,{font}) format("woff")', rule[0])

    return _FONT.sub(inline, styles)


def _subset(path: Path, points: list[int]) -> str:
    """Return the glyphs of some code points of a font as WOFF in base 64."""
    with TTFont(path, recalcTimestamp=False) as font:
        options = subset.Options(layout_features=[], name_IDs=[], notdef_outline=True, recalc_timestamp=False)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=points)
        subsetter.subset(font)
        font.flavor = "woff"
        buffer = io.BytesIO()
        font.save(buffer)
    return base64.b64encode(buffer.getvalue()).decode()


def requests_elsewhere(html: Path) -> list[str]:
    """Return what the pages and style sheets of a built book would ask other hosts for when they are read.

    Scripts, images, frames and style sheets count, and what style sheets import. Links for the reader do not.
    """
    found = []
    for path in sorted([*html.rglob("*.html"), *html.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        asked = _STYLED.findall(text) + (_LINKED.findall(text) if path.suffix == ".html" else [])
        name = path.relative_to(html)
        found += [f"{name} asks for {address}" for address in dict.fromkeys(asked) if _ELSEWHERE.match(address)]
    return found


def setup(app: Sphinx) -> None:
    """Register with Sphinx, for `emnist_utils.book`."""
    app.connect("config-inited", add_assets)
    app.connect("html-page-context", choose_scripts, priority=900)  # after the extensions that add scripts
    app.connect("build-finished", lighten)
