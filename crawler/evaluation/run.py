"""Extractors over a corpus: answers in worker processes, then their score."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.batch import take_apart
from crawler.evaluation import ours, peers
from crawler.evaluation.corpus import Corpus
from crawler.evaluation.measure import CPU, FAILED
from crawler.evaluation.scoring import Value, combine, score_page
from crawler.inputs import Kind
from crawler.progress import Progress
from pipelines.items import Article

OURS = "newswinnow"


@dataclass(frozen=True, slots=True)
class Extractor:
    """One way to take pages apart; `module` must be there to be imported."""

    name: str
    job: Callable[..., Article]
    module: str = "pipelines"


EXTRACTORS: Mapping[Kind, Extractor] = {"html": Extractor(OURS, ours.html), "text": Extractor(OURS, ours.text)}
PEERS: Mapping[Kind, tuple[Extractor, ...]] = {
    "html": (
        Extractor("trafilatura", peers.trafilatura, "trafilatura"),
        Extractor("readability", peers.readability, "readability"),
        Extractor("gne", peers.gne, "gne"),
    ),
    "text": (Extractor("as it stands", peers.unchanged),),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What an extractor made of a corpus: records by id, failures (id -> why), CPU ms a page, if known."""

    records: Mapping[str, Mapping[str, Any]]
    failed: Mapping[str, str] = field(default_factory=dict)
    cpu_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ScoredPage:
    """One labelled page with the answer to it and its figures."""

    gold: Mapping[str, Any]
    answer: Mapping[str, Any]
    values: Mapping[str, Value]

    @property
    def id(self) -> str:
        """The page's id."""
        return str(self.gold["id"])

    @property
    def rank(self) -> tuple[float, float, str]:
        """Sorts the worst page first: by F1 of the body, a clean one behind one that is not, then by id."""
        return _number(self.values.get("f1", 1.0)), _number(self.values.get("clean%", 100.0)), self.id


@dataclass(frozen=True, slots=True)
class Score:
    """An extractor's figures on a corpus, by name in the order of scoring.FIGURES, and its pages in gold's order."""

    extractor: str
    figures: Mapping[str, float]
    pages: tuple[ScoredPage, ...]
    missing: int  # labelled pages without an answer
    failed: int = 0  # pages that could not be taken apart
    cpu_ms: float | None = None

    def worst(self, count: int) -> list[ScoredPage]:
        """So many pages, the worst first."""
        return sorted(self.pages, key=lambda page: page.rank)[:count]

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        cpu = {} if self.cpu_ms is None else {"cpu_ms": self.cpu_ms}
        return {"pages": len(self.pages), **self.figures, "missing": self.missing, **cpu}


def available(kind: Kind) -> tuple[list[Extractor], list[str]]:
    """The peers for a kind of pages that are installed, and the names of those that are not."""
    there = [peer for peer in PEERS[kind] if importlib.util.find_spec(peer.module) is not None]
    return there, [peer.name for peer in PEERS[kind] if peer not in there]


def answer(corpus: Corpus, extractor: Extractor, *, workers: int, timeout: float) -> Answers:
    """Take every labelled page of the corpus apart; `timeout` is seconds a page. Shows progress on stderr."""
    records: dict[str, Mapping[str, Any]] = {}
    failed: dict[str, str] = {}
    seconds: list[float] = []
    results = take_apart(corpus.entries(), extractor.job, workers=workers, timeout=timeout)
    with contextlib.closing(results), Progress() as progress:
        for result in results:
            record = result.record
            evidence = record.get("evidence", {})
            why = f"{record['reason']}: {record['error']}" if result.failed else evidence.get(FAILED)
            progress.update(result.done, why and why.partition(":")[0])
            if CPU in evidence:
                seconds.append(float(evidence[CPU]))
            if why:
                failed[record["id"]] = why
            records[record["id"]] = record
    return Answers(records, failed, 1000 * sum(seconds) / len(seconds) if seconds else None)


def score(corpus: Corpus, extractor: str, answers: Answers) -> Score:
    """The figures of all answers; a page without one counts as empty."""
    pages = tuple(_scored(corpus, answers.records))
    missing = sum(page.id not in answers.records for page in pages)
    return Score(
        extractor, combine([page.values for page in pages]), pages, missing, len(answers.failed), answers.cpu_ms
    )


def _scored(corpus: Corpus, records: Mapping[str, Mapping[str, Any]]) -> Iterator[ScoredPage]:
    for gold in corpus.gold:
        found = records.get(str(gold["id"]), {})
        yield ScoredPage(gold, found, score_page(gold, found))


def _number(value: Value) -> float:
    return value if isinstance(value, (int, float)) else 0.0
