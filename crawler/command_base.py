"""What all commands of this project share: strict options, one-line errors, exit codes."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import os
import signal
import sys
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, NoReturn

from scrapy.commands import ScrapyCommand

from pipelines.errors import NewswinnowError, StoreError, UsageError

if TYPE_CHECKING:
    from scrapy.settings import Settings


MARK = "newswinnow: "  # begins the lines of our commands in `scrapy --help`


class Exit(IntEnum):
    """The exit codes of every command."""

    COMPLETE = 0
    FAILED = 1  # anything else, single pages that failed included
    USAGE = 2
    UNFINISHED = 3  # deferred, stopped, undelivered: may go on later
    NOTHING = 4  # nothing could be fetched or read, or more than FAILED_SHARE failed


class Speaking:
    """What every command of ours says to the user: its line in the list of commands, lines to stderr in its name."""

    summary: ClassVar[str] = ""  # for the list of commands: 52 characters at most, so that the line has 80 columns

    def short_desc(self) -> str:
        """Its line in the list of commands, told apart from Scrapy's own."""
        return f"{MARK}{self.summary}"

    @property
    def name(self) -> str:
        """The name by which it is called: that of its module."""
        return type(self).__module__.rpartition(".")[2]

    def say(self, message: str) -> None:
        """One line to stderr."""
        from crawler.logs import inert

        print(f"scrapy {self.name}: {inert(message)}", file=sys.stderr)

    def refuse(self, message: str) -> NoReturn:
        """One line to stderr and exit code 2."""
        self.say(message)
        raise SystemExit(Exit.USAGE)


class Command(Speaking, ScrapyCommand):
    """A command that refuses options it does not know and turns errors into one line and an exit code.

    Settings
        FAILED_SHARE  share of failed pages, 0..1, above which a command ends with exit code 4
    """

    requires_project = False
    requires_crawler_process = False
    _options: frozenset[str] = frozenset()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Scrapy's global options; remembers all that `define_options` adds."""
        super().add_options(parser)
        self.define_options(parser)
        self._options = frozenset(parser._option_string_actions)
        parser.error = self.refuse  # type: ignore[method-assign]

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of this command."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse unknown options (Scrapy would pass them on as arguments), then set Scrapy's own."""
        if "--" in args:
            args.remove("--")
        else:
            for arg in args:
                if arg.startswith("-") and arg != "-":
                    self.refuse(self._unknown(arg.split("=")[0]))
        super().process_options(args, opts)
        try:
            check_numbers(self.config)
        except UsageError as error:
            self.refuse(str(error))

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do the command's work; exceptions of this project become one line and an exit code."""
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stop tidies up like Ctrl-C
        try:
            self.exitcode = self.execute(args, opts)
        except UsageError as error:
            self.refuse(str(error))
        except NewswinnowError as error:
            self.say(str(error))
            self.exitcode = Exit.FAILED
        except KeyboardInterrupt:
            self.say("stopped")
            self.exitcode = Exit.UNFINISHED
        except BrokenPipeError:  # the reader of stdout has gone, as with `| head`
            _leave_stdout()
            self.exitcode = Exit.UNFINISHED
        except OSError as error:  # the disk is full, a folder is gone
            _leave_stdout()
            where = f": {error.filename}" if error.filename else ""
            self.say(f"cannot go on: {error.strerror or error}{where}")
            self.exitcode = Exit.FAILED
        finally:
            signal.signal(signal.SIGTERM, before)

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """The command's work; gives its exit code."""
        raise NotImplementedError

    @property
    def config(self) -> Settings:
        """The project's settings; Scrapy sets them before it calls anything else."""
        if self.settings is None:
            raise RuntimeError("a command was run without Scrapy's command line")
        return self.settings

    def outcome(self, pages: int, failed: int) -> Exit:
        """The exit code after `pages` pages of which `failed` failed."""
        if pages == failed or failed / pages > self.config.getfloat("FAILED_SHARE"):
            return Exit.NOTHING
        return Exit.FAILED if failed else Exit.COMPLETE

    def _unknown(self, option: str) -> str:
        near = difflib.get_close_matches(option, self._options, n=1)
        return f"unknown option {option}" + (f": did you mean {near[0]}?" if near else f" (scrapy {self.name} -h)")


def _leave_stdout() -> None:
    """What is still to be written to stdout goes nowhere: else Python would fail on it once more at its end."""
    with contextlib.suppress(OSError, ValueError):  # a test's stdout is no file
        here = sys.stdout.fileno()
        os.dup2(os.open(os.devnull, os.O_WRONLY), here)


def check_numbers(settings: Settings) -> None:
    """Whether what is a number or a switch in the project's settings is one as it was given. Raises UsageError."""
    from crawler import settings as project

    for name, default in vars(project).items():
        if not isinstance(default, (bool, int, float)):
            continue
        read, what = (settings.getbool, "0 or 1") if isinstance(default, bool) else (settings.getfloat, "a number")
        try:
            read(name)
        except (ValueError, TypeError):
            raise UsageError(f"{name} is {what}, not {str(settings.get(name))[:80]!r}") from None


@contextlib.contextmanager
def open_output(name: str | None) -> Iterator[IO[str]]:
    """The stream to write to: stdout for None and "-", else a file that appears whole, at the end, or not at all.

    A missing folder is made. Raises StoreError where the file cannot be written.
    """
    if name in (None, "-"):
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        yield sys.stdout
        sys.stdout.flush()
        return
    path = Path(str(name)).resolve()
    direct = path.exists() and not path.is_file()  # /dev/null, a pipe: nothing to rename onto
    part = path if direct else path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="\n") as out:
            yield out
            out.flush()
            if not direct:
                os.fsync(out.fileno())
        if not direct:
            part.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if not direct:
            with contextlib.suppress(OSError):  # mostly it is gone: renamed, or never made
                part.unlink()


def passed_on(opts: argparse.Namespace) -> list[str]:
    """What a command was told by Scrapy's own options, for the crawls that it begins."""
    given = [f"-s{pair}" for pair in opts.set or ()]
    if opts.loglevel:
        given.append(f"-L{opts.loglevel}")
    return given + (["--nolog"] if opts.nolog else [])
