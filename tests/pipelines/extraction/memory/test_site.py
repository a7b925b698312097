from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace

import pytest

from pipelines.extraction.memory import site
from pipelines.extraction.memory.places import Seen
from pipelines.extraction.memory.site import CHANGED, RECENT, Lesson, SiteMemory
from pipelines.extraction.memory.template import SETTLED, Observation, Template
from pipelines.items import Label
from tests.pipelines.extraction.memory.families import (
    Extra,
    Family,
    blog,
    error_page,
    learned,
    lesson,
    read,
    saved,
    story,
    table,
    text_of,
)

LETTER = "河网的编辑们每个周末都会走进一座小镇，把听来的故事写成一封长信，愿意收到它的读者可以在首页留下自己的地址。"
WITH_LETTER = Family(extra=lambda number: Extra(middle=f"<p>{LETTER}</p>"))
PLAIN = Family()


def said(number: int, *lines: str, title: int | None = None, **known: object) -> Lesson:
    """A lesson of a page with a title and lines of its own, and these."""
    found = {hash(text): text for text in (*lines, *(f"own line {k} of {number}" for k in range(9)))}
    return Lesson(f"p{number:03}", number if title is None else title, lines=found, **known)  # type: ignore[arg-type]


# What recurs ---------------------------------------------------------------------------------------------------------


def test_what_recurs_is_cut_even_where_it_reads_like_prose() -> None:
    memory = learned([WITH_LETTER.page(n) for n in range(10)])
    assert list(memory.recurring.values()) == [LETTER[:40]]
    assert LETTER in read(WITH_LETTER.page(30)).article.text, "one page alone cannot tell"
    assert read(WITH_LETTER.page(30), memory).article.text == text_of(story(30))
    memory.templates.clear()
    article = read(WITH_LETTER.page(30), memory).article
    assert (article.method, article.text) == ("density", text_of(story(30))), "the full way knows it too"


def test_what_recurs_in_the_middle_of_a_text_leaves_its_neighbours() -> None:
    memory = learned([WITH_LETTER.page(n) for n in range(10)])
    segments = read(WITH_LETTER.page(31), memory).article.segments
    (cut,) = [s for s in segments if s.text == LETTER]
    assert (cut.label, cut.reason) == (Label.PROMOTION, "recurs in other articles of the site")


def test_an_article_printed_on_many_urls_makes_nothing_recur() -> None:
    twins = [replace(PLAIN.page(3), id=f"twin{n}", url=f"https://river.example/w/{n}.html") for n in range(6)]
    memory = learned([*(PLAIN.page(n) for n in range(10)), *twins])
    assert memory.recurring == {}
    assert read(PLAIN.page(3), memory).article.text == text_of(story(3))


def test_a_reprint_whose_lines_all_recur_keeps_its_text() -> None:
    """The same report under ten headlines: each line stands in articles of many titles, and none of them is cut."""
    titles = [story(n).title for n in range(60, 70)]
    reprints = [saved(PLAIN.html(5).replace(story(5).title, title), f"r{n}") for n, title in enumerate(titles)]
    memory = learned([*reprints, *(PLAIN.page(n) for n in range(10, 20))])
    for page in reprints:
        assert read(page, memory).article.text == text_of(story(5))


def test_a_reprint_keeps_its_text_where_some_of_its_lines_are_known_to_recur() -> None:
    memory = learned([PLAIN.page(n) for n in range(6)])
    memory.recurring = {mark: text for n in (30, 31) for mark, text in lesson(PLAIN.page(n)).lines.items()}
    assert read(PLAIN.page(30), memory).article.text == text_of(story(30))


@pytest.mark.parametrize(
    ("pages", "holding", "recurs"),
    [(4, 2, False), (4, 3, True), (10, 3, True), (11, 3, False), (20, 5, False), (20, 6, True)],
)
def test_a_line_recurs_in_three_titles_and_three_articles_of_ten(pages: int, holding: int, recurs: bool) -> None:
    memory = SiteMemory("x")
    memory.fold(said(n, *["follow us"] * (n < holding)) for n in range(pages))
    assert (hash("follow us") in memory.recurring) is recurs


def test_titles_are_counted_not_pages() -> None:
    memory = SiteMemory("x")
    memory.fold(said(n, "follow us", title=n % 2) for n in range(10))
    assert memory.recurring == {}


def test_an_article_that_recurs_nearly_whole_has_no_say() -> None:
    memory = SiteMemory("x")
    shared = tuple(f"shared line {k}" for k in range(20))
    memory.fold(said(n, *shared) for n in range(10))
    assert memory.recurring == {}


# Votes and changes ---------------------------------------------------------------------------------------------------


def test_what_is_known_does_not_hang_on_the_order() -> None:
    families = (WITH_LETTER, Family(blog, WITH_LETTER.site))
    lessons = [lesson(family.page(n)) for family, n in itertools.product(families, range(15)) if n % 2 or family.extra]
    wanted: str | None = None
    for seed in range(5):
        random.Random(seed).shuffle(lessons)
        memory = SiteMemory("river.example")
        memory.fold(lessons)
        found = json.dumps(memory.to_dict())
        assert wanted in (None, found)
        wanted = found


def test_poison_does_not_spoil_a_template() -> None:
    """Nine of the first twelve pages are errors, pages of another site, and lists that were taken for articles."""
    strange = [saved(error_page(n), f"a{n}") for n in range(3)] + [Family(table).page(n) for n in range(50, 53)]
    lists = [
        Observation(
            "body/div.wrap/ul.list", {"body/div.wrap/ul.list": Seen(frozenset({Label.BODY}), 7)}, frozenset(), {}
        )
        for _ in range(3)
    ]
    clean, spoiled = (SiteMemory("river.example") for _ in range(2))
    good = [lesson(PLAIN.page(n)) for n in range(12)]
    bad = [found for page in strange if (found := read(page).lesson) is not None]
    bad += [Lesson(f"b{n}", n, observation=found) for n, found in enumerate(lists)]
    clean.fold(good[:4])
    spoiled.fold([*bad, *good[:4]])
    assert [t.container for t in spoiled.ranked()] == [t.container for t in clean.ranked()]
    assert spoiled.ranked()[0].plan() == clean.ranked()[0].plan()
    for number in range(20, 26):
        reading = read(PLAIN.page(number), spoiled)
        assert reading.lesson is not None and reading.lesson.fast
        assert reading.article.text == text_of(story(number))


def test_where_one_template_stands_in_anothers_place_the_more_used_one_decides() -> None:
    """Some votes saw the column around the text: once trusted, it must not take the pages of the text's place."""
    memory = learned([PLAIN.page(n) for n in range(5)])
    outer = Template("body/div.wrap/div.main", 5, places=memory.templates[0].places)
    memory.templates.append(outer)
    assert memory.ranked()[0] is outer, "by name alone"
    memory.templates[0].fast = 3
    assert memory.ranked()[1] is outer
    reading = read(PLAIN.page(30), memory)
    assert reading.lesson is not None
    assert reading.lesson.template == "body/div.wrap/div.main/div#artibody.article.c0"


def test_a_page_votes_once_however_often_it_is_read() -> None:
    """An odd page that is read each day does not settle a template of its own."""
    odd = lesson(Family(table).page(50))
    memory = learned([PLAIN.page(n) for n in range(6)])
    for _ in range(9):
        memory.fold([odd])
    assert [(t.pages, t.settled) for t in memory.templates] == [(6, True), (1, False)]
    memory.fold([replace(odd, observation=lesson(Family(blog).page(50)).observation)])
    assert len(memory.templates) == 3, "but in a new design it votes again"
    again = SiteMemory.from_dict(json.loads(json.dumps(memory.to_dict())))
    again.fold([odd])
    assert [t.pages for t in again.templates] == [6, 1, 1]


def test_the_pages_that_voted_are_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "VOTERS", 5)
    memory = learned([PLAIN.page(n) for n in range(9)])
    assert len(memory.voters) == 5
    assert memory.templates[0].pages == 9


def test_one_run_has_a_bounded_say() -> None:
    memory = SiteMemory("river.example")
    found = lesson(PLAIN.page(1)).observation
    memory.fold(Lesson(f"p{n}", n, observation=found) for n in range(100))
    assert memory.templates[0].pages == 12
    assert memory.articles == 100


@pytest.mark.parametrize("new", [blog, table], ids=lambda template: template.__name__)
def test_a_redesign_is_noticed_within_five_pages_and_no_text_is_wrong(new) -> None:
    memory = learned([PLAIN.page(n) for n in range(12)])
    for number in range(20, 20 + RECENT):
        assert not memory.fold([lesson(PLAIN.page(number), memory)])
    noticed = 0
    for seen, number in enumerate(range(40, 50), 1):
        reading = read(Family(new).page(number), memory)
        assert reading.article.text == text_of(story(number))
        assert reading.lesson is not None
        if memory.fold([reading.lesson]):
            noticed = noticed or seen
    assert 0 < noticed <= 5
    assert memory.changes == 1
    assert len(memory.ranked()) == 2, "the old template is kept for old pages"
    for page in (Family(new).page(60), PLAIN.page(60)):
        assert read(page, memory).article.method == "site-memory"


def test_a_text_that_moved_within_the_page_is_noticed_too() -> None:
    """The old place is still there, with a teaser in it; the text stands beside it."""
    memory = learned([PLAIN.page(n) for n in range(12)])

    def moved(number: int) -> str:
        of = story(number)
        text = "".join(f"<p>{paragraph}</p>" for paragraph in of.paragraphs)
        start, end = PLAIN.html(number).split(text_start := '<div class="article', 1)
        rest = end.split("</div>", 1)[1]
        short = "".join(f"<p>{paragraph}</p>" for paragraph in story(number + 500, 2).paragraphs)
        teaser = f'{text_start} c{number}" id="artibody">{short}</div>'
        return f'{start}{teaser}<div class="longread">{text}</div>{rest}'

    for number in range(20, 24):
        reading = read(saved(moved(number), f"m{number}"), memory)
        assert text_of(story(number)) in reading.article.text
        assert reading.lesson is not None
        assert (reading.lesson.fast, reading.lesson.doubt) == (False, "text outside of the container")
        changed = memory.fold([reading.lesson])
    assert changed


def test_odd_pages_now_and_then_are_no_redesign() -> None:
    memory = learned([PLAIN.page(n) for n in range(5)])
    trusted = memory.templates[0].container
    for number in range(100):
        odd = number % 4 == 0
        known = {"template": None if odd else trusted, "fast": not odd}
        assert not memory.fold([said(number, **known)])
    assert CHANGED > RECENT // 4


def test_pages_before_a_template_is_trusted_are_no_redesign() -> None:
    memory = learned([PLAIN.page(n) for n in range(SETTLED - 1)])
    assert (memory.changes, memory.recent, memory.settled) == (0, "", False)


def test_a_memory_speaks_of_the_pages_that_it_knows_more_of() -> None:
    before = learned([WITH_LETTER.page(n) for n in range(4)])
    found = lesson(WITH_LETTER.page(20))
    memory = before.copy()
    memory.recurring.clear()
    assert before.speaks_of(found, memory), "a line of it recurs"
    assert not before.speaks_of(lesson(Family(blog).page(20), before), before), "nothing new is known of its make"
    empty = SiteMemory("river.example")
    assert before.speaks_of(lesson(PLAIN.page(20)), empty), "its template is trusted now"


def test_a_memory_as_json_and_back() -> None:
    memory = learned([WITH_LETTER.page(n) for n in range(9)])
    memory.changed = "2026-11-23T08:00:00+00:00"
    data = json.loads(json.dumps(memory.to_dict()))
    again = SiteMemory.from_dict(data)
    assert again == memory
    assert again.to_dict() == memory.to_dict()
    with pytest.raises(ValueError, match="version 2"):
        SiteMemory.from_dict(data | {"version": 2})
