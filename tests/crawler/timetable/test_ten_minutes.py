"""Five sites crawled by the clock for some minutes by two schedulers: two are well, one is down, one slow, one changed.

Real processes, real time: long. MINUTES=10 by default.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pipelines.store.articles import default_url, open_store
from pipelines.store.reports import Reports
from tests.crawler.spiders.test_aggregator import article, listing
from tests.projects import SCRAPY, make_project, options

MINUTES = int(os.environ.get("MINUTES", "10"))
EACH = 8  # articles that a site publishes each minute
REDESIGNED = MINUTES // 2  # minutes after which the list of one site names hardly any article


@contextmanager
def site(begin: float, delay: float, redesigned: bool) -> Iterator[tuple[str, Counter[str]]]:
    """A site on loopback that publishes EACH articles a minute; gives its URL and how often each path was asked."""
    asked: Counter[str] = Counter()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            time.sleep(delay)
            minute = int((time.time() - begin) // 60)
            broken = redesigned and minute >= REDESIGNED
            numbers = range(minute * EACH + 1, minute * EACH + (2 if broken else EACH + 1))
            number = re.fullmatch(r".*/doc-iab10000(\d+)\.shtml", self.path)
            if self.path == "/news/":
                body = listing(numbers)
            elif number:
                body = article(f"第{number[1]}条新闻的标题写得足够长才像标题")
            else:
                body = ""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            data = body.encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/news/", asked
        server.shutdown()
        thread.join()


@pytest.mark.long
def test_each_slot_is_run_once_and_reports_and_alarms_are_right(tmp_path: Path) -> None:
    told, output = tmp_path / "told.jsonl", tmp_path / "output"
    code = f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read() + chr(10))"
    settings = {"ALARM_COMMAND": f"{sys.executable} -c {json.dumps(code)}", "SCHEDULE_JITTER": "5"}
    settings |= {"SCHEDULE_PARALLEL": "2", "MAX_WAIT": "5", "LOG_LEVEL": "ERROR"}
    with ExitStack() as stack:
        begin = time.time()
        sites = {
            name: stack.enter_context(site(begin, delay, redesigned))
            for name, delay, redesigned in (
                ("one", 0.0, False),
                ("two", 0.0, False),
                ("slow", 1.0, False),
                ("redesigned", 0.0, True),
            )
        }
        urls = {name: url for name, (url, _) in sites.items()} | {"down": "http://127.0.0.1:9/news/"}
        text = 'start_urls = ["{}"]\nschedule = "* * * * *"\nmax_pages = 1\n'
        project = make_project(tmp_path / "p", {name: text.format(url) for name, url in urls.items()})
        command = [*SCRAPY, "schedule", *options(output, **settings)]
        both = [subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, encoding="utf-8") for _ in range(2)]
        time.sleep(MINUTES * 60)
        for process in both:
            process.send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=120)[1] for process in both]
        assert [process.returncode for process in both] == [0, 0], said
    begun = [line.split(" ", 4)[4] for line in "".join(said).splitlines() if ": begun for " in line]
    print("\n".join(sorted(begun)))  # shown where the test fails, or with -s
    assert begun
    assert len(begun) == len(set(begun))  # site and slot
    runs = Counter(line.split(":")[0] for line in begun)
    assert set(runs) == set(urls)
    assert all(MINUTES / 3 <= number <= MINUTES for number in runs.values()), runs
    for name, (_, asked) in sites.items():
        articles = {p: n for p, n in asked.items() if p.startswith("/c/")}
        assert articles, name
        assert set(articles.values()) == {1}, name  # nothing twice, whoever crawled
        assert asked["/news/"] <= runs[name]
    with open_store(default_url(str(output)), create=False) as store:
        reports = Reports(store).latest(1000)
        stored = Counter(a["site"] for a in store.iterate())
        # two crawls may come in one minute of a site, and the second finds nothing new: that is no fault of the site
        standing = {name: set(Reports(store).alarms(name)) - {"yield"} for name in urls}
    for name, (_, asked) in sites.items():
        assert stored[name] == sum(p.startswith("/c/") for p in asked)
        assert sum(r["new"] for r in reports if r["job"] == name) == stored[name]
    assert standing["one"] == standing["two"] == standing["slow"] == set()
    assert standing["down"] == {"nothing"}
    assert "links" in standing["redesigned"]
    messages = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    raised = Counter((m["job"], kind) for m in messages for kind in m["raised"] if kind != "yield")
    assert raised[("down", "nothing")] == 1
    assert raised[("redesigned", "links")] == 1
    assert set(raised.values()) == {1}
