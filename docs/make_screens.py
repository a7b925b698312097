"""Takes pictures of every page of `scrapy browse` over the demo's store, and draws those of docs/browse.md of them.

    make demo && .venv/bin/python docs/make_screens.py [DIR]

Desktop and phone, light and dark, into DIR (default: output/screens). Needs chromium, chromedriver and a Chinese font.
"""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from scrapy.settings import Settings
from werkzeug.serving import make_server

from crawler.archive.finding import Finder
from crawler.corrections import Profiles
from crawler.web.again import Again
from crawler.web.app import Sources, create_app
from crawler.web.sources import Changing
from pipelines.extraction.memory.folder import memory_folder
from pipelines.store.articles import default_url, open_store
from pipelines.store.reading import Query, Reader

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "output/demo"
SIZES = {"desktop": (1100, 1300), "phone": (390, 844)}
SHOWN = {
    "article-desktop-light": "browse.png",
    "try-desktop-light": "browse-rule.png",
}  # in docs/browse.md


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
