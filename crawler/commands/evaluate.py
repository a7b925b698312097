"""`scrapy evaluate`: our figures on labelled pages, beside other extractors', against floors that must hold."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from crawler.command_base import Command, Exit, open_output
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from crawler.evaluation.corpus import Corpus
    from crawler.evaluation.run import Answers, Score

WIDTH = 120  # columns of the table where no terminal says


class Evaluate(Command):
    """Take the pages of a corpus apart, score the answers, show the figures.

    Settings
        EXTRACTION_TIMEOUT  seconds that one page may take before its process is killed
    """

    summary = "Score the extraction on labelled pages"

    def syntax(self) -> str:
        """How to call it."""
        return "CORPUS... [--peers] [--worst N] [--html FILE] [--json] [--floors FILE]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "Score the extraction on labelled pages: folders with gold.jsonl and pages/"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """What is scored, how it is shown, what must hold."""
        add = parser.add_argument
        add("--predictions", metavar="FILE", help="score these answers (JSON Lines) instead of taking the pages apart")
        add("--sample", type=_positive, metavar="N", help="N of the pages, the same on each run")
        add("--peers", action="store_true", help="trafilatura, readability-lxml and GNE on the same pages as well")
        add("--workers", type=_positive, default=1, metavar="N", help="processes (default: 1)")
        add("--worst", type=_positive, metavar="N", help="show the N worst pages: what was missed, what was too much")
        add("--html", metavar="FILE", help="write them (20, or --worst) as HTML, gold and answer side by side")
        add("--json", action="store_true", help="one JSON object a corpus instead of the table")
        add("-O", "--output", metavar="FILE", help="write what is shown to FILE as well")
        add("--floors", metavar="FILE", help="exit 1 where a figure is below its floor in FILE")
        add("--raise-floors", action="store_true", help="write floors that may rise to the file of --floors")
        add("--lower-floors", metavar="REASON", help="set the floors to what is measured; the reason stays in the file")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse options that contradict each other."""
        super().process_options(args, opts)
        if not args:
            self.refuse("no corpus: name a folder with gold.jsonl and pages/")
        if len(args) > 1 and (opts.predictions or opts.html):
            self.refuse("--predictions and --html take one corpus at a time")
        if (opts.raise_floors or opts.lower_floors is not None) and not opts.floors:
            self.refuse("--raise-floors and --lower-floors need --floors FILE")
        if opts.raise_floors and opts.lower_floors is not None:
            self.refuse("--raise-floors or --lower-floors, not both")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Read, take apart, score, show, compare; see docs/benchmarks.md."""
        from crawler.evaluation.corpus import read_corpus

        corpora = [read_corpus(path, opts.sample) for path in args]
        names = [corpus.name for corpus in corpora]
        if len(set(names)) < len(names):
            raise UsageError("two corpora of one name: floors and figures are kept by name")
        shown = ""
        ours: list[tuple[Corpus, Score]] = []
        for corpus in corpora:
            scores = self._score(corpus, opts)
            ours.append((corpus, scores[0]))
            shown += self._show(corpus, scores, opts)
        if opts.output:
            with open_output(opts.output) as out:
                out.write(shown)
        held = self._hold(ours, opts) if opts.floors else True
        if all(score.failed == len(score.pages) for _, score in ours):
            return Exit.NOTHING
        return Exit.COMPLETE if held else Exit.FAILED

    def _score(self, corpus: Corpus, opts: argparse.Namespace) -> list[Score]:
        """Our score (or that of the predictions) and, after it, the peers'."""
        from pathlib import Path

        from crawler.evaluation import run
        from crawler.evaluation.corpus import read_predictions

        timeout = self.config.getfloat("EXTRACTION_TIMEOUT")
        if opts.predictions:
            answers = run.Answers(read_predictions(opts.predictions))
            scores = [run.score(corpus, Path(opts.predictions).stem, answers)]
            strangers = answers.records.keys() - {page.id for page in scores[0].pages}
            if strangers and opts.sample is None:
                self.say(f"{len(strangers)} predictions are of no labelled page, such as {min(strangers)}")
            extractors = []
        else:
            scores, extractors = [], [run.EXTRACTORS[corpus.kind]]
        if opts.peers:
            there, missing = run.available(corpus.kind)
            extractors += there
            if missing:
                self.say(f"not installed: {', '.join(missing)}: pip install newswinnow[bench]")
        for extractor in extractors:
            self.say(f"{corpus.name}: {extractor.name}")
            answers = run.answer(corpus, extractor, workers=opts.workers, timeout=timeout)
            if not scores:
                self._tell(answers)
            scores.append(run.score(corpus, extractor.name, answers))
        return scores

    def _tell(self, answers: Answers) -> None:
        for page_id, why in answers.failed.items():
            self.say(f"{page_id}: {why}")

    def _show(self, corpus: Corpus, scores: list[Score], opts: argparse.Namespace) -> str:
        """Print the figures (and the HTML file); gives what was printed, plain."""
        import io
        import json

        from rich.console import Console

        from crawler.evaluation import html_report, report

        if opts.html:
            with open_output(opts.html) as out:
                out.write(html_report.render(corpus.name, scores[0], scores[0].worst(opts.worst or html_report.PAGES)))
        if opts.json:
            figures = {"corpus": corpus.name, "extractors": {score.extractor: score.to_dict() for score in scores}}
            line = json.dumps(figures, ensure_ascii=False) + "\n"
            sys.stdout.write(line)
            return line
        plain = io.StringIO()
        terminal = sys.stdout.isatty()
        for console in (
            Console(file=sys.stdout, width=None if terminal else WIDTH, highlight=False),
            Console(file=plain, width=WIDTH, highlight=False, color_system=None),
        ):
            report.print_table(corpus.name, scores, console)
            report.print_worst(scores[0].worst(opts.worst or 0), console)
        return plain.getvalue()

    def _hold(self, ours: list[tuple[Corpus, Score]], opts: argparse.Namespace) -> bool:
        """Compare with the floors, or write them; False where one fell."""
        from crawler.evaluation.floors import check, lowered, raised, read_floors, write_floors

        floors = before = read_floors(opts.floors)
        for corpus, score in ours:
            if opts.lower_floors is not None:
                floors = lowered(corpus, score.figures, floors, opts.lower_floors)
            elif opts.raise_floors:
                floors = raised(corpus, score.figures, floors)
        fallen = [line for corpus, score in ours for line in check(corpus, score.figures, floors)]
        for line in fallen:
            self.say(line)
        if floors != before:
            write_floors(opts.floors, floors)
            self.say(f"wrote {opts.floors}")
        return not fallen


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
