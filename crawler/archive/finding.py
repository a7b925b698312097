"""One page out of the archive, as it was crawled: by its URL and the time at which it was fetched."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import files
from crawler.archive.members import Member, members
from crawler.archive.records import Composition, key_of, read_composition
from pipelines.items import Page

# A page lies in a file that was begun before it was fetched, by as much as a file is written (ARCHIVE_FILE_SECONDS) and
# an answer may wait; the rest of the archive is not looked through.
BEFORE = timedelta(hours=3)
AFTER = timedelta(minutes=5)
KNOWN_FILES = 24  # whose pages are remembered; about 100 bytes a page
MAX_BYTES = 8 * 1024 * 1024  # of an answer


@dataclass(slots=True)
class _Index:
    """Where the records of a file lie: pages by the key of their URL, answers by their digest."""

    size: int
    pages: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    answers: dict[str, tuple[int, int]] = field(default_factory=dict)


class Finder:
    """Finds pages in an archive folder. A file is looked through once; may be asked by several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: OrderedDict[Path, _Index] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, url: str, fetched_at: str | None) -> Page | None:
        """The page that was fetched from a URL at a time (ISO 8601), or nearest to it; None where none is kept.

        Without a time the newest files are looked through. What cannot be read holds nothing.
        """
        wanted = key_of(url)
        with self._lock:
            paths = self._near(fetched_at)
            found = [page for path in paths for page in self._pages(path, wanted)]
            found.sort(key=lambda page: (page.fetched_at == fetched_at, page.fetched_at or ""))
            return next((page for c in reversed(found) if (page := self._joined(c, paths)) is not None), None)

    def _near(self, fetched_at: str | None) -> list[Path]:
        begun = sorted(((moment, path) for path in self._files() if (moment := files.begun_at(path))), reverse=True)
        try:
            at = datetime.fromisoformat(fetched_at or "")
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            begun = [pair for pair in begun if at - BEFORE <= pair[0] <= at + AFTER]
        except (ValueError, OverflowError):
            pass
        return [path for _, path in begun[:KNOWN_FILES]]

    def _files(self) -> Iterator[Path]:
        for pattern in (f"*{files.SUFFIX}", f"*{files.SUFFIX}{files.OPEN}"):
            yield from self._folder.glob(pattern)

    def _pages(self, path: Path, wanted: str) -> Iterator[Composition]:
        for place in self._index(path).pages.get(wanted, ()):
            for found in _read(path, place):
                page = read_composition(found.block)
                if page is not None and not page.secret:
                    yield page

    def _joined(self, page: Composition, paths: Iterable[Path]) -> Page | None:
        """The page with its bytes; None where an answer is not there."""
        paths = list(paths)
        body = self._answer(page.body, paths)
        parts = [self._answer(part, paths) if part else b"" for part in page.parts]
        if body is None or None in parts:
            return None
        return page.page(body, [part or b"" for part in parts])

    def _answer(self, digest: str, paths: Iterable[Path]) -> bytes | None:
        for path in paths:
            place = self._index(path).answers.get(digest)
            if place is not None and (body := _body(path, place)) is not None:
                return body
        return None

    def _index(self, path: Path) -> _Index:
        try:
            size = path.stat().st_size
        except OSError:
            return _Index(0)
        known = self._known.get(path)
        if known is None or known.size != size:
            known = self._known[path] = _indexed(path, size)
        self._known.move_to_end(path)
        while len(self._known) > KNOWN_FILES:
            self._known.popitem(last=False)
        return known


def _indexed(path: Path, size: int) -> _Index:
    index = _Index(size)
    try:
        with path.open("rb") as file:
            for found in members(file):
                headers, place = found.headers, (found.start, found.end)
                if headers.get("warc-type") == "metadata":
                    url = headers.get("warc-target-uri", "")
                    index.pages.setdefault(key_of(url), []).append(place)
                elif headers.get("warc-type") == "response":
                    index.answers[headers.get("warc-payload-digest", "")] = place
    except OSError:
        pass  # removed by age just now, or not to be read: it holds nothing
    return index


def _read(path: Path, place: tuple[int, int]) -> list[Member]:
    return list(members(io.BytesIO(_slice(path, place))))


def _slice(path: Path, place: tuple[int, int]) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(place[0])
            return file.read(place[1] - place[0])
    except OSError:
        return b""


def _body(path: Path, place: tuple[int, int]) -> bytes | None:
    from fastwarc.warc import ArchiveIterator

    for record in ArchiveIterator(io.BytesIO(_slice(path, place)), parse_http=True):
        return bytes(record.reader.read(MAX_BYTES))
    return None
