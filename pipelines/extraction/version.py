"""Which program takes pages apart: what a store notes beside each article."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def extractor_version() -> str:
    """The version of this package, such as "0.1.0"; "unknown" where it was not installed."""
    try:
        return version("newswinnow")
    except PackageNotFoundError:
        return "unknown"
