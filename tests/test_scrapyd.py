"""scrapyd deploys the project as an egg and runs it: its own egg, its own profiles, state where the settings say."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipelines.store.articles import default_url, open_store
from tests.conftest import Site
from tests.crawler.spiders.test_aggregator import listing, serve
from tests.projects import SETTINGS, make_egg, make_project

BOUNDARY = "a-boundary-that-no-egg-holds"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def scrapyd(folder: Path) -> Iterator[str]:
    """A scrapyd on loopback with its state in a folder; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "scrapyd.conf").write_text(
        f"[scrapyd]\nbind_address = 127.0.0.1\nhttp_port = {port}\npoll_interval = 0.5\nmax_proc = 1\n", "utf-8"
    )
    with (folder / "scrapyd.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "scrapyd"], cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            assert process.poll() is None, (folder / "scrapyd.log").read_text()
            try:
                OPENER.open(f"{url}/daemonstatus.json", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def call(url: str, body: bytes | None = None, content_type: str = "application/x-www-form-urlencoded") -> Any:
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    with OPENER.open(request, timeout=60) as answer:
        found = json.load(answer)
    assert found["status"] == "ok", found
    return found


def form(egg: bytes) -> bytes:
    """The form by which scrapyd takes an egg."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (("project", "newswinnow"), ("version", "1"))
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="egg"; filename="x.egg"\r\n'
    return (
        b"".join(parts)
        + f"{head}Content-Type: application/zip\r\n\r\n".encode()
        + egg
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )


def test_scrapyd_deploys_and_runs_the_project(site: Site, tmp_path: Path) -> None:
    pytest.importorskip("scrapyd", reason="scrapyd is not installed (pip install scrapyd)")
    serve(site, range(1, 4))
    site.page("/news/", listing(range(1, 4)))
    project = make_project(tmp_path / "p", {"only-in-the-egg": f'start_urls = ["{site.url}/news/"]\nmax_pages = 1\n'})
    egg = make_egg(project, tmp_path / "newswinnow.egg").read_bytes()
    (tmp_path / "d").mkdir()
    with scrapyd(tmp_path / "d") as url:
        added = call(f"{url}/addversion.json", form(egg), f"multipart/form-data; boundary={BOUNDARY}")
        assert added["spiders"] >= 2
        settings = {**SETTINGS, "OUTPUT_DIR": str(tmp_path / "output")}
        wanted = [("project", "newswinnow"), ("spider", "aggregator"), ("site", "only-in-the-egg")]
        wanted += [("setting", f"{name}={value}") for name, value in settings.items()]
        call(f"{url}/schedule.json", urllib.parse.urlencode(wanted).encode())
        for _ in range(600):
            if call(f"{url}/listjobs.json?project=newswinnow")["finished"]:
                break
            time.sleep(0.2)
        logs = [path.read_text() for path in (tmp_path / "d").rglob("*.log")]
    assert Counter(site.log)["/news/"] == 1, logs
    with open_store(default_url(str(tmp_path / "output")), create=False) as store:
        assert [(run["job"], run["state"]) for run in store.runs()] == [("only-in-the-egg", "finished")], logs
        assert store.counts()["articles"] == 3
