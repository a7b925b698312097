"""From a block that is wrong to a rule of its site, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from crawler.web.again import DONE
from pipelines.items import Label
from pipelines.profiles import Rule
from pipelines.store.articles import Store, default_url, open_store
from tests.crawler.web.corrected import NOTICE, SITE, changing, editing_app, fill
from tests.crawler.web.test_guard import harmless

LAST = {"label": "copyright", "where": "words:div.content p", "text": "这些文字写给转载"}


@pytest.fixture
def edited_store(tmp_path: Path) -> Iterator[Store]:
    with open_store(default_url(str(tmp_path))) as store:
        fill(store)
        yield store


@pytest.fixture
def app(edited_store: Store, tmp_path: Path) -> Iterator[Flask]:
    app = editing_app(edited_store, tmp_path)
    yield app
    changing(app).again.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def tree(client: FlaskClient, path: str, **query: str) -> html.HtmlElement:
    answer = client.get(path, query_string=query or None)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.data, parser=html.HTMLParser(encoding="utf-8"))


def block(client: FlaskClient, text: str) -> str:
    """The number of a block, as the article's page links to it."""
    page = tree(client, "/article/p1")
    (link,) = [li.cssselect("a.correct")[0] for li in page.cssselect(".blocks li") if text in li.text_content()]
    return parse_qs(urlsplit(link.get("href")).query)["block"][0]


def send(client: FlaskClient, form: html.HtmlElement, **headers: str) -> int:
    data = dict(form.fields)
    return client.post(form.get("action"), data=data, headers=headers).status_code


def rules(app: Flask) -> list[Rule]:
    return list(changing(app).profiles.corrections.rules(SITE))


def finished(app: Flask) -> str | None:
    for _ in range(1000):
        state = changing(app).again.state(SITE)
        if state not in ("waits", "runs"):
            return state
        __import__("time").sleep(0.01)
    raise AssertionError("it goes on")


def test_a_block_is_corrected_tried_saved_and_taken_back(client: FlaskClient, app: Flask) -> None:
    number = block(client, NOTICE)
    asked = tree(client, "/correct/p1", block=number)
    assert NOTICE in asked.cssselect("blockquote")[0].text_content()
    offered = {i.get("value"): i.get("checked") is not None for i in asked.cssselect("input[type=radio]")}
    assert offered == {"words:div.content p": True, "all:div.content p": False, "own": False}
    form = asked.forms[0]
    assert form.fields["text"] == "这些文字写给转载的人看"
    form.fields["label"] = "copyright"

    tried = tree(client, form.get("action"), **dict(form.fields))
    numbers = [b.text for b in tried.cssselect(".figures b")]
    assert numbers == ["4", "4", "4"]
    assert len(tried.cssselect(".example")) == 3
    assert tried.cssselect(".example a")[0].get("href") == "/article/p1"
    assert {e.text for e in tried.cssselect(".example .diff div del, .example div.diff del")} == {NOTICE}
    assert rules(app) == []
    (save,) = tried.forms
    assert send(client, save) == 303
    (rule,) = rules(app)
    assert (rule.label, rule.selector, rule.text) == (Label.COPYRIGHT, "div.content p", "这些文字写给转载的人看")
    assert rule.note and "http://news.example/1.html" in rule.note
    assert finished(app) == DONE

    site = tree(client, f"/site/{SITE}")
    assert "这些文字写给转载的人看" in site.cssselect(".rules li")[0].text_content()
    assert str(changing(app).profiles.corrections.file(SITE)) in site.text_content()
    again = tree(client, form.get("action"), **dict(form.fields))
    assert [b.text for b in again.cssselect(".figures b")] == ["4", "4", "0"], "nothing changes any longer"
    back = site.cssselect(".rules form")[0]
    assert send(client, back) == 303
    assert rules(app) == []
    assert send(client, back) == 404


def test_a_block_that_was_passed_by_is_corrected_too(client: FlaskClient) -> None:
    asked = tree(client, "/correct/p1", block="p0")
    assert asked.cssselect("blockquote")[0].text == "首页 新闻 城市"
    assert "passed by" in asked.text_content()
    form = asked.forms[0]
    form.fields["label"] = "body"
    tried = tree(client, form.get("action"), **dict(form.fields))
    assert [b.text for b in tried.cssselect(".figures b")] == ["4", "4", "4"]
    assert tried.cssselect(".example div.diff ins")[0].text == "首页 新闻 城市"


def test_a_rule_that_is_too_wide_is_seen(client: FlaskClient) -> None:
    tried = tree(client, "/try/p1", block=block(client, NOTICE), label="related", where="all:div.content p")
    assert "4 lose more than half of the text" in tried.cssselect(".figures .warnings")[0].text_content()
    assert "no article any longer" in tried.cssselect(".example")[0].text_content()


def test_a_rule_that_finds_nothing_cannot_be_saved(client: FlaskClient) -> None:
    number = block(client, NOTICE)
    tried = tree(client, "/try/p1", block=number, label="related", where="own", own=".gone")
    assert "names no block" in tried.text_content()
    assert not tried.forms
    edit = tree(client, tried.cssselect(".actions a")[0].get("href"))
    assert dict(edit.forms[0].fields)["own"] == ".gone"
    assert dict(edit.forms[0].fields)["where"] == "own"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"label": ""}, "say what the block is"),
        ({"label": "title"}, "no rule gives this label"),
        ({"label": "x"}, "label: Input should be"),
        ({"where": ""}, "say which blocks"),
        ({"text": ""}, "say the words"),
        ({"where": "own", "text": ""}, "one of the two must be there"),
        ({"where": "own", "own": "p["}, "neither XPath nor CSS"),
        ({"where": "own", "own": "x" * 401}, "own is 400 characters"),
        ({"text": "x" * 201}, "text is 200 characters"),
    ],
)
def test_what_is_no_rule_is_said_in_a_line(client: FlaskClient, given: dict[str, str], fault: str) -> None:
    answer = client.get("/try/p1", query_string={"block": "1", **LAST, **given})
    assert answer.status_code == 400
    assert fault in html.fromstring(answer.text).text_content()


def test_there_is_nothing_to_correct_without_page_or_block(client: FlaskClient) -> None:
    assert not tree(client, "/article/p4").cssselect("a.correct")
    for path in (
        "/correct/p4?block=1",
        "/correct/none?block=1",
        "/correct/p1?block=999",
        "/correct/p1?block=x",
        "/correct/p1?block=p999",
    ):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("path", ["/rules", "/rules/remove", "/again", "/fixture/p1"])
@pytest.mark.parametrize(
    ("token", "site"), [("", None), ("wrong", None), ("\ud800é", None), (None, "cross-site"), (None, "none")]
)
def test_a_change_needs_a_form_of_ours(
    client: FlaskClient, app: Flask, path: str, token: str | None, site: str | None
) -> None:
    given = app.jinja_env.globals["token"] if token is None else token.encode("utf-8", "replace").decode()
    data = {"token": given, "article": "p1", "site": SITE, "label": "body", "selector": "p"}
    answer = client.post(path, data=data, headers={"Sec-Fetch-Site": site} if site else {})
    assert answer.status_code == 403
    assert (rules(app), changing(app).again.state(SITE)) == ([], None)


def test_each_start_has_a_token_of_its_own(app: Flask, edited_store: Store, tmp_path: Path) -> None:
    other = editing_app(edited_store, tmp_path)
    assert app.jinja_env.globals["token"] != other.jinja_env.globals["token"]


def test_changes_are_asked_by_post_only_and_are_small(client: FlaskClient, app: Flask) -> None:
    assert client.get("/rules").headers["Allow"] == "POST"
    data = {"token": app.jinja_env.globals["token"], "article": "p1", "text": "x" * 20_000}
    assert client.post("/rules", data=data).status_code == 413


def test_where_others_may_look_nothing_can_be_changed(client: FlaskClient, app: Flask) -> None:
    token = app.jinja_env.globals["token"]
    found = app.extensions["newswinnow"]
    app.extensions["newswinnow"] = replace(found, changing=None)
    for path in ("/correct/p1?block=1", "/try/p1?block=1"):
        assert client.get(path).status_code == 403, path
    for path in ("/rules", "/rules/remove", "/again"):
        assert client.post(path, data={"token": token, "article": "p1", "site": SITE}).status_code == 403, path
    assert not tree(client, "/article/p1").cssselect("a.correct")
    page = client.get("/page/p1")
    assert "allow" not in page.headers["Content-Security-Policy"] and "<a " not in page.text
    app.extensions["newswinnow"] = found


def test_the_page_in_its_frame_links_to_corrections(client: FlaskClient) -> None:
    (frame,) = tree(client, "/article/p1").cssselect("iframe")
    assert frame.get("sandbox") == "allow-top-navigation-by-user-activation"
    answer = client.get("/page/p1")
    assert (
        "sandbox allow-top-navigation-by-user-activation; default-src 'none'"
        in (answer.headers["Content-Security-Policy"])
    )
    links = html.fromstring(answer.data).cssselect("a")
    assert {urlsplit(a.get("href")).path for a in links} == {"/correct/p1"}
    assert "tabindex" in answer.text and "tabindex" not in client.get("/page/p1?alone=1").text
    (notice,) = [a for a in links if NOTICE in str(html.fromstring(html.tostring(a)).text_content())]
    assert f"block={block(client, NOTICE)}" in notice.get("href")


def test_what_pages_and_addresses_hold_is_escaped(client: FlaskClient, app: Flask) -> None:
    bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    query = {"block": "1", "label": bad, "where": f"all:{bad}", "own": bad, "text": bad}
    harmless(
        "/correct/", client.get("/correct/p1", query_string=query).data.replace(b'action="/try/p1"', b'action="/"')
    )
    harmless("/try/", client.get("/try/p1", query_string=query).data)
    changing(app).profiles.corrections.add(SITE, Rule(label=Label.OTHER, selector=None, text=bad, note=bad))
    site = client.get(f"/site/{SITE}").data
    harmless(
        "/site/", site.replace(b'action="/rules/remove"', b'action="/"').replace(b'action="/again"', b'action="/"')
    )


def test_a_broken_file_of_rules_is_said_and_not_written_over(client: FlaskClient, app: Flask) -> None:
    file = changing(app).profiles.corrections.file(SITE)
    file.parent.mkdir()
    file.write_text("[[rules]]\nlabel = 'x'\n", "utf-8")
    assert "rules.0.label" in tree(client, f"/site/{SITE}").cssselect("#rules .warnings")[0].text_content()
    data = {"token": app.jinja_env.globals["token"], "article": "p1", "label": "body", "selector": "p"}
    answer = client.post("/rules", data=data)
    assert (answer.status_code, "rules.0.label" in answer.text) == (500, True)
    assert file.read_text("utf-8") == "[[rules]]\nlabel = 'x'\n"


def test_a_run_that_fails_is_said(edited_store: Store, tmp_path: Path) -> None:
    app = editing_app(edited_store, tmp_path, (sys.executable, "-c", "raise SystemExit('no such archive')"))
    client = app.test_client()
    assert client.post("/again", data={"token": app.jinja_env.globals["token"], "site": SITE}).status_code == 303
    assert "no such archive" in str(finished(app))
    changing(app).profiles.corrections.add(SITE, Rule(label=Label.OTHER, text="x"))
    assert "no such archive" in tree(client, f"/site/{SITE}").cssselect("#rules .warnings")[0].text_content()
    changing(app).again.close()


def test_a_page_is_saved_as_a_test_with_one_click(client: FlaskClient, app: Flask, tmp_path: Path) -> None:
    from crawler.fixtures import differences, fixtures

    (form,) = tree(client, "/article/p1").forms
    answer = client.post(form.get("action"), data=dict(form.fields))
    assert answer.status_code == 200
    (place,) = fixtures(tmp_path / "fixtures")
    assert str(place) in answer.text
    assert differences(place) == []
