"""A labelled corpus: a folder with gold.jsonl, pages/ (one file a page, named by its id) and perhaps index.jsonl."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.inputs import Entry, Kind, describe, find_inputs, stem
from pipelines.errors import UsageError


@dataclass(frozen=True, slots=True)
class Corpus:
    """The labelled pages of a folder, or a sample of them. `digest` changes whenever a label does."""

    name: str
    folder: Path
    kind: Kind  # "text" where pages/ holds dumps and no HTML
    gold: tuple[Mapping[str, Any], ...]
    digest: str

    def entries(self) -> Iterator[Entry]:
        """The labelled pages, sorted by path, each with what the index knows of it."""
        index = self.folder / "index.jsonl"
        inputs = find_inputs([str(self.folder / "pages")], self.kind, str(index) if index.exists() else None)
        labelled = {record["id"] for record in self.gold}
        inputs.files = [file for file in inputs.files if stem(file) in labelled]
        return iter(inputs)


def read_corpus(folder: str | Path, sample: int | None = None) -> Corpus:
    """The corpus in a folder; with `sample`, so many of its pages, the same on each run: by the hash of their ids.

    Raises UsageError where the folder holds no corpus or gold.jsonl does not read; it names the line.
    """
    folder = Path(folder).resolve()
    path = folder / "gold.jsonl"
    if not path.is_file() or not (folder / "pages").is_dir():
        raise UsageError(f"{folder} is no corpus: it needs gold.jsonl and a folder pages/ (docs/benchmarks.md)")
    records = read_records(path)
    name = folder.name
    if sample is not None and sample < len(records):
        chosen = set(sorted(records, key=lambda page_id: hashlib.sha256(page_id.encode()).digest())[:sample])
        records = {page_id: record for page_id, record in records.items() if page_id in chosen}
        name = f"{folder.name}-{sample}"
    if not records:
        raise UsageError(f"{path} labels no page")
    kind: Kind = "html" if find_inputs([str(folder / "pages")], "html").files else "text"
    return Corpus(name, folder, kind, tuple(record for record, _ in records.values()), _digest(records))


def read_predictions(path: str | Path) -> dict[str, Mapping[str, Any]]:
    """The answers of a JSON Lines file, by id; UsageError names the line that is none."""
    return {page_id: record for page_id, (record, _) in read_records(Path(path)).items()}


def read_records(path: Path) -> dict[str, tuple[Mapping[str, Any], bytes]]:
    """Each record of a JSON Lines file with its bytes, by id, in file order; the last of one id counts."""
    records: dict[str, tuple[Mapping[str, Any], bytes]] = {}
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                record = json.loads(line)
                if not isinstance(record, dict) or "id" not in record:
                    raise UsageError(f"{path}, line {number}: not an object with an id")
                records[str(record["id"])] = record, line.strip()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {describe(error)}") from None
    except ValueError as error:
        raise UsageError(f"{path}, line {number}: not JSON in UTF-8 ({describe(error)})") from None
    return records


def _digest(records: Mapping[str, tuple[Mapping[str, Any], bytes]]) -> str:
    """SHA-256 over the sorted ids and the labels' bytes."""
    digest = hashlib.sha256()
    for page_id in sorted(records):
        digest.update(page_id.encode() + b"\n" + records[page_id][1] + b"\n")
    return digest.hexdigest()
