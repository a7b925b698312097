from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.items import Article
from pipelines.store.articles import default_url, open_store
from tests.conftest import ROOT, Run
from tests.pipelines.delivery.receiver import receiver

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 6, 23, 8, 0, tzinfo=UTC)
FEED = {"type": "jsonl", "path": "feeds/a.jsonl"}
CANARY = "k4nary-s3cret"


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., None]:
    """Stores articles by id, each in its own transaction."""

    def write(*ids: str, at: datetime = MONDAY) -> None:
        with open_store(default_url(str(tmp_path / "output"))) as store:
            for one in ids:
                store.upsert([Article(id=one, title=f"标题 {one}")], at)

    return write


def sinks(**declared: dict[str, Any]) -> tuple[str, ...]:
    """The options of a quick run with these sinks."""
    quick = ("-s", "DELIVERY_TRIES=1", "-s", "DELIVERY_FIRST_WAIT=0.01", "-s", "OUTBOX_DAYS=0")
    return ("-s", f"SINKS={json.dumps(declared)}", *quick)


def keys(tmp_path: Path, name: str = "feeds/a.jsonl") -> list[str]:
    file = tmp_path / "output" / name
    return [json.loads(line)["key"] for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def test_what_is_new_is_delivered_once(scrapy: Run, put: Callable[..., None], tmp_path: Path) -> None:
    put("a", "b")
    done = scrapy("deliver", *sinks(feed=FEED))
    assert (done.returncode, done.stderr) == (0, "scrapy deliver: feed: 2 delivered; up to record 2\n")
    put("c")
    assert scrapy("deliver", *sinks(feed=FEED)).stderr == "scrapy deliver: feed: 1 delivered; up to record 3\n"
    assert scrapy("deliver", *sinks(feed=FEED)).returncode == 0
    assert keys(tmp_path) == ["a", "b", "c"]


def test_sinks_of_a_toml_file(scrapy: Run, put: Callable[..., None], tmp_path: Path) -> None:
    put("a")
    (tmp_path / "sinks.toml").write_text('[feed]\ntype = "csv"\npath = "a.csv"\n', encoding="utf-8")
    assert scrapy("deliver", "-s", f"SINKS={tmp_path / 'sinks.toml'}").returncode == 0
    assert (tmp_path / "output/a.csv").read_text("utf-8").startswith("seq,key,version,event,at,id,")


def test_one_that_is_down_is_undelivered_and_the_others_complete(
    scrapy: Run, put: Callable[..., None], tmp_path: Path
) -> None:
    put("a", "b")
    with receiver() as hook:
        hook.answer = lambda _: (503, {"Retry-After": "120"})
        declared = sinks(hook={"type": "webhook", "url": hook.url}, feed=FEED)
        done = scrapy("deliver", *declared)
        assert done.returncode == 3
        assert "hook: 0 delivered; up to record 0; undelivered: 127.0.0.1 answered 503; may go on in 120 s" in (
            done.stderr
        )
        assert keys(tmp_path) == ["a", "b"]
        hook.answer = lambda _: (200, {})
        assert scrapy("deliver", *declared, "--sink", "feed").returncode == 0
        assert hook.records == []
        assert scrapy("deliver", *declared).returncode == 0
        assert [record["key"] for record in hook.records] == ["a", "b"]


def test_a_replay_from_a_number_and_from_a_date(scrapy: Run, put: Callable[..., None]) -> None:
    put("a", "b")
    put("c", at=TUESDAY)
    with receiver() as hook:
        declared = sinks(hook={"type": "webhook", "url": hook.url})
        for options in ((), ("--replay", "2"), ("--replay", "2026-06-23"), ("--replay", "2026-06-22T08:00+08:00"), ()):
            assert scrapy("deliver", *declared, *options).returncode == 0
        assert "".join(record["key"] for record in hook.records) == "abc" + "bc" + "c" + "abc"


def test_a_replay_into_a_file_writes_only_what_is_not_there(
    scrapy: Run, put: Callable[..., None], tmp_path: Path
) -> None:
    put("a", "b")
    scrapy("deliver", *sinks(feed=FEED))
    done = scrapy("deliver", *sinks(feed=FEED), "--replay", "1")
    assert done.stderr == "scrapy deliver: feed: 0 delivered; 2 refused as repeats; up to record 2\n"
    (tmp_path / "output/feeds/a.jsonl").rename(tmp_path / "output/feeds/old.jsonl")
    scrapy("deliver", *sinks(feed=FEED), "--replay", "1")
    assert keys(tmp_path) == ["a", "b"]


def test_a_sink_that_was_gone_longer_than_retention_is_reported(
    scrapy: Run, put: Callable[..., None], tmp_path: Path
) -> None:
    put("a", "b")
    with receiver() as hook:
        declared = sinks(hook={"type": "webhook", "url": hook.url}, feed=FEED)
        hook.answer = lambda _: (503, {})
        scrapy("deliver", *declared, "-s", "OUTBOX_DAYS=0.00001")  # MONDAY is long ago, or the clock is wrong
        put("c", at=datetime.now(UTC))
        hook.answer = lambda _: (204, {})
        for _ in range(2):
            done = scrapy("deliver", *declared)
            assert done.returncode == 3
            assert "hook: " in done.stderr
            assert "it lacks records 1 to 2, which left the outbox after OUTBOX_DAYS" in done.stderr
            assert "--replay 3 " in done.stderr
        assert [record["key"] for record in hook.records] == ["c"]
        assert keys(tmp_path) == ["a", "b", "c"]
        assert scrapy("deliver", *declared, "--sink", "hook", "--replay", "3").returncode == 0
        assert scrapy("deliver", *declared).returncode == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "no sink is declared"),
        (("-s", "SINKS=no-such-file.toml"), "cannot read the sinks"),
        ((*sinks(feed=FEED), "--sink", "fed"), "did you mean feed?"),
        ((*sinks(feed={"type": "jsonl", "path": "../../x"}),), "leaves the output folder"),
        ((*sinks(feed=FEED), "--replay", "yesterday"), "neither a record's number nor a date"),
        ((*sinks(feed=FEED), "--folow"), "did you mean --follow?"),
        ((*sinks(feed=FEED), "feed"), "name sinks with --sink"),
    ],
)
def test_a_wrong_call_is_refused(scrapy: Run, put: Callable[..., None], args: tuple[str, ...], message: str) -> None:
    put("a")
    done = scrapy("deliver", *args)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_a_store_it_says_so(scrapy: Run) -> None:
    done = scrapy("deliver", *sinks(feed=FEED))
    assert done.returncode == 1
    assert "no store at" in done.stderr


def test_secrets_stand_nowhere(
    scrapy: Run, put: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a")
    monkeypatch.setenv("FEED_SECRET", CANARY)
    with receiver() as hook:
        monkeypatch.setenv("HOOK_URL", f"{hook.url}/{CANARY}?token={CANARY}")
        # port 9 (discard): nobody listens
        monkeypatch.setenv("FEED_DB", f"postgresql+psycopg://me:{CANARY}@127.0.0.1:9/x")
        monkeypatch.setenv("FEED_REDIS", f"redis://:{CANARY}@127.0.0.1:9/0")
        monkeypatch.setenv("FEED_AMQP", f"amqp://me:{CANARY}@127.0.0.1:9/")
        declared = {
            "hook": {"type": "webhook", "url_env": "HOOK_URL", "secret_env": "FEED_SECRET", "token_env": "FEED_SECRET"},
            "db": {"type": "sql", "url_env": "FEED_DB"},
            "stream": {"type": "redis", "url_env": "FEED_REDIS"},
            "queue": {"type": "rabbitmq", "url_env": "FEED_AMQP"},
        }
        for answer in ((204, {}), (500, {}), (400, {})):
            hook.answer = lambda _, answer=answer: answer  # type: ignore[misc]
            done = scrapy("deliver", *sinks(**declared), "-s", "LOG_LEVEL=DEBUG", "--replay", "1")
            assert done.returncode == 3
            assert CANARY not in done.stdout + done.stderr
    for file in (tmp_path / "output").rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()


def test_following_is_ended_by_a_stop(put: Callable[..., None], tmp_path: Path) -> None:
    put("a")
    command = [sys.executable, "-m", "scrapy", "deliver", "--follow", *sinks(feed=FEED), "-s", "DELIVERY_POLL=0.05"]
    command += ["-s", f"OUTPUT_DIR={tmp_path / 'output'}"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8") as process:
        for wanted in (["a"], ["a", "b"]):
            for _ in range(600):
                if keys(tmp_path) == wanted:
                    break
                time.sleep(0.05)
            assert keys(tmp_path) == wanted
            put("b")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said == "scrapy deliver: feed: 2 delivered; up to record 2\n"
