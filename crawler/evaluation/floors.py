"""The gate: figures that must not fall, kept in a JSON file by corpus.

    {corpus: {"hash": …, "figures": {name: floor, …}, "lowered": [{"reason": …, "figures": {name: [from, to]}}, …]}}

For a figure of which less is better the floor is a ceiling. Floors only rise; to lower one takes a reason, which stays
in the file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crawler.command_base import open_output
from crawler.evaluation.corpus import Corpus
from crawler.evaluation.report import show
from crawler.evaluation.scoring import FIGURES
from crawler.inputs import describe
from pipelines.errors import UsageError

# How far below a measured figure its floor is set (0..1, percent): a slip in one of several hundred paragraphs passes,
# a page of fifty that is spoilt does not.
HEADROOM = 0.003, 1.0
TOLERANCE = 1e-6  # floors are written with 4 digits, rounded away from the figure; this is for sums of floats only
DIGITS = 4

Floors = dict[str, dict[str, Any]]


def read_floors(path: str | Path) -> Floors:
    """The floors of a file, empty where there is none yet; UsageError where it does not read."""
    path = Path(path)
    if not path.exists():
        return {}
    try:
        floors = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {describe(error)}") from None
    except ValueError as error:
        raise UsageError(f"{path} is not JSON in UTF-8: {describe(error)}") from None
    if not isinstance(floors, dict) or not all(_sound(entry) for entry in floors.values()):
        raise UsageError(f"{path} is no file of floors: it needs {{corpus: {{hash, figures}}}}")
    return floors


def write_floors(path: str | Path, floors: Floors) -> None:
    """Write the file whole or not at all; StoreError where it cannot be written."""
    with open_output(str(path)) as out:
        out.write(json.dumps(dict(sorted(floors.items())), ensure_ascii=False, indent=2) + "\n")


def check(corpus: Corpus, figures: Mapping[str, float], floors: Floors) -> list[str]:
    """One line a figure that fell below its floor, or the line that says why nothing could be compared."""
    known = floors.get(corpus.name)
    if known is None:
        return [f"{corpus.name}: no floors yet: set them with --raise-floors"]
    if known["hash"] != corpus.digest:
        return [
            f"{corpus.name}: its labels are not those the floors were measured on; "
            "measure anew and set the floors with --lower-floors REASON"
        ]
    fallen = []
    for name, floor in known["figures"].items():
        value = figures.get(name)
        if value is None:
            fallen.append(f"{corpus.name}: {name} is not measured any more; its floor is {show(name, floor)}")
        elif _worse(name, value, floor):
            kind = "ceiling" if FIGURES[name].less_is_better else "floor"
            verb = "rose above" if FIGURES[name].less_is_better else "fell below"
            fallen.append(f"{corpus.name}: {name} {verb} its {kind}: {_exact(value)}, {kind} {_exact(floor)}")
    return fallen


def raised(corpus: Corpus, figures: Mapping[str, float], floors: Floors) -> Floors:
    """The floors with those of this corpus that the figures allow to rise; UsageError where its labels have changed."""
    known = floors.get(corpus.name, {"hash": corpus.digest, "figures": {}})
    if known["hash"] != corpus.digest:
        raise UsageError(check(corpus, figures, floors)[0])
    new = {}
    for name, value in figures.items():
        floor, old = _below(name, value), known["figures"].get(name)
        new[name] = floor if old is None or _worse(name, old, floor) else old
    return floors | {corpus.name: known | {"figures": known["figures"] | new}}


def lowered(corpus: Corpus, figures: Mapping[str, float], floors: Floors, reason: str) -> Floors:
    """The floors of this corpus set to what is measured now, higher or lower, with the reason for those that fell."""
    if not reason.strip():
        raise UsageError("--lower-floors needs a reason: it is kept in the file")
    known = floors.get(corpus.name, {"hash": corpus.digest, "figures": {}})
    kept, old = dict[str, float](), known["figures"]
    changed = known["hash"] != corpus.digest
    for name, value in figures.items():
        fell = name in old and _worse(name, value, old[name])
        kept[name] = _below(name, value) if changed or fell or name not in old else old[name]
    fallen = {name: [old[name], kept.get(name)] for name in old if kept.get(name) != old[name]}
    entry: dict[str, Any] = {"hash": corpus.digest, "figures": kept}
    history = [*known.get("lowered", ()), *([{"reason": reason.strip(), "figures": fallen}] if fallen else ())]
    return floors | {corpus.name: entry | ({"lowered": history} if history else {})}


def _worse(name: str, value: float, floor: float) -> bool:
    """Whether a figure is worse than a floor."""
    less = name in FIGURES and FIGURES[name].less_is_better
    return (floor - value if less else value - floor) < -TOLERANCE


def _below(name: str, value: float) -> float:
    """The floor for a measured figure: HEADROOM worse, rounded away, never past the end of the scale."""
    figure, unit = FIGURES[name], float(10**DIGITS)
    headroom = HEADROOM[1] if figure.percent else HEADROOM[0]
    if figure.less_is_better:
        return math.ceil((value + headroom) * unit - TOLERANCE) / unit
    return max(0.0, math.floor((value - headroom) * unit + TOLERANCE) / unit)


def _exact(value: float) -> str:
    return f"{value:.{DIGITS + 2}f}".rstrip("0").rstrip(".")


def _sound(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("hash"), str)
        and isinstance(entry.get("figures"), dict)
        and all(isinstance(value, (int, float)) and name in FIGURES for name, value in entry["figures"].items())
    )
