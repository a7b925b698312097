"""Articles printed over several pages: the whole page first, nothing twice, never stored as complete without a part."""

from pathlib import Path

from pipelines.store.articles import default_url, open_store
from tests.conftest import Run, Site
from tests.crawler.spiders.test_aggregator import article, crawl, listing, path, state

TITLE = "第1条新闻的标题写得足够长才像标题"
BASE = path(1).removesuffix(".shtml")
SOON = ("-s", "PART_RETRY_SECONDS=0.2")


class Sometimes(dict[str, tuple[int, str, bytes]]):
    """Answers by path, of which one comes only after some failures."""

    def __init__(self, answers: dict[str, tuple[int, str, bytes]], late: str, failures: int) -> None:
        super().__init__(answers)
        self.late, self.failures = late, failures

    def get(self, path: str, default: object = None) -> tuple[int, str, bytes]:  # type: ignore[override]
        if path == self.late and self.failures:
            self.failures -= 1
            return 503, "text/html", b"busy"
        return super().get(path, default)  # type: ignore[arg-type]


def parts(site: Site, more: str = "") -> str:
    """An article of three pages, the only one of a list; gives the list's URL."""
    numbers = "".join(f'<a href="{BASE}{f"_{n}" if n > 1 else ""}.shtml">{n}</a>' for n in range(1, 4))
    for n in range(1, 4):
        text = article(TITLE, f"<div>{numbers}{more}</div>").replace("之第", f"之{n}部第")
        site.page(f"{BASE}{f'_{n}' if n > 1 else ''}.shtml", text)
    return site.page("/news/", listing(range(1, 2)))


def states(tmp_path: Path) -> dict[str, str]:
    with open_store(default_url(str(tmp_path / "output")), create=False) as store, store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT url, state FROM frontier").all()
    return {url: state for url, state in rows}  # noqa: C416


def test_a_part_that_fails_is_asked_again_before_anything_is_stored(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    start = parts(site)
    site.answers = Sometimes(site.answers, f"{BASE}_2.shtml", 1)
    done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", *SOON)
    assert done.returncode == 0, done.stderr
    assert [p for p in site.log if p.startswith(BASE)] == [
        f"{BASE}.shtml", f"{BASE}_2.shtml", f"{BASE}.shtml", f"{BASE}_2.shtml", f"{BASE}_3.shtml",
    ]  # fmt: skip
    (stored,) = state(tmp_path)["articles"]
    assert (stored["pages"], stored["warnings"]) == (3, [])
    assert states(tmp_path)[site.url + path(1)] == "stored"


def test_an_article_without_a_part_is_marked_and_asked_again(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    start = parts(site)
    there = site.answers[f"{BASE}_3.shtml"]
    site.page(f"{BASE}_3.shtml", "busy", status=503)
    crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", *SOON)
    assert site.log.count(f"{BASE}_3.shtml") == 3
    (stored,) = state(tmp_path)["articles"]
    assert [warning.partition(":")[0] for warning in stored["warnings"]] == ["incomplete"]
    assert "之2部第1段" in stored["text"]
    assert states(tmp_path)[site.url + path(1)] == "failed"

    site.answers[f"{BASE}_3.shtml"] = there  # the next round finds it
    assert crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", *SOON).returncode == 0
    (stored,) = state(tmp_path)["articles"]
    assert stored["warnings"] == []
    assert "之3部第4段" in stored["text"]
    assert states(tmp_path)[site.url + path(1)] == "stored"


def test_parts_that_only_the_first_page_links(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    start = parts(site)
    site.page(f"{BASE}_2.shtml", article(TITLE, f'<a href="{BASE}.shtml">返回首页</a>').replace("之第", "之2部第"))
    assert crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1").returncode == 0
    assert [p for p in site.log if p.startswith(BASE)] == [f"{BASE}{n}.shtml" for n in ("", "_2", "_3")]
    (stored,) = state(tmp_path)["articles"]
    assert (stored["pages"], stored["warnings"]) == (3, [])


def test_a_part_that_is_gone_is_not_asked_again_in_this_round(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    start = parts(site)
    del site.answers[f"{BASE}_2.shtml"]
    crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", *SOON)
    assert site.log.count(f"{BASE}_2.shtml") == 1
    (stored,) = state(tmp_path)["articles"]
    assert stored["warnings"][0].startswith("incomplete: page 2")


def test_the_whole_on_one_page_is_preferred(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    start = parts(site, f'<a href="{BASE}_all.shtml">全文阅读</a>')
    site.page(f"{BASE}_all.shtml", "".join(article(TITLE).replace("之第", f"之{n}部第") for n in range(1, 4)))
    assert crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1").returncode == 0
    assert [p for p in site.log if p.startswith(BASE)] == [f"{BASE}.shtml", f"{BASE}_all.shtml"]
    (stored,) = state(tmp_path)["articles"]
    assert stored["url"] == site.url + path(1)
    assert "之3部第4段" in stored["text"]


def test_a_whole_that_holds_no_more_is_left(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    start = parts(site, f'<a href="{BASE}_all.shtml">全文阅读</a>')
    site.page(f"{BASE}_all.shtml", "<p>请先登录。</p>")
    assert crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1").returncode == 0
    (stored,) = state(tmp_path)["articles"]
    assert stored["pages"] == 3
