"""The k-th call fails (raises, hangs, dies) for k = 1, 2, … until a run meets no fault; then a run without one follows.

After each: every record is there, in order, and once where the target refuses repeats.
"""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.items import Article
from pipelines.store.articles import default_url, open_store
from tests.pipelines.delivery import faulty
from tests.pipelines.delivery.targets import FILES, NO_REPEATS, Target, target

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
RECORDS = 6
BATCH = 2

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.pipelines.delivery.faulty"])


def run(made: Target, url: str, fault: str, at: int) -> tuple[int, bool] | None:
    """One run in its own process: the calls it made and whether it delivered all; None where it died."""
    ours, theirs = context.Pipe(duplex=False)
    declared = {**made.options, "batch": BATCH, "timeout": 0.2 if fault == "hang" else 5}
    process = context.Process(target=faulty.deliver, args=(made.root, url, declared, fault, at, theirs))
    process.start()
    theirs.close()
    process.join(30)
    assert process.exitcode is not None, "a run must end"
    try:
        found: tuple[int, bool] | None = ours.recv() if ours.poll() else None
    except EOFError:
        found = None
    ours.close()
    process.close()
    return found


def sweep(kind: str, fault: str, tmp_path: Path, step: int) -> int:
    """Faults at every step-th call, each on a new target; gives how many calls a run has."""
    at, calls = 1, 0
    while True:
        with target(kind, tmp_path / f"{kind}-{fault}-{at}") as made:
            url = default_url(str(made.root))
            with open_store(url) as store:
                for number in range(RECORDS):
                    store.upsert([Article(id=f"k{number}", title="=一", text='"二"\n,三')], MONDAY)
            met = run(made, url, fault, at)
            after = run(made, url, "none", 0)
            assert after is not None
            assert after[1], f"call {at}: not delivered afterwards"
            found = [record["seq"] for record in made.records()]
            wanted = list(range(1, RECORDS + 1))
            if kind in NO_REPEATS:
                assert found == wanted, f"call {at}"
            assert sorted(set(found)) == wanted, f"call {at}"
            if met is not None and met[0] < at:
                assert met[1], "no fault was met, and not all delivered"
                return calls
        calls = max(calls, at)
        at += step


LEAST = 5 + 2 * RECORDS // BATCH  # calls of the sink and of the outbox in a run that meets no fault


@pytest.mark.parametrize("kind", [*FILES, "sqlite", "webhook"])
@pytest.mark.parametrize("fault", ["raise", "kill"])
def test_a_sample_of_faults_loses_nothing_and_doubles_nothing(kind: str, fault: str, tmp_path: Path) -> None:
    assert sweep(kind, fault, tmp_path, step=6) >= LEAST


@pytest.mark.long
@pytest.mark.parametrize("kind", [*FILES, "sqlite", "postgresql", "mariadb", "redis", "webhook", "rabbitmq"])
@pytest.mark.parametrize("fault", faulty.FAULTS)
def test_every_fault_loses_nothing_and_doubles_nothing(kind: str, fault: str, tmp_path: Path) -> None:
    assert sweep(kind, fault, tmp_path, step=1) >= LEAST
