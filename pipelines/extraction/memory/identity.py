"""Which site a saved page is of: what is known of it, what it says itself, else which pages are built like it."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from pipelines.items import Page

HEAD = 65536  # bytes in which a page names its own address
SKETCH = 24  # smallest fingerprints of class and id names that stand for a page's structure
ALIKE = 0.5  # share of common names (Jaccard, estimated) from which two pages are of one make
_ADDRESS = re.compile(
    rb"""<(?:link\b[^>]*?\brel=["']?canonical\b[^>]*?\bhref|link\b[^>]*?\bhref(?==["']?(https?://[^"'\s>]+)["'][^>]*?\brel=["']?canonical)"""
    rb"""|meta\b[^>]*?\bog:url["'][^>]*?\bcontent)=["']?(https?://[^"'\s>]+)""",
    re.I,
)
_NAMES = re.compile(rb"""\b(?:class|id)\s*=\s*["']?([^"'<>]{1,80})""", re.I)
_NUMBER = re.compile(rb"\d+")


def site_of(page: Page) -> str | None:
    """The page's site: as given, else the host of its URL, else that of the address it names, else None."""
    if page.site:
        return page.site
    if page.url:
        return _host(page.url)
    found = _ADDRESS.search(page.body, 0, HEAD)
    return _host((found[1] or found[2]).decode("ascii", "replace")) if found else None


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def sketch(body: bytes) -> frozenset[int]:
    """A page's structure in a few numbers: the smallest fingerprints of its class and id names (bottom-k sketch)."""
    names = {_NUMBER.sub(b"0", name) for name in _NAMES.findall(body)}
    return frozenset(sorted(map(zlib.crc32, names))[:SKETCH])


def alike(sketches: Mapping[str, frozenset[int]]) -> dict[str, str]:
    """Group pages of unknown sites by structure: gives each key a name such as "alike-1a2b3c4d".

    Pages join the first group whose first page is built like them, in the order of the hashes of their keys, so that
    the groups do not depend on the order of the input.
    """
    leaders: list[tuple[str, frozenset[int]]] = []
    groups: dict[str, str] = {}
    for key in sorted(sketches, key=draw):
        own = sketches[key]
        name = next((name for name, other in leaders if _similarity(own, other) >= ALIKE), None)
        if name is None:
            name = f"alike-{zlib.crc32(repr(sorted(own)).encode()):08x}"
            leaders.append((name, own))
        groups[key] = name
    return groups


def draw(page_id: str) -> bytes:
    """The key by which pages are drawn for a sample: the hash of the id, so that no order of the input matters."""
    return hashlib.sha256(page_id.encode("utf-8", "surrogatepass")).digest()


def _similarity(a: frozenset[int], b: frozenset[int]) -> float:
    """Jaccard similarity estimated from two bottom-k sketches (Broder 1997)."""
    both = sorted(a | b)[:SKETCH]
    return sum(n in a and n in b for n in both) / len(both) if both else 0.0
