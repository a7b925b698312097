"""Draws docs/page-parts.png: a page of the demo site with its parts coloured. Needs chromium on the PATH.

.venv/bin/python docs/make_picture.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from lxml import html

from crawler.demo.server import serving
from pipelines.extraction.article import take_apart
from pipelines.extraction.dom import parse
from pipelines.items import Label, Page

HERE = Path(__file__).parent
PAGE = "/edu/n/1073.html"
WIDTH, HEIGHT = 1000, 2050  # pixels of the picture
COLOURS = {
    Label.TITLE: "#f7e08b",
    Label.BYLINE: "#ffd3a8",
    Label.BODY: "#cfeccf",
    Label.SUMMARY: "#e6f0a0",
    Label.COPYRIGHT: "#f2b8b5",
    Label.TAGS: "#bfe3f2",
    Label.RELATED: "#c9c5f0",
    Label.LATEST: "#e3c4ee",
    Label.PREV_NEXT: "#a9c8f7",
    Label.SHARE: "#d8d8d8",
    Label.COMMENTS: "#e8d5c4",
    Label.BREADCRUMBS: "#cfe6e2",
    Label.NAVIGATION: "#ececec",
    Label.PROMOTION: "#f5c8dc",
}
LEGEND = (
    "position:fixed;top:12px;right:12px;padding:10px 14px;background:#fff;border:1px solid #999;font:15px sans-serif"
)


def coloured(page: Page) -> str:
    """The page's HTML with every block on the colour of its label, and a legend; scripts are left out."""
    parts = take_apart(parse(page))
    used = set()
    for block, mark in zip(parts.layout.blocks, parts.labels, strict=True):
        colour = COLOURS.get(mark.label)
        if colour is not None:
            used.add(mark.label)
            block.box.element.set("style", f"background:{colour};{block.box.element.get('style') or ''}")
    root = parts.doc.root
    for script in list(root.iter("script")):
        script.drop_tree()
    rows = "".join(
        f'<div style="background:{c};padding:2px 8px;margin:2px">{n}</div>' for n, c in COLOURS.items() if n in used
    )
    root.find("body").append(html.fromstring(f'<div style="{LEGEND}">{rows}</div>'))
    return html.tostring(root, encoding="unicode")


def main() -> int:
    """Serve the demo site, colour one page and take its picture; 1 where there is no chromium."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print(
            "make_picture: no chromium on the PATH; install it (Debian: apt-get install chromium fonts-noto-cjk)",
            file=sys.stderr,
        )
        return 1
    with serving() as server, tempfile.TemporaryDirectory() as folder:
        url = server.address + PAGE
        with urllib.request.urlopen(url) as answer:
            page = Page(answer.read(), url=url, content_type=answer.headers["Content-Type"])
        file = Path(folder, "page.html")
        file.write_text(f'<base href="{server.address}/">' + coloured(page), encoding="utf-8")
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
        ]
        flags += [
            "--disable-background-networking",
            "--disable-sync",
            "--no-first-run",
            f"--window-size={WIDTH},{HEIGHT}",
        ]
        subprocess.run(
            [browser, *flags, f"--screenshot={HERE / 'page-parts.png'}", file.as_uri()], check=True, capture_output=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
