"""What every sink must do, over every target: real servers where they stand on this machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.events import OutboxEntry
from pipelines.items import Event, clean
from tests.pipelines.delivery.outboxes import AT, entry, withdrawn
from tests.pipelines.delivery.targets import KINDS, NO_REPEATS, Target

every_target = pytest.mark.parametrize("any_target", KINDS, indirect=True)
where_repeats_are_refused = pytest.mark.parametrize("any_target", sorted(NO_REPEATS), indirect=True)

SQL = "Robert'); DROP TABLE articles;-- \" OR 1=1 /* %s %(id)s :id ? ${x} {0} \\' \\"
HOSTILE = {
    "SQL": SQL,
    "lone surrogate": "a\ud800b\udfffc",
    "NUL": "a\x00b",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "carriage returns": "a\rb\r\nc\n\nd",
    "quotes": '"a""b"\t,;\'c\'',
    "formula": '=HYPERLINK("http://x.example")',
    "apostrophe and formula": "'=1+1",
    "escapes of a terminal": "\x1b[31m\x9b31m\x07",
    "no character": "",
    "only spaces": "  ",
    "beyond the first plane": "𠮷野家 👩‍👩‍👧",
    "noncharacters": "\ufffe\uffff\ufdd0",
    "markup": "<script>alert(1)</script>&amp;]]>",
    "JSON": '{"seq": 1}\n[null]',
    "long": "长" * 333_334,  # 1 MB
}


def shown(found: OutboxEntry) -> dict[str, Any]:
    """What an entry looks like when it has arrived."""
    record = clean(json.loads(found.record))
    meta = {"seq": found.seq, "key": found.key, "version": found.version, "event": found.event, "at": found.at}
    return {**meta, "article": record}


def same(arrived: list[dict[str, Any]], sent: list[OutboxEntry], target: Target) -> None:
    assert [(r["seq"], r["key"], r["version"], r["event"], r["at"]) for r in arrived] == [
        (e.seq, e.key, e.version, e.event, e.at) for e in sent
    ]
    for record, found in zip(arrived, sent, strict=True):
        wanted = shown(found)["article"]
        for name, value in wanted.items():
            got = record["article"][name]
            if target.kind == "csv" and not isinstance(value, str):  # cells are text
                got = _typed(got, value)
            assert got == value, name


def _typed(cell: Any, wanted: Any) -> Any:
    if isinstance(wanted, (int, float)):
        return type(wanted)(cell)
    return None if cell == "" else cell


@every_target
def test_records_arrive_in_order_with_key_version_event_and_number(any_target: Target) -> None:
    sent = [entry(3), entry(4), entry(7, event=Event.UPDATED, version=2), entry(12, event=Event.REVISED, version=3)]
    sink = any_target.sink()
    assert sink.tail(0) is None
    assert sink.write(sent[:2]) == 2
    assert sink.write(sent[2:]) == 2
    sink.close()
    same(any_target.records(), sent, any_target)


@every_target
def test_every_field_arrives(any_target: Target) -> None:
    images = [{"url": "http://news.example/1.jpg", "position": -1, "caption": "图"}]
    links = [{"title": "相关", "url": "http://news.example/2"}]
    record = json.loads(entry(1).record) | {
        "images": images,
        "related": links,
        "evidence": {"title": "h1"},
        "confidence": 0.25,
        "status": 200,
        "pages": 3,
        "tags": ["一", "二"],
        "published": "2026-06-21T12:30+08:00",
    }
    sent = [OutboxEntry(1, "k1", 1, "created", AT, json.dumps(record))]
    sink = any_target.sink()
    sink.tail(0)
    sink.write(sent)
    sink.close()
    same(any_target.records(), sent, any_target)


@where_repeats_are_refused
def test_a_repeat_changes_nothing(any_target: Target) -> None:
    sent = [entry(1), entry(2), entry(3, key="k1", version=2, event=Event.UPDATED, title="新")]
    for again in (sent[:2], sent[:2], sent, sent[1:], sent[:1]):
        sink = any_target.sink()
        sink.tail(0)
        sink.write(again)
        sink.write(again)
        sink.close()
    same(any_target.records(), sent, any_target)


@where_repeats_are_refused
def test_the_target_says_where_it_stands(any_target: Target) -> None:
    sink = any_target.sink()
    sink.tail(0)
    sink.write([entry(1), entry(2)])
    assert sink.tail(0) == 2
    sink.write([entry(5)])
    sink.close()
    assert any_target.sink().tail(2) == 5


@every_target
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_in_every_field_arrives_the_same(any_target: Target, value: str) -> None:
    record = json.loads(entry(1).record)
    for name, old in record.items():
        if isinstance(old, str) or (old is None and name != "status"):
            record[name] = value
        elif isinstance(old, list) and name not in ("images", "related", "latest", "prev_next"):
            record[name] = [value]
        elif isinstance(old, dict):
            record[name] = {value: value}
    if len(value) > 1000:  # one field of 1 MB is enough
        record = json.loads(entry(1).record) | {"title": value}
    key = value[:100] or "empty"
    sent = [OutboxEntry(1, clean(key), 1, "created", AT, json.dumps(record)), entry(2)]
    sink = any_target.sink()
    sink.tail(0)
    assert sink.write(sent) == 2
    sink.close()
    same(any_target.records(), sent, any_target)
    if any_target.kind in NO_REPEATS:
        assert any_target.sink().tail(0) == 2


@every_target
def test_keys_that_differ_in_case_or_accent_only_are_different(any_target: Target) -> None:
    sent = [entry(1, "Abc"), entry(2, "abc"), entry(3, "äbc"), entry(4, "abc ")]
    sink = any_target.sink()
    sink.tail(0)
    sink.write(sent)
    sink.close()
    same(any_target.records(), sent, any_target)


@every_target
def test_a_withdrawal_is_carried(any_target: Target) -> None:
    sent = [entry(1, "gone"), entry(2), withdrawn(3, "gone", 2)]
    sink = any_target.sink()
    sink.tail(0)
    sink.write(sent[:2])
    sink.write(sent[2:])
    sink.close()
    found = any_target.records()[-1]
    assert (found["seq"], found["key"], found["event"]) == (3, "gone", "withdrawn")
    assert found["article"]["id"] == "gone"
    assert not found["article"].get("text")
    assert not found["article"].get("title")


@pytest.mark.parametrize("any_target", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_a_table_keeps_nothing_of_a_withdrawn_article_and_a_replay_does_not_bring_it_back(any_target: Target) -> None:
    sent = [entry(1, "gone"), entry(2, "gone", 2, Event.UPDATED), entry(3), withdrawn(4, "gone", 3)]
    for batch in (sent[:2], sent[2:], sent[:2], sent, sent[1:2]):
        sink = any_target.sink()
        sink.tail(0)
        sink.write(batch)
        sink.close()
    assert [(r["seq"], r["event"]) for r in any_target.records()] == [(3, "created"), (4, "withdrawn")]
    again = entry(9, "gone", 4, Event.CREATED)
    sink = any_target.sink()
    sink.write([again])
    sink.close()
    assert [r["seq"] for r in any_target.records()] == [3, 4, 9]


@every_target
def test_a_sink_can_be_closed_and_used_again(any_target: Target) -> None:
    sink = any_target.sink()
    sink.close()
    sink.tail(0)
    sink.write([entry(1)])
    sink.close()
    sink.close()
    sink.write([entry(2)])
    sink.close()
    assert [r["seq"] for r in any_target.records()] == [1, 2]


@every_target
def test_a_record_that_is_no_object_is_refused_and_named(any_target: Target) -> None:
    from pipelines.errors import SinkRefusedError

    sink = any_target.sink()
    sink.tail(0)
    with pytest.raises(SinkRefusedError, match="record 8 "):
        sink.write([OutboxEntry(8, "k8", 1, "created", AT, "[not json")])
    sink.write([entry(9)])
    sink.close()
    assert [r["seq"] for r in any_target.records()] == [9]
