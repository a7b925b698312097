"""What is declared: kinds, options, names; and that nothing secret is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.delivery.registry import make_sink, read_sinks
from pipelines.errors import UsageError
from tests.conftest import ROOT

CANARY = "k4nary-s3cret"


def test_sinks_are_read_from_a_dict_from_json_and_from_toml(tmp_path: Path) -> None:
    wanted = {"feed": {"type": "jsonl", "path": "x.jsonl"}}
    file = tmp_path / "sinks.toml"
    file.write_text('[feed]\ntype = "jsonl"\npath = "x.jsonl"\n', encoding="utf-8")
    assert read_sinks(wanted) == read_sinks(json.dumps(wanted)) == read_sinks(str(file)) == wanted
    assert read_sinks({}) == read_sinks("") == read_sinks(None) == {}


@pytest.mark.parametrize(
    "value",
    [
        "{no json",
        "no-such-file.toml",
        '{"feed": "jsonl"}',
        '{"../feed": {"type": "jsonl"}}',
        '{"Feed": {"type": "jsonl"}}',
        '{"a b": {"type": "jsonl"}}',
        json.dumps({"x" * 65: {"type": "jsonl"}}),
        '{"a\\u0000": {"type": "jsonl"}}',
        '{"": {"type": "jsonl"}}',
        "pyproject\x00.toml",
    ],
)
def test_what_is_no_table_of_sinks_is_refused(value: str) -> None:
    with pytest.raises(UsageError):
        read_sinks(value)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({}, "type: no kind of sink 'None'"),
        ({"type": "json"}, "did you mean jsonl"),
        ({"type": "jsonl"}, "path: Field required"),
        ({"type": "jsonl", "path": "x", "pth": "y"}, "pth: unknown option"),
        ({"type": "jsonl", "path": "x", "batch": 0}, "batch: "),
        ({"type": "jsonl", "path_env": "NO_SUCH_VARIABLE"}, "'NO_SUCH_VARIABLE' is not set"),
        ({"type": "jsonl", "path": "x", "path_env": "HOME"}, "path and path_env"),
        ({"type": "sql", "url": "nonsense"}, "no database URL|not a database URL"),
        ({"type": "sql", "url": "oracle://host/x"}, "oracle"),
        ({"type": "sql", "url": "postgresql+psycopg://h/x", "table": "x; drop table y"}, "table: "),
        ({"type": "sql", "url": "postgresql+psycopg://h/x", "table": "x" * 64}, "table: "),
        ({"type": "redis", "url": "http://h"}, "no redis URL|not a redis"),
        ({"type": "redis", "url": "redis://h", "stream": "a\x00b"}, "stream: "),
        ({"type": "redis", "url": "redis://h", "stream": "x" * 300}, "stream: "),
        ({"type": "rabbitmq", "url": "http://h"}, "not an amqp"),
        ({"type": "rabbitmq", "url": "amqp://h", "routing_key": "x" * 300}, "routing_key: "),
        ({"type": "webhook", "url": "ftp://h/x"}, "not an http"),
        ({"type": "webhook", "url": "http://h/a b"}, "not an http"),
        ({"type": "webhook", "url": "http://h/a\r\nX: y"}, "not an http"),
        ({"type": "webhook", "url": "http://h:99999/"}, "not an http"),
        ({"type": "webhook", "url": "http://h/", "headers": {"A\r\nB": "c"}}, "headers: "),
        ({"type": "webhook", "url": "http://h/", "headers": {"A": "c\r\nB: d"}}, "headers: "),
        ({"type": "webhook", "url": "http://h/", "headers": {"Host": "x"}}, "headers: "),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, declared: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        make_sink("feed", declared, tmp_path)
    assert str(raised.value).startswith("sink feed: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "declared",
    [
        {"type": "sql", "url": f"postgresql+psycopg://me:{CANARY}@127.0.0.1/x"},
        {"type": "redis", "url": f"redis://:{CANARY}@127.0.0.1/0"},
        {"type": "rabbitmq", "url": f"amqp://me:{CANARY}@127.0.0.1/"},
        {"type": "webhook", "url": f"http://me:{CANARY}@127.0.0.1/"},
        {"type": "webhook", "url": "http://127.0.0.1/", "secret": CANARY},
        {"type": "webhook", "url": "http://127.0.0.1/", "token": CANARY},
        {"type": "webhook", "url": "http://127.0.0.1/", "headers": {"Authorization": CANARY}},
    ],
)
def test_a_secret_in_the_settings_is_refused_and_not_repeated(tmp_path: Path, declared: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="secret") as raised:
        make_sink("feed", declared, tmp_path)
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "url", "parts"),
    [
        ("sql", f"postgresql+psycopg://me:{CANARY}%40@127.0.0.1/x", [f"{CANARY}@", f"{CANARY}%40"]),
        ("redis", f"redis://:{CANARY}%40@127.0.0.1/0", [f"{CANARY}@", f"{CANARY}%40"]),
        ("rabbitmq", f"amqp://me:{CANARY}%40@127.0.0.1/", [f"{CANARY}@", f"{CANARY}%40"]),
        ("webhook", f"http://127.0.0.1/hooks/{CANARY}?a=1&token={CANARY}", [f"/hooks/{CANARY}", f"token={CANARY}"]),
    ],
)
def test_a_secret_from_the_environment_is_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, url: str, parts: list[str]
) -> None:
    monkeypatch.setenv("FEED_URL", url)
    sink, options = make_sink("feed", {"type": kind, "url_env": "FEED_URL"}, tmp_path)
    assert CANARY not in repr(sink)
    for part in (url, *parts):
        assert CANARY not in options.redact(f"the driver says: {part!r} was refused")


def test_every_option_is_documented_and_no_other() -> None:
    import importlib

    from pipelines.delivery.registry import KINDS

    text = (ROOT / "docs/delivery.md").read_text(encoding="utf-8")
    options = text[text.index("## Options") :]
    named = set(re.findall(r"^\| `([a-z_]+)`", options, re.MULTILINE))
    modules = [importlib.import_module(f"pipelines.delivery.{kind}") for kind in KINDS]
    known = {name for module in modules for name in module.Options.model_fields}
    assert named == known
    assert all(f"`{kind}`" in options for kind in KINDS)
