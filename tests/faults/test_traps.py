"""P5: traps end by rule, per host, are named, and hold up no other host; counts are the server's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import select

from pipelines.store import schema
from pipelines.store.articles import default_url, open_store
from pipelines.store.crawl import Crawl, Need
from tests.crawler.spiders.test_aggregator import article
from tests.faults.crawls import finish, host, look, start, title
from tests.faults.town import Answer, Manner, Town, articles, build, open_town


def side(numbers: Iterable[int]) -> str:
    """Entries that stand on many lists."""
    entry = '<li><a href="/a/2026-06-21/doc-01{n:04}.shtml">{title}</a> 06-21</li>'
    return "".join(entry.format(n=n, title=title(f"-{n}.")) for n in numbers)


SIDE = side(range(6))


def page(*links: tuple[str, str], items: str = SIDE) -> Answer:
    """A list page with links beside its entries."""
    more = "".join(f'<a href="{href}">{text}</a> ' for href, text in links)
    return Answer(f"<html><meta charset='utf-8'><body><ul>{items}</ul><div>{more}</div></body></html>")


def calendar(path: str, before: int) -> Answer | None:
    """Each month has a next one, and shows some of the same articles beside it."""
    if not path.startswith("/cal/"):
        return None
    year, month = (int(part) for part in path.removeprefix("/cal/list_").removesuffix(".html").split("_"))
    following = f"/cal/list_{year + month // 12}_{month % 12 + 1}.html"
    return page((following, "下一页"), items=side((month + n) % 12 for n in range(6)))


def clamp(path: str, before: int) -> Answer | None:
    """The last page for every number beyond it."""
    number = int(path.partition("page=")[2] or 1) if path.startswith("/roll/") else 0
    return page((f"/roll/?page={number + 1}", "下一页")) if number else None


def recursion(path: str, before: int) -> Answer | None:
    """A relative link that makes the path longer each time."""
    return page(("more/index.html", "下一页")) if path.startswith("/deep/") else None


def session(path: str, before: int) -> Answer | None:
    """A new name of the visit in each link."""
    return page((f"/s/list.php?visit={hash(path) & 0xFFFFFF:x}", "下一页")) if path.startswith("/s/") else None


def facets(path: str, before: int) -> Answer | None:
    """Each list narrows the last one."""
    if not path.startswith("/shop/"):
        return None
    joint = "&" if "?" in path else "?"
    return page((f"{path}{joint}f{path.count('=') + 1}=x", "下一页"), (f"{path}{joint}f=y", "2"))


def loop(path: str, before: int) -> Answer | None:
    """A redirect that never arrives."""
    if not path.startswith("/loop/"):
        return None
    return Answer("", 302, {"Location": f"/loop/{int(path.split('/')[2] or 0) + 1}/"})


def nothing(path: str, before: int) -> Answer | None:
    """Every address answers 200 with the same words, and links further ones."""
    if path == "/none/":
        links = "".join(
            f'<li><a href="/gone/2026-06-21/doc-{n:06}.shtml">{title(f"-{n}.")}</a></li>' for n in range(440)
        )
        return page(items=links)
    lost = "<html><body><h1>找不到页面</h1><p>您访问的页面不存在。</p></body></html>"
    return Answer(lost) if path.startswith("/gone/") else None


def labyrinth(path: str, before: int) -> Answer | None:
    """Rooms without end, with new articles in each."""
    if path.startswith("/maze/a/"):
        return Answer(article(title(f"-{path.rsplit('-', maxsplit=1)[-1]}")))
    if not path.startswith("/maze/"):
        return None
    room = int(path.split("/")[2] or 0)
    links = "".join(
        f'<li><a href="/maze/a/2026-06-21/doc-{room:04}{n:02}.shtml">{title(f"-{room}{n:02}.")}</a></li>'
        for n in range(20)  # the more of them, the fewer rooms, one after the other, until the host's budget is used up
    )
    return page((f"/maze/{room + 1}/", "下一页"), items=links)


# name -> start, what the host does, rules that may end it, where its pages lie
TRAPS: dict[str, tuple[str, Manner, set[str], str]] = {
    "calendar": ("/cal/list_2026_6.html", calendar, {"barren-lists"}, "/cal/"),
    "last page": ("/roll/", clamp, set(), "/roll/"),
    "path recursion": ("/deep/", recursion, {"repeated-segment"}, "/deep/"),
    "session ids": ("/s/list.php?visit=1", session, {"barren-lists"}, "/s/"),
    "facets": ("/shop/", facets, {"parameters"}, "/shop/"),
    "redirect loop": ("/loop/0/", loop, set(), "/loop/"),
    "soft 404": ("/none/", nothing, {"no-articles"}, "/gone/"),
    "labyrinth": ("/maze/0/", labyrinth, {"host-budget"}, "/maze/"),
}


def sow(url: str, starts: dict[str, str], found: Callable[..., object]) -> None:
    """Put the starts into the frontier of a job that nobody works at."""
    with open_store(url) as store:
        crawl = Crawl(store, "traps", bound=100_000)
        crawl.begin()
        crawl.take(Need(0), [found(f"http://{name}{path}", "list", listing=True) for name, path in starts.items()])  # type: ignore[misc]
        crawl.end()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, str, str]:
    """One crawl of all traps and of a host that is none: the town, the store, what the crawler said."""
    from crawler.spiders.aggregator import AggregatorSpider

    folder = tmp_path_factory.mktemp("traps")
    url, town = default_url(str(folder)), Town(delay=0.0)
    build(town, hosts=2, each=12)
    starts = {}
    for number, (path, manner, _, _) in enumerate(TRAPS.values(), 2):
        town.manners[f"h{number}"] = manner
        town.pages[host(number)] = {path: body for path, body in town.pages[host(1)].items() if path.startswith("/a/")}
        starts[host(number)] = path
    spider = AggregatorSpider(url=f"http://{host(0)}/news/")
    sow(url, starts, spider.found)
    more = ("-a", "job=traps", "-a", "pages=100000", "-s", "HOST_URLS=450", "-s", "BACKOFF_FIRST=0.2")
    with open_town(town):
        code = finish(start(town, folder, *more, via_proxy=True), timeout=300)
    log = (folder / "crawl.log").read_text()
    assert code == 0, log[-3000:]
    return town, url, log


@pytest.mark.parametrize("kind", TRAPS)
def test_a_trap_ends_by_rule_and_is_named(crawled: tuple[Town, str, str], kind: str) -> None:
    town, url, log = crawled
    number = 2 + list(TRAPS).index(kind)
    _, _, rules, where = TRAPS[kind]
    asked = [one.path for one in town.of(f"h{number}") if one.path.startswith(where)]
    assert 0 < len(asked) < 500
    assert max(Counter(asked).values()) == 1
    row = schema.frontier.c
    with open_store(url, create=False) as store, store.database.read() as connection:
        rows = connection.execute(select(row.state, row.reason).where(row.host == host(number))).all()
    trapped = {reason.removeprefix("trap/") for state, reason in rows if state == "trapped"}
    assert trapped == rules
    for rule in rules:
        assert f"a trap on {host(number)}: " in log
        assert f"left out by the rule {rule}, such as http://{host(number)}" in log
    if kind == "last page":
        assert len(asked) == 2
    if kind == "redirect loop":
        assert [reason for state, reason in rows if state == "failed"] == ["fetch/redirects"]


def test_other_hosts_are_whole(crawled: tuple[Town, str, str]) -> None:
    town, url, log = crawled
    found = look(url)
    assert articles(town, "h0") | articles(town, "h1") <= set(found.articles)
    assert f"a trap on {host(0)}" not in log
    assert not {"pending", "deferred", "kept"} & set(found.states)
