"""Takes pictures of every page of `scrapy browse` over the demo's store, and draws docs/browse.png of them.

    make demo && .venv/bin/python docs/make_screens.py [DIR]

Desktop and phone, light and dark, into DIR (default: output/screens). Needs chromium, chromedriver and a Chinese font.
"""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from werkzeug.serving import make_server

from crawler.archive.finding import Finder
from crawler.web.app import Sources, create_app
from pipelines.extraction.memory.folder import memory_folder
from pipelines.store.articles import default_url, open_store
from pipelines.store.reading import Query, Reader

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "output/demo"
SIZES = {"desktop": (1100, 1300), "phone": (390, 844)}
SHOWN = "article-desktop-light"  # the picture of docs/browse.md


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
        app = create_app(Sources(reader, memory, STORE / "reports", raw))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        article = reader.listing(Query(), 1).rows[0]
        pages = {
            "list": f"/?site={article['site']}",
            "article": f"/article/{article['id']}#parts",
            "page": f"/page/{article['id']}",
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
                        tab.picture(out / f"{name}-{size}-{look}.png")
        server.shutdown()
    shutil.copyfile(out / f"{SHOWN}.png", ROOT / "docs/browse.png")
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")


if __name__ == "__main__":
    main()
