"""Takes the documents' pictures: of a page with its parts coloured, a run's report, every page of `scrapy browse`.

    make demo && .venv/bin/python docs/make_pictures.py [DIR]

Those of SHOWN and page-parts.png go into docs/; all of them, desktop and phone, light and dark, into DIR (default:
output/screens). Needs chromium, chromedriver and a Chinese font (Debian: apt-get install chromium chromium-driver
fonts-noto-cjk).
"""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import html
from scrapy.settings import Settings
from werkzeug.serving import make_server

from crawler.archive.finding import Finder
from crawler.corrections import Profiles
from crawler.demo.server import serving
from crawler.web.again import Again
from crawler.web.app import Sources, create_app
from crawler.web.sources import Changing
from pipelines.extraction.article import take_apart
from pipelines.extraction.dom import parse
from pipelines.extraction.memory.folder import memory_folder
from pipelines.items import Label, Page
from pipelines.store.articles import default_url, open_store
from pipelines.store.reading import Query, Reader

if TYPE_CHECKING:
    from tests.webdriver import Browser

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "output/demo"
SIZES = {"desktop": (1100, 1300), "phone": (390, 844)}
SHOWN = {
    "article-desktop-light": "browse.png",
    "try-desktop-light": "browse-rule.png",
    "report-desktop-light": "report.png",
}  # in docs/
PAGE = "/edu/n/1073.html"
PAGE_SIZE = 1000, 2050  # pixels
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


def draw_parts(tab: Browser, file: Path) -> None:
    """Draw docs/page-parts.png, by way of a file."""
    with serving() as server:
        url = server.address + PAGE
        with urllib.request.urlopen(url) as answer:
            page = Page(answer.read(), url=url, content_type=answer.headers["Content-Type"])
        file.write_text(f'<base href="{server.address}/">' + coloured(page), encoding="utf-8")
        tab.look(*PAGE_SIZE)
        tab.go(file.as_uri())
        tab.picture(ROOT / "docs/page-parts.png")


def main() -> None:
    """Serve the demo's store, look at each page, write the pictures."""
    sys.path.insert(0, str(ROOT))
    from tests.webdriver import browser

    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "output/screens")
    out.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with open_store(default_url(str(STORE)), create=False) as store, tempfile.TemporaryDirectory() as profile:
        reader = Reader(store.database)
        memory, raw = memory_folder("", str(STORE)), Finder(STORE / "archive").find
        profiles = Profiles(Settings({"OUTPUT_DIR": str(STORE)}))
        changing = Changing(profiles, Again(lambda site: ["true"], out / "again.log"), out)
        app = create_app(Sources(reader, memory, STORE / "reports", raw, changing=changing))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        article = reader.listing(Query(), 1).rows[0]
        credited = next(row["id"] for row in reader.listing(Query(phrases=(" 摄",)), 9).rows)
        segments = (reader.article(credited) or {})["segments"]
        number = next(n for n, s in enumerate(segments) if s["label"] == "body" and s["text"].endswith(" 摄"))
        pages = {
            "list": f"/?site={article['site']}",
            "article": f"/article/{article['id']}#parts",
            "page": f"/page/{article['id']}",
            "correct": f"/correct/{credited}?block={number}",
            "try": f"/try/{credited}?block={number}&label=other&where=words:&text=摄",
            "sites": "/sites",
            "site": f"/site/{article['site']}",
            "runs": "/runs",
            "run": "/run/1",
            "report": "/run/1/report",
            "error": "/none",
        }
        with browser(Path(profile)) as tab:
            draw_parts(tab, Path(profile) / "parts.html")
            for name, address in pages.items():
                for size, (width, height) in SIZES.items():
                    for look in ("light", "dark"):
                        tab.look(width, height, dark=look == "dark")
                        tab.go("about:blank")
                        tab.go(f"http://127.0.0.1:{server.server_port}{address}")
                        time.sleep(0.5)  # a frame is loaded when it is looked at
                        tab.picture(out / f"{name}-{size}-{look}.png")
        server.shutdown()
    for name, picture in SHOWN.items():
        shutil.copyfile(out / f"{name}.png", ROOT / "docs" / picture)
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")


if __name__ == "__main__":
    main()
