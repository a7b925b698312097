"""`scrapy browse`: the store in a web browser, on this machine."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.command_base import Command, Exit, passed_on
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from crawler.web.sources import Changing, Sources
    from pipelines.store.articles import Store

LOCAL = ("127.0.0.1", "localhost", "::1")
ANY = ("0.0.0.0", "::", "")
THREADS = 4  # requests answered at once


class Browse(Command):
    """Serve the store as web pages, feeds and a read-only API until it is stopped.

    Settings
        STORE_URL    database URL of the store (default: articles.db under OUTPUT_DIR)
        MEMORY_DIR   folder of site memory (default: memory under OUTPUT_DIR)
        OUTPUT_DIR   folder of all state
        FIXTURES_DIR  folder into which a page is saved as a test
        BROWSE_PORT  port to listen on
    """

    summary = "The store in a web browser; feeds and an API"

    def syntax(self) -> str:
        """How to call it."""
        return "[--port N] [--host ADDRESS]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "Look at the articles in a web browser, on this machine; feeds and an API for other programs"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """--port, --host."""
        parser.add_argument("--port", metavar="N", type=int, help="port to listen on; 0: a free one (BROWSE_PORT)")
        parser.add_argument(
            "--host",
            metavar="ADDRESS",
            default="127.0.0.1",
            help="address to listen on (default: %(default)s); mind that there is no password",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Listen and answer; Ctrl-C ends it with exit code 0."""
        from pipelines.store.articles import default_url, open_store

        if args:
            raise UsageError(f"browse takes no argument {args[0][:80]!r}")
        port = self.config.getint("BROWSE_PORT") if opts.port is None else opts.port
        if not 0 <= port <= 65535:
            raise UsageError("--port is a number from 0 to 65535")
        if opts.host in ANY:
            raise UsageError(
                f"--host {opts.host} has no name by which others call it: give one address of this machine"
            )
        url = self.config.get("STORE_URL") or default_url(self.config["OUTPUT_DIR"])
        changing = self._changing(passed_on(opts)) if opts.host in LOCAL else None
        try:
            with open_store(url, create=False) as store:
                sources = self._sources(store, opts.host, changing)
                with contextlib.closing(sources.memory):
                    return self._serve(sources, opts.host, port)
        finally:
            if changing is not None:
                changing.again.close()

    def _changing(self, options: Sequence[str]) -> Changing:
        from crawler.archive.files import FOLDER
        from crawler.corrections import Profiles
        from crawler.web.again import Again
        from crawler.web.corrections import again_job
        from crawler.web.sources import Changing

        output = Path(self.config["OUTPUT_DIR"])

        def command(site: str) -> list[str]:
            given = [f"path={output / FOLDER}", f"site={site}", f"job={again_job(site)}"]
            arguments = [part for pair in given for part in ("-a", pair)]
            crawl = [sys.executable, "-m", "scrapy", "crawl", "archive", *arguments, *options]
            return [*crawl, "-s", "REPORT_ENABLED=False"]  # its figures are no crawl's

        again = Again(command, output / "logs" / "again.log")
        return Changing(Profiles(self.config), again, Path(self.config["FIXTURES_DIR"]))

    def _sources(self, store: Store, host: str, changing: Changing | None) -> Sources:
        from crawler.archive.files import FOLDER
        from crawler.archive.finding import Finder
        from crawler.memories import shared
        from crawler.web.sources import Sources
        from pipelines.extraction.memory.folder import memory_folder
        from pipelines.store.reading import Reader

        output = self.config["OUTPUT_DIR"]
        return Sources(
            reader=Reader(store.database),
            memory=shared(self.config) or memory_folder(self.config.get("MEMORY_DIR"), output),
            reports=Path(output) / "reports",
            raw=Finder(Path(output) / FOLDER).find,
            hosts=frozenset({f"[{host}]" if ":" in host else host}),
            changing=changing,
        )

    def _serve(self, sources: Sources, host: str, port: int) -> Exit:
        import logging

        from waitress.server import create_server

        from crawler.web.app import create_app

        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of two requests is no news
        try:
            server = create_server(create_app(sources), host=host, port=port, threads=THREADS, ident=None)
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot listen on {host} port {port}: {error} (--port 0 takes a free one)") from None
        shown = f"[{host}]" if ":" in host else host
        if host not in LOCAL:
            self.say("there is no password: whoever reaches this address reads the whole store")
        self.say(f"http://{shown}:{server.effective_port}/ (Ctrl-C ends it)")
        with contextlib.suppress(KeyboardInterrupt):
            server.run()
        server.close()
        return Exit.COMPLETE
