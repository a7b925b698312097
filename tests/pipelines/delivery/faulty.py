"""One run of delivery in a process of its own, with a fault at the k-th call.

The calls counted are those of the sink and of the outbox, and those of the operating system by which files are made
durable. The fault comes before the call, after it (its answer is lost), or, for a write, in the middle of it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.delivery.courier import Charge
from pipelines.delivery.registry import make_sink
from pipelines.delivery.rounds import Patience, Rounds
from pipelines.errors import SinkDownError
from pipelines.store.outbox_reader import open_outbox

SINK_CALLS = ("tail", "write")
OUTBOX_CALLS = ("claim", "cursor", "bounds", "read", "advance")
SYSTEM_CALLS = ("write", "fsync", "ftruncate")  # of os
FAULTS = ("raise", "raise-after", "hang", "kill", "kill-after")


class Faults:
    """Counts calls and strikes at the k-th, once."""

    def __init__(self, fault: str, at: int) -> None:
        self.fault, self.at, self.count = fault, at, 0

    def around(self, call: Callable[..., Any], half: Callable[..., Any] | None = None) -> Callable[..., Any]:
        """The call with a fault in its way; `half` does a part of it, for a process that dies within."""

        def faulty(*args: Any, **given: Any) -> Any:
            self.count += 1
            if self.count != self.at:
                return call(*args, **given)
            if self.fault == "hang":
                time.sleep(3600)
            if self.fault.endswith("-after"):
                call(*args, **given)
            elif half is not None:
                half(*args, **given)
            if self.fault.startswith("kill"):
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(5, "Input/output error") if half is not None else SinkDownError("a fault of the test")

        return faulty


def deliver(root: Path, url: str, declared: dict[str, Any], fault: str, at: int, report: Any = None) -> None:
    """Deliver once; sends (calls counted, whether all was delivered) through `report`, a pipe."""
    faults = Faults(fault, at)
    if fault == "none":
        faults.at = -1
    sink, options = make_sink("feed", declared, root)
    for name in SINK_CALLS:
        setattr(sink, name, faults.around(getattr(sink, name)))

    def open_faulty() -> Any:
        outbox = open_outbox(url)
        for name in OUTBOX_CALLS:
            setattr(outbox, name, faults.around(getattr(outbox, name)))
        return outbox

    real = os.write
    os.write = faults.around(real, lambda fd, data: real(fd, data[: len(data) // 2]))  # type: ignore[assignment]
    for name in SYSTEM_CALLS[1:]:
        setattr(os, name, faults.around(getattr(os, name), lambda *_: None))
    Path.replace = faults.around(Path.replace, lambda *_: None)  # type: ignore[method-assign]
    patience = Patience(tries=3, first=0.001, longest=0.01, silence=2)
    (result,) = Rounds([Charge("feed", sink, options, root)], open_faulty, patience, lambda _: None).run()
    if report is not None:
        report.send((faults.count, result.finished and not result.error))
    os._exit(0)  # a thread that hangs is left behind
