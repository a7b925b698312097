"""Takes pages out of the archive, on request."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from crawler.archive import files
from crawler.archive.members import Member, members
from crawler.archive.records import key_of, read_composition
from pipelines.errors import StoreAwayError, StoreError

PATIENCE = 60.0  # seconds that it waits for a process that mends or erases
_PART = ".part"


def erase(folder: Path, urls: Iterable[str]) -> int:
    """Remove every record of some URLs from the archive in a folder; how many were removed.

    That is each answer under one of the URLs, however it is spelled, each page that was made of one, and with a page
    all answers that it was made of, whatever their URLs. A file is written anew beside its place and renamed; its
    other records stay byte for byte. Lists and other articles that mention the page stay.

    Raises StoreAwayError where a crawl just now writes a file (the others are done; the same call later does the rest)
    or another process tidies the folder, StoreError where a file cannot be read or written.
    """
    wanted = {key_of(url) for url in urls}
    if not wanted or not folder.is_dir():
        return 0
    try:
        with files.alone(folder, PATIENCE) as free:
            if not free:
                raise StoreAwayError(f"another process tidies {folder}: try again later")
            files.mend(folder)
            removed = _erase(folder, wanted)
            busy = [path for path in folder.glob(f"*{files.SUFFIX}{files.OPEN}") if files.is_in_use(path)]
    except OSError as error:
        raise StoreError(f"cannot erase from {folder}: {error.strerror or error}") from error
    if busy:
        raise StoreAwayError(
            f"{removed} records are erased, but a crawl writes {busy[0]}: the same again after its end does the rest"
        )
    return removed


def _erase(folder: Path, wanted: set[str]) -> int:
    paths = sorted(folder.glob(f"*{files.SUFFIX}"))
    digests: set[str] = set()
    for path in paths:
        for found in _members(path):
            digests |= _made_of(found, wanted)
    return sum(_rewrite(path, wanted, digests) for path in paths)


def _rewrite(path: Path, wanted: set[str], digests: set[str]) -> int:
    """Leave the wanted records out of a file; how many they were."""
    kept: list[Member] = []
    removed = 0
    for found in _members(path):
        if _is_wanted(found, wanted, digests):
            removed += 1
        else:
            kept.append(found)
    if not removed:
        return 0
    if all(found.headers.get("warc-type") == "warcinfo" for found in kept):
        path.unlink()
        return removed
    before, part = path.stat(), path.with_name(path.name + _PART)
    with path.open("rb") as source, part.open("wb") as out:
        for found in kept:
            source.seek(found.start)
            out.write(source.read(found.end - found.start))
        out.flush()
        os.fsync(out.fileno())
    os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    part.replace(path)
    return removed


def _members(path: Path) -> Iterator[Member]:
    """The records of a file. Raises StoreError where it does not read to its end: what follows might be wanted."""
    end = 0
    with path.open("rb") as file:
        for found in members(file):
            end = found.end
            yield found
    if end != path.stat().st_size:
        raise StoreError(f"{path} is damaged after byte {end}: look at it, or remove the file")


def _is_wanted(found: Member, wanted: set[str], digests: set[str]) -> bool:
    headers = found.headers
    if headers.get("warc-payload-digest") in digests and headers.get("warc-type") == "response":
        return True
    return key_of(headers.get("warc-target-uri", "")) in wanted or bool(_made_of(found, wanted))


def _made_of(found: Member, wanted: set[str]) -> set[str]:
    """The digests of the answers of which a page was made, if it is wanted; empty for any other record."""
    if found.headers.get("warc-type") != "metadata":
        return set()
    page = read_composition(found.block)
    if page is None or wanted.isdisjoint(map(key_of, (page.url, *page.part_urls))):
        return set()
    return page.digests
