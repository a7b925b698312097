from __future__ import annotations

import io

import pytest
from rich.cells import cell_len

from crawler.known_sites import describe, print_table, profile, row
from pipelines.extraction.memory.places import Place
from pipelines.extraction.memory.site import SiteMemory
from pipelines.profiles import read_profile
from tests.pipelines.extraction.memory.families import Family, blog, learned, portal, table


def test_a_terminal_gets_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    long = SiteMemory(
        "一家名字很长很长的新闻网站的手机版\x1b[31m.example\nline", 12345, 10, changed="2026-11-23T08:00Z"
    )
    long.templates = learned([Family().page(n) for n in range(4)]).templates
    long.templates[0].container = "body/" + "/".join(f"div.very-long-name-{n}" for n in range(9))
    out = Terminal()
    assert print_table([row(long), row(SiteMemory("new.example"))], out) == 2
    lines = out.getvalue().splitlines()
    assert "\x1b[31m" not in out.getvalue()
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].split()[:2] == ["site", "read"]
    assert "12345" in lines[1] and "2026-11-23" in lines[1]
    assert lines[2].strip().endswith("div.very-long-name-8")


def test_several_templates_become_one_selector() -> None:
    memory = learned([Family(t).page(n) for t, start in ((portal, 0), (blog, 20)) for n in range(start, start + 5)])
    text = profile(memory)
    assert read_profile(text, "x.toml").selectors.body == "div#artibody, div.entry-content"
    assert text.count("5 pages voted") == 2


def test_a_template_in_the_place_of_another_is_left_to_the_person() -> None:
    memory = learned([Family().page(n) for n in range(6)])
    outer = learned([Family(table).page(n) for n in range(4)]).templates[0]
    outer.container = "body/div.wrap/div.main"
    memory.templates.append(outer)
    text = profile(memory)
    assert read_profile(text, "x.toml").selectors.body == "div#artibody"
    assert "also seen on 4 pages (around or inside a place above): div.main" in text


def test_a_place_without_a_name_of_its_own_is_left_to_the_person() -> None:
    memory = learned([Family().page(n) for n in range(6)])
    template = memory.templates[0]
    template.container = "body/div/p"
    template.places.inner = {
        "body": Place(inner={"div": Place(inner={"p": Place(6), "div": Place(inner={"p": Place(6)})})})
    }
    text = profile(memory)
    assert read_profile(text, "x.toml").selectors.body is None
    assert "also seen on 6 pages (not told from other places by its names): body/div/p" in text


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("News.Example", "news.example"),
        ("日报", "site"),
        ("alike-1a2b3c4d", "alike-1a2b3c4d"),
        ('a"b\\\n]name = 1\x00\x7f', "a-b-name-1"),
        ("../../x", "x"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_profile_loads_whatever_the_site_is_called(site: str, name: str) -> None:
    memory = SiteMemory(site, recurring={1: "一行\n两行 = '\x07\x7f"})
    found = read_profile(profile(memory), "x.toml")
    assert (found.name, found.selectors.body) == (name, None)
    assert "\x07" not in describe(memory)


def test_what_is_not_settled_is_said() -> None:
    text = profile(learned([Family().page(n) for n in range(3)]))
    assert "The place of the text is not known yet." in text
    assert "also seen on 3 pages (not trusted yet): div#artibody" in text
    assert read_profile(text, "x.toml").selectors.body is None


def test_learned_parts_and_recurring_lines_are_comments() -> None:
    memory = learned([Family().page(n) for n in range(8)])
    memory.recurring[7] = "订阅河网周报，每个周末读一遍乡间的事"
    lines = profile(memory).splitlines()
    assert "#   latest       div.side" in lines
    assert '# title = ".headline"' in lines
    assert "#   订阅河网周报，每个周末读一遍乡间的事" in lines
