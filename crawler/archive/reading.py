"""What comes out of the archive: pages joined as they were crawled, of each URL the newest one.

A file of ours is known by its first record. Of it only the pages come out that a metadata record names; the answers
that became no page (lists, feeds, parts on their own) stay inside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crawler.archive.records import SOFTWARE, Composition, read_composition
from pipelines.items import Page

OURS = f"software: {SOFTWARE}".encode()
OLDER = "older answers of a page in the archive"
MISSING = "pages of which the archive lacks an answer"
SECRET = "pages whose address held a secret"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which pages some archive files hold; `skipped` counts what will not come out of them, by reason."""

    files: frozenset[Path] = frozenset()
    pages: tuple[Composition, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)


class Assembly:
    """Puts pages together, in the order in which their last answer comes."""

    def __init__(self, plan: Plan) -> None:
        self._waiting: dict[str, list[Composition]] = {}
        self._bodies: dict[str, bytes] = {}  # of pages that are not whole yet
        self._users: Counter[str] = Counter()
        self._missing = {page.url: len(page.digests) for page in plan.pages}
        for page in plan.pages:
            for digest in page.digests:
                self._waiting.setdefault(digest, []).append(page)
                self._users[digest] += 1

    def wants(self, digest: str) -> bool:
        """Whether an answer belongs to a page and was not taken yet."""
        return digest in self._waiting

    def take(self, digest: str, body: bytes) -> Iterator[Page]:
        """The pages that are whole with this answer."""
        self._bodies[digest] = body
        for page in self._waiting.pop(digest, ()):
            self._missing[page.url] -= 1
            if not self._missing[page.url]:
                yield self._joined(page)

    def _joined(self, page: Composition) -> Page:
        body, parts = self._bodies[page.body], tuple(self._bodies.get(part, b"") for part in page.parts)
        for digest in page.digests:
            self._users[digest] -= 1
            if not self._users[digest]:
                del self._bodies[digest]
        return page.page(body, parts)


def plan_archive(paths: Iterable[Path]) -> Plan:
    """Look through WARC files: which are ours, and which pages are whole in them. What cannot be read holds nothing."""
    ours: set[Path] = set()
    newest: dict[str, Composition] = {}
    there: set[str] = set()
    skipped: Counter[str] = Counter()
    for path in paths:
        try:
            for kind, digest, block in _records(path):
                ours.add(path)
                if kind == "response":
                    there.add(digest)
                elif page := read_composition(block):
                    known = newest.get(page.url)
                    skipped[OLDER] += known is not None
                    if known is None or (page.fetched_at or "") >= (known.fetched_at or ""):
                        newest[page.url] = page
        except (OSError, EOFError):
            continue  # whoever reads its answers says so
    pages = []
    for page in newest.values():
        reason = SECRET if page.secret else None if page.digests <= there else MISSING
        if reason:
            skipped[reason] += 1
        else:
            pages.append(page)
    return Plan(frozenset(ours), tuple(pages), +skipped)


def _records(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """Of a file of ours: kind, digest and (of metadata) the block of each record; nothing of any other file."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    wanted = WarcRecordType.warcinfo | WarcRecordType.response | WarcRecordType.metadata
    with path.open("rb") as raw:
        for number, record in enumerate(ArchiveIterator(raw, record_types=wanted, parse_http=False)):
            kind = record.headers.get("WARC-Type") or ""
            if number == 0:
                if kind != "warcinfo" or OURS not in record.reader.read():
                    return
            elif kind == "response":
                yield kind, record.headers.get("WARC-Payload-Digest") or "", b""
            elif kind == "metadata":
                yield kind, "", record.reader.read()
