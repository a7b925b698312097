"""S10: what a name in a feed's path may be."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from crawler.feeds import LONGEST, step

HOSTILE = (
    *("../../x", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "C:\\x", "a\x00b", "a\nb", "CON", "nul.jsonl", "~root"),
    *("x" * 300, "新" * 300, "....", "-O", "%(x)s", "http://news.example/?a=1", "a:b", "a*?", "\u202egnp", "\ud800"),
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_name_is_one_step(text: str) -> None:
    name = step(text)
    assert name not in ("", ".", "..")
    assert (PurePosixPath("a", name).parts, PureWindowsPath("a", name).parts) == (("a", name), ("a", name))
    assert not PureWindowsPath(name).is_reserved()
    assert name.isprintable()
    assert len(name.encode()) <= 3 * LONGEST + 1 and not set(name) & set('/\\:*?"<>|%~\x00')


@pytest.mark.parametrize("text", ["aggregator", "news.example", "2026-11-26T12-00-00+00-00", "新闻"])
def test_a_usual_name_stays(text: str) -> None:
    assert step(text) == text
