"""What `extract` and `clean` share: pages from files in, one record a page out, in the order of the input."""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import IO, TYPE_CHECKING

from crawler.command_base import Command, Exit, open_output

if TYPE_CHECKING:
    from collections.abc import Generator

    from crawler.batch import Result
    from crawler.inputs import Inputs, Kind
    from crawler.progress import Progress


class PageCommand(Command):
    """Takes saved pages apart; a page that fails is a record with an error.

    Settings
        EXTRACTION_TIMEOUT  seconds that one page may take before its process is killed
        FAILED_SHARE        share of failed pages, 0..1, above which the exit code is 4
    """

    kind: Kind

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """-O, --workers, --explain."""
        parser.add_argument("-O", "--output", metavar="FILE", help="write JSON Lines to FILE (default: stdout)")
        parser.add_argument("--workers", type=_positive, default=1, metavar="N", help="processes (default: 1)")
        parser.add_argument(
            "--explain", action="store_true", help="print every block with its label and the reason for it"
        )

    def results(self, inputs: Inputs, opts: argparse.Namespace, progress: Progress) -> Generator[Result, None, None]:
        """Take the pages apart; results in the order of the input. What goes before the first is told to `progress`."""
        raise NotImplementedError

    def remarks(self) -> list[str]:
        """Lines for stderr after the last page."""
        return []

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Read, take apart, write; see DESIGN "Command line" for order and exit codes."""
        from crawler.inputs import find_inputs
        from crawler.progress import Progress
        from crawler.rendering import as_json, explain

        inputs = find_inputs(args, self.kind, getattr(opts, "index", None))
        with (
            open_output(opts.output) as out,
            Progress(shared=_shown(out)) as progress,
            contextlib.closing(self.results(inputs, opts, progress)) as results,
        ):
            for result in results:
                progress.update(result.done, result.reason)
                if result.failed:
                    self.say(f"{result.id}: {result.record['error']}")
                if opts.explain:
                    explain(result.record, sys.stdout)
                if out is not sys.stdout or not opts.explain:
                    out.write((as_json(result.record) if opts.explain else result.line) + "\n")
        for line in self.remarks():
            print(line, file=sys.stderr)
        for reason, count in inputs.skipped.items():
            self.say(f"passed over: {reason}" + (f" ({count})" if count > 1 else ""))
        if not progress.pages:
            self.say(f"no pages found under {', '.join(args)}")
        return self.outcome(progress.pages, progress.failed)


def _shown(out: IO[str]) -> bool:
    return out is sys.stdout and out.isatty()


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
