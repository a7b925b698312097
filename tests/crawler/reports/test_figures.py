from __future__ import annotations

import json

from crawler.reports.figures import figures_of, read_figures, repeated_share
from pipelines.store.reports import Facts, HostFacts
from tests.crawler.reports.samples import figures

NOTICE = "本网站所有内容均受版权保护，未经许可不得转载。"


def test_figures_come_back_from_json_and_old_or_new_keys_do_no_harm() -> None:
    given = figures()
    record = json.loads(json.dumps(given.to_dict()))
    assert figures_of(record) == given
    assert figures_of({**record, "of tomorrow": 1, "hosts": [{**record["hosts"][0], "x": 2}]}).hosts == given.hosts[:1]
    assert figures_of({"run": 1, "job": "a", "started": "2026-06-01T00:00:00Z"}).new == 0


def test_figures_are_what_the_store_counted() -> None:
    counts = {"crawl/lists": 3, "store/new": 2, "memory/fast": 1, "memory/full": 3, "memory/doubted/no date": 1}
    facts = Facts(7, "news", "2026-06-01T00:00:00Z", "2026-06-01T00:00:30Z", "finished", counts)  # type: ignore[arg-type]
    facts.hosts = {
        "a.example": HostFacts(4, 2, 0, 1, {"stored": 4, "read": 3}, {"timeout": 1}),
        "b.example": HostFacts(),
    }
    facts.covered, facts.dropped = {"title": 4, "tags": 1}, {"timeout": 1}
    found = read_figures(facts)
    assert (found.seconds, found.lists, found.speed, found.duplicates) == (30.0, 3, 0.1, 1)
    assert (found.coverage, found.seen, found.fast_share) == ({"title": 1.0, "tags": 0.25}, 4, 0.25)
    assert found.dropped_share == 1 / 3
    assert [(h.host, h.urls, h.dropped) for h in found.hosts] == [("a.example", 7, 1), ("b.example", 0, 0)]
    assert found.doubted == {"no date": 1}


def test_pages_taken_apart_to_another_result_count_among_those_that_came() -> None:
    counts = {"store/revised": 3, "store/withdrawn": 1}
    facts = Facts(7, "news", "2026-06-01T00:00:00Z", "2026-06-01T00:00:30Z", "finished", counts)  # type: ignore[arg-type]
    facts.dropped = {"timeout": 1}
    found = read_figures(facts)
    assert (found.revised, found.withdrawn, found.came, found.dropped_share) == (3, 1, 4, 0.25)


def test_what_is_printed_under_many_titles_is_repeated() -> None:
    texts = [(f"标题{n}", f"第{n}篇的正文，一段足够长的话。\n{NOTICE}") for n in range(6)]
    share = repeated_share(texts)
    assert share is not None
    assert 0.5 < share < 0.7
    assert repeated_share([(title, text.splitlines()[0]) for title, text in texts]) == 0


def test_one_article_printed_often_is_not_repeated_and_two_titles_tell_nothing() -> None:
    assert repeated_share([("同一个标题", NOTICE)] * 5) is None
    assert repeated_share([("a", NOTICE), ("b", NOTICE), ("c", "另外一篇文章的正文在这里。")]) == 0
    assert repeated_share([]) is None
    assert repeated_share([("a", ""), ("b", ""), ("c", "")]) is None
    assert repeated_share([("a", "（完）"), ("b", "（完）"), ("c", "（完）")]) == 0  # too short to tell
