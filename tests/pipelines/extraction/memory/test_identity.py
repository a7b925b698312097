from __future__ import annotations

import random

import pytest

from pipelines.extraction.memory.identity import HEAD, alike, site_of, sketch
from pipelines.items import Page
from tests.pipelines.extraction.memory.families import Family, blog, portal, table


def page(html: str = "", **known: str) -> Page:
    return Page(html.encode(), **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "html", "site"),
    [
        ({"site": "given", "url": "http://a.example/1"}, "", "given"),
        ({"url": "http://a.example:8080/1"}, '<link rel="canonical" href="http://b.example/1">', "a.example"),
        ({}, '<link rel="canonical" href="http://b.example/1">', "b.example"),
        ({}, "<link href='https://b.example/1' rel='canonical'>", "b.example"),
        ({}, '<meta property="og:url" content="http://c.example/1">', "c.example"),
        ({}, "<link rel=canonical href=http://d.example/1>", "d.example"),
        ({}, '<link rel="canonical" href="/1">', None),
        ({}, '<link rel="stylesheet" href="http://static.example/1.css">', None),
        ({}, "<p>http://e.example/</p>", None),
        ({"url": "http://[bad/1"}, "", None),
        ({}, '<link rel="canonical" href="http://[bad/1">', None),
        ({}, " " * HEAD + '<link rel="canonical" href="http://b.example/1">', None),
    ],
)
def test_the_site_is_what_is_known_else_what_the_page_says(known: dict[str, str], html: str, site: str | None) -> None:
    assert site_of(page(html, **known)) == site


def test_pages_of_unknown_sites_are_grouped_by_how_they_are_built() -> None:
    bodies = {
        f"{template.__name__}{n}": Family(template).html(n).encode()
        for template in (portal, blog, table)
        for n in range(6)
    }
    groups = alike({key: sketch(body) for key, body in bodies.items()})
    for name in ("portal", "blog", "table"):
        assert len({group for key, group in groups.items() if key.startswith(name)}) == 1
    assert len(set(groups.values())) == 3
    assert all(group.startswith("alike-") for group in groups.values())


def test_groups_do_not_hang_on_the_order() -> None:
    sketches = {f"{t.__name__}{n}": sketch(Family(t).html(n).encode()) for t in (portal, blog) for n in range(9)}
    wanted = alike(sketches)
    for seed in range(5):
        keys = sorted(sketches)
        random.Random(seed).shuffle(keys)
        assert alike({key: sketches[key] for key in keys}) == wanted


def test_numbers_in_names_are_no_difference_and_pages_without_names_are_one_group() -> None:
    assert sketch(b'<div class="post-12">') == sketch(b"<div class='post-7'>")
    assert sketch(b"<p>text</p>") == frozenset()
    assert sketch(b"") == frozenset()
    groups = alike({"a": frozenset(), "b": frozenset(), "\ud800": frozenset()})
    assert set(groups) == {"a", "b", "\ud800"}
