"""What an answer, or none, means for a URL and its host. Standard library only; part of items.Outcome."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setback:
    """A try that gave no page for now, or an answer after which the host wants rest.

    `wait` is the number of seconds for which the host asked to be left alone; `again`: the URL is to be asked again;
    `counts`: this was one of the URL's tries; `failing`: it speaks against the host, which rests the longer the more of
    them come in a row.
    """

    wait: float = 0.0
    again: bool = True
    counts: bool = True
    failing: bool = True
