from __future__ import annotations

import pytest

from crawler.reports.alarms import Past, Thresholds, change, judge
from crawler.reports.figures import Figures
from tests.crawler.reports.samples import COVERAGE, figures, past

LIMITS = Thresholds()


def raised(now: Figures, before: tuple[Past, ...]) -> dict[str, str]:
    return {kind: message for kind, message in judge(now, before, LIMITS).items() if message}


def test_a_run_as_always_raises_nothing_and_is_judged_in_all_kinds() -> None:
    verdict = judge(figures(), past(), LIMITS)
    assert {kind for kind, message in verdict.items() if message} == set()
    assert verdict.keys() >= {"ended", "nothing", "links", "yield", "dropped", "template", "boilerplate"}
    assert {kind for kind in verdict if kind.startswith("field/")} == {f"field/{name}" for name in COVERAGE}


@pytest.mark.parametrize(
    ("change_", "kind", "words"),
    [
        ({"new": 10}, "yield", "13 new or changed articles, usually 47"),
        ({"links": 31}, "links", "31 article links, usually 243"),
        (
            {"links": 0, "new": 0, "changed": 0, "lists": 0, "pages": 0},
            "nothing",
            "no page could be fetched, 2 failed, 0 are put off",
        ),
        ({"dropped": {"timeout": 40}}, "dropped", "45% pages without article, usually 11%"),
        ({"redesigned": 1}, "template", "redesigns of the site noticed: 1"),
        ({"repeated": 0.2}, "boilerplate", "20% of the texts repeated, usually 0%"),
        ({"coverage": COVERAGE | {"tags": 0.1}}, "field/tags", "10% of the articles have tags, usually 80%"),
    ],
)
def test_what_went_wrong_is_said(change_: dict[str, object], kind: str, words: str) -> None:
    found = raised(figures(**change_), past())
    assert found[kind] == words
    assert set(found) <= {kind, *(["yield", "links", "dropped"] if kind == "nothing" else [])}


@pytest.mark.parametrize(
    "change_", [{"new": 25}, {"links": 130}, {"repeated": 0.09}, {"coverage": COVERAGE | {"tags": 0.5}}]
)
def test_what_is_within_bounds_is_no_alarm(change_: dict[str, object]) -> None:
    assert raised(figures(**change_), past()) == {}


def test_a_field_that_was_rare_cannot_vanish() -> None:
    usual = tuple(Past(figures(n, coverage={"editors": 0.3})) for n in range(39, 30, -1))
    assert raised(figures(coverage={"editors": 0.0}), usual) == {}


def test_too_few_runs_judge_nothing() -> None:
    verdict = judge(figures(new=0, changed=0, links=0, repeated=0.9), past(2), LIMITS)
    assert set(verdict) == {"ended", "nothing", "template"}


def test_fewer_lists_with_as_many_links_each_are_no_alarm() -> None:
    assert "links" not in raised(figures(links=31, lists=3), past())
    assert "links" in raised(figures(links=31, lists=12), past())


def test_a_small_site_raises_nothing_by_chance() -> None:
    small = tuple(Past(figures(n, new=3, changed=0, links=4, dropped={})) for n in range(39, 30, -1))
    assert raised(figures(new=0, changed=0, links=1, dropped={"fetch/404": 2}), small) == {}


def test_a_fault_that_lasts_does_not_become_the_measure() -> None:
    runs = list(past())
    for run in range(40, 60):
        now = figures(run, new=5)
        found = raised(now, tuple(runs))
        assert "yield" in found, run
        runs.insert(0, Past(now, frozenset(found)))
    assert raised(figures(60), tuple(runs)) == {}


def test_a_run_that_was_stopped_is_not_judged_and_one_that_broke_is() -> None:
    assert judge(figures(state="shutdown", new=0), past(), LIMITS) == {"ended": None}
    assert raised(figures(state="store-away", new=0), past()) == {"ended": "the run ended by store-away"}
    away = judge(figures(state="deferred", new=0, lists=0, pages=0, open=1), past(), LIMITS)
    assert away == {"ended": None, "nothing": "no page could be fetched, 2 failed, 1 are put off"}
    assert "ended" in raised(figures(state=None), past())  # the store was away when it was to be noted
    stopped = tuple(Past(figures(n, new=0, state="shutdown")) for n in range(39, 0, -1))
    assert "yield" not in judge(figures(), stopped, LIMITS)  # nor does it count as usual


def test_alarms_change_once_and_what_was_not_judged_stays() -> None:
    first = change({}, {"yield": "1, usually 9", "links": None})
    assert (first.raised, first.cleared, dict(first.standing)) == (("yield",), (), {"yield": "1, usually 9"})
    again = change(first.standing, {"yield": "2, usually 9"})
    assert (again.raised, again.cleared, dict(again.standing)) == ((), (), {"yield": "2, usually 9"})
    assert change(again.standing, {"ended": None}).standing == again.standing
    assert change(again.standing, {"yield": None}).cleared == ("yield",)
