"""Corrections: a person says what a block is; the rule is tried on the site's archived pages, saved, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from crawler.corrections import make_rule
from crawler.web.asking import text_value
from crawler.web.sources import changing, sources
from crawler.web.versions import Change, compare
from pipelines.errors import MemoryFileError, NewswinnowError, PageError
from pipelines.items import Label, Page, Segment
from pipelines.profiles import LONGEST_TEXT, Rule
from pipelines.store.reading import Query

pages = Blueprint("corrections", __name__)
LONGEST = 400  # characters of a selector
LISTED = 50  # articles that are read at once
LOOKED = 2_000  # articles of a site whose archived page is looked for, at most
PASSED = "p"  # before the number of a block of the page, which no part has
ALL, WORDS, OWN = "all:", "words:", "own"  # how `where` begins: every block of a place, those with words, a place given
_BLOCK = re.compile(rf"{PASSED}?[0-9]{{1,6}}")
NO_BLOCK = "the article has no such block; it was taken apart again, perhaps"
# What a person may call a block, the likely ones first.
NAMES: Mapping[Label, str] = {
    Label.BODY: "text of the article",
    Label.COPYRIGHT: "a notice: rights, disclaimer",
    Label.RELATED: "links to related articles",
    Label.LATEST: "links to the newest or most read",
    Label.PREV_NEXT: "previous and next article",
    Label.TAGS: "tags",
    Label.BYLINE: "date, source, authors",
    Label.SUMMARY: "a summary",
    Label.PROMOTION: "an advertisement",
    Label.SHARE: "share buttons, account calls",
    Label.COMMENTS: "comments",
    Label.NAVIGATION: "menus",
    Label.BREADCRUMBS: "breadcrumbs",
    Label.PAGINATION: "numbers of further pages",
    Label.OTHER: "none of these, but not the text",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What stands in the address: the block's number and what the form was filled with."""

    block: str  # the number of a part, or PASSED and that of a block of the page
    label: str = ""
    where: str = ""
    own: str = ""
    text: str = ""

    @staticmethod
    def of(args: MultiDict[str, str]) -> _Asked:
        block = text_value(args, "block")
        if not _BLOCK.fullmatch(block):
            abort(404, NO_BLOCK)
        longest = {"label": 40, "where": LONGEST, "own": LONGEST, "text": LONGEST_TEXT}
        return _Asked(block, **{name: text_value(args, name, most) for name, most in longest.items()})

    def rule(self) -> Rule:
        """The rule that is asked for. Ends the request with 400 where it is none."""
        if not self.label:
            abort(400, "say what the block is")
        if self.where.startswith(ALL):
            return _rule(self.label, self.where.removeprefix(ALL), "")
        if self.where.startswith(WORDS):
            if not self.text:
                abort(400, "say the words that the lines hold")
            return _rule(self.label, self.where.removeprefix(WORDS), self.text)
        if self.where != OWN:
            abort(400, "say which blocks of the site's pages are meant")
        return _rule(self.label, self.own, self.text)


@pages.get("/correct/<path:key>")
def form(key: str) -> str:
    """Ask what a block is, and which blocks of the site's pages are meant."""
    from pipelines.extraction.choices import choices

    changing()
    found, page = _archived(key)
    segments = [Segment(Label(s["label"]), s["text"], s["reason"], s["path"]) for s in found["segments"]]
    asked = _Asked.of(request.args)
    number, passed = int(asked.block.removeprefix(PASSED)), asked.block.startswith(PASSED)
    try:
        offered = choices(page, segments, number, passed=passed)
    except IndexError:
        abort(404, NO_BLOCK)
    except PageError as error:
        abort(404, f"the copy of this page cannot be read: {error}")
    first = offered.places[0].selector if offered.places else ""
    default = f"{WORDS}{first}" if offered.by_words else f"{ALL}{first}"
    return render_template(
        "correct.html",
        article=found,
        asked=asked,
        segment=None if passed else segments[number],
        names=NAMES,
        offered=offered,
        first=first,
        default=asked.where or default,
    )


@pages.get("/try/<path:key>")
def trial(key: str) -> str:
    """Show what a rule would change on the newest archived pages of the site, before it is saved."""
    from crawler.web.trial import try_rule

    found, page = _archived(key)
    asked = _Asked.of(request.args)
    rule, site = asked.rule(), found["site"]
    try:
        memory = sources().memory.load(site)
    except MemoryFileError:
        memory = None
    tried = try_rule(_all_archived(found, page), rule, changing().profiles.of(site), memory)
    stored = next(iter(sources().reader.sites(site)), {"articles": 1})
    return render_template(
        "try.html", article=found, asked=asked, rule=rule, names=NAMES, trial=tried, stored=stored["articles"]
    )


@pages.post("/rules")
def save() -> Response:
    """Keep a rule, and take the site's archived pages apart again."""
    found, _ = _archived(text_value(request.form, "article", LONGEST))
    note = f"{datetime.now(UTC).date()}, {found['url']}"
    given = [text_value(request.form, name, LONGEST) for name in ("label", "selector", "text")]
    rule = _rule(given[0], given[1], given[2], note)
    return _changed(found["site"], lambda: changing().profiles.corrections.add(found["site"], rule))


@pages.post("/rules/remove")
def remove() -> Response:
    """Take a rule back, and take the site's archived pages apart again."""
    site, key = text_value(request.form, "site", LONGEST), text_value(request.form, "rule")

    def change() -> None:
        if not changing().profiles.corrections.remove(site, key):
            abort(404, "this rule is gone already")

    return _changed(site, change)


@pages.post("/again")
def again() -> Response:
    """Take the archived pages of a site apart again."""
    return _changed(text_value(request.form, "site", LONGEST), lambda: None)


@pages.post("/fixture/<path:key>")
def fixture(key: str) -> str:
    """Save the page of an article with what it comes to as a test of its site."""
    from crawler.fixtures import COMPARED, save, told

    found, page = _archived(key)
    rules = changing().profiles.corrections.rules(found["site"])
    try:
        place, article = save(changing().fixtures, replace(page, site=found["site"], id=found["id"]), rules)
    except PageError as error:
        abort(400, f"the page is no article by itself: {error}")
    except OSError as error:
        abort(500, f"cannot write the test: {error.strerror or error}")
    fresh = told(article)
    fields, lines = compare(found, article.to_dict(), [name for name in COMPARED if name != "text"])
    expected = [(name, fresh[name]) for name in COMPARED if name != "text" and fresh[name] not in (None, "", [])]
    return render_template(
        "fixture.html",
        article=found,
        place=place,
        expected=expected,
        text=fresh["text"],
        change=Change(0, "", fields, lines),
    )


def again_job(site: str) -> str:
    """The job under which the runs stand that take the pages of a site apart again."""
    return f"again: {site}"


def _changed(site: str, change: Any) -> Response:
    """Do a change to a site, have its pages taken apart by it, and lead to the site's page."""
    try:
        change()
    except OSError as error:
        abort(500, f"cannot write the rules: {error.strerror or error}")
    changing().again.begin(site)
    answer = redirect(url_for("sites.show", name=site, _anchor="rules"), 303)
    return Response(answer.get_data(), answer.status_code, answer.headers)


def _rule(label: str, selector: str, text: str, note: str = "") -> Rule:
    try:
        return make_rule(label, selector, text, note)
    except NewswinnowError as error:
        abort(400, str(error))


def _archived(key: str) -> tuple[dict[str, Any], Page]:
    """An article of a site and its page as it was fetched; ends the request with 404 where one is not there."""
    changing()
    found = sources().reader.article(key)
    if found is None:
        abort(404, "no article with this id")
    page = sources().raw(found["url"], found["fetched_at"]) if found["url"] else None
    if page is None or not found["site"]:
        abort(404, "no copy of this page is kept, or its site is not known: no rule can be made on it")
    return found, page


def _all_archived(found: Mapping[str, Any], page: Page) -> Iterator[tuple[str, Page]]:
    """The page at hand, then those of the site's other articles that are kept, the newest first."""
    yield found["id"], page
    reader, after, looked = sources().reader, None, 0
    while looked < LOOKED:
        listing = reader.listing(Query(site=found["site"]), LISTED, after, whole=True)
        for row in listing.rows:
            other = sources().raw(row["url"], row["fetched_at"]) if row["url"] and row["id"] != found["id"] else None
            if other is not None:
                yield row["id"], other
        looked, after = looked + LISTED, listing.after
        if after is None:
            return
