"""`scrapy sites`: what is known of sites from their pages, and whether the profiles of sites hold."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from crawler.command_base import Command, Exit, open_output
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.extraction.memory.memories import Memories
    from pipelines.extraction.memory.site import SiteMemory

ACTIONS = ("show", "forget", "export", "ways", "check")


class Sites(Command):
    """List, show, export and forget what is known of sites; check their profiles.

    Settings
        MEMORY_DIR  folder of site memory (default: memory under OUTPUT_DIR)
        OUTPUT_DIR  folder of all state; its folder discovery holds the ways to articles
        FIXTURES_DIR  folder of saved pages that check takes apart
        STORE_URL   on PostgreSQL both are there
    """

    summary = "What is known of sites; check their profiles"

    def syntax(self) -> str:
        """How to call it."""
        known = "show NAME... | export NAME [-o FILE] | forget NAME... [--memory DIR] | ways [DOMAIN]..."
        return f"[{known} | check [NAME|FILE.toml]... [--live]]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "What is known of sites: list, show, export as a profile, forget; check profiles"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """--memory, -o, --live."""
        parser.add_argument("--memory", metavar="DIR", help="folder of site memory (default: MEMORY_DIR)")
        parser.add_argument("-o", "--output", metavar="FILE", help="where export writes the profile (default: stdout)")
        parser.add_argument("--live", action="store_true", help="check: ask each site for a start page and an article")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Scrapy's log is silent unless asked for."""
        super().process_options(args, opts)
        if not (opts.loglevel or opts.logfile):
            self.config.set("LOG_LEVEL", "CRITICAL", priority="cmdline")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Do one of the actions; a file of memory that cannot be read is one line, the other sites are shown."""
        from crawler.memories import shared
        from pipelines.extraction.memory.folder import memory_folder

        action, names = (args[0], args[1:]) if args else ("list", [])
        if args and action not in ACTIONS:
            near = difflib.get_close_matches(action, ACTIONS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(ACTIONS)}"
            raise UsageError(f"no action {action[:40]!r} ({hint})")
        if opts.live and action != "check":
            raise UsageError("--live goes with check: scrapy sites check --live")
        if args and action not in ("check", "ways") and len(names) != 1 and (action == "export" or not names):
            raise UsageError(f"name one site: scrapy sites {action} NAME")
        if opts.output and action != "export":
            raise UsageError("-o goes with export: scrapy sites export NAME -o FILE")
        if action == "check":
            return self._check(names, live=opts.live)
        if action == "ways":
            return self._ways(names)
        if opts.memory and not Path(opts.memory).is_dir():
            raise UsageError(f"no such folder: {opts.memory}")
        kept = None if opts.memory else shared(self.config)
        folder = kept or memory_folder(opts.memory or self.config.get("MEMORY_DIR"), self.config["OUTPUT_DIR"])
        with contextlib.closing(folder):
            if action == "list":
                return self._list(folder)
            if action == "forget":
                return self._forget(folder, names)
            return self._print(folder, action, names, opts.output)

    def _check(self, names: list[str], *, live: bool) -> Exit:
        from crawler.corrections import FOLDER
        from crawler.site_check import check_corrections, check_fixtures, load_all, try_live

        good, faulty = load_all(names, self.say)
        if not names:
            faulty += check_corrections(Path(self.config["OUTPUT_DIR"]) / FOLDER, self.say)
        if live:
            faulty += try_live(good, self.config, self.say)
        else:
            for profile in good:
                self.say(f"{profile.name}: valid")
        faulty += check_fixtures(Path(self.config["FIXTURES_DIR"]), names, self.say)
        return Exit.FAILED if faulty else Exit.COMPLETE

    def _ways(self, names: list[str]) -> Exit:
        """One line a way, the best first: kind, URL, found, asked, last new link, links, new ones an answer."""
        from crawler.memories import kept_ways

        with contextlib.closing(kept_ways(self.config)) as folder:
            known = folder.sites()
            for name in names:
                if name not in known:
                    raise UsageError(f"no ways are known of {name[:80]!r} (known: {', '.join(known) or 'none'})")
            for name in names or known:
                for way in folder.load(name).all_ways():
                    row = (
                        name,
                        way.kind,
                        way.url,
                        way.first[:10],
                        way.asked,
                        way.new_at,
                        str(way.links),
                        f"{way.rate:g}",
                    )
                    print("\t".join(row))
        return Exit.COMPLETE

    def _list(self, folder: Memories) -> Exit:
        from crawler.known_sites import print_table, row

        self._broken = 0
        number = print_table(map(row, self._scan(folder)), sys.stdout)
        if not number:
            self.say(f"nothing is known of any site under {folder.where}: crawl, or scrapy extract PATH --memory DIR")
        return Exit.FAILED if self._broken else Exit.COMPLETE

    def _scan(self, folder: Memories) -> Iterator[SiteMemory]:
        for found in folder.scan():
            if isinstance(found, Exception):
                self._broken += 1
                self.say(str(found))
            else:
                yield found

    def _print(self, folder: Memories, action: str, names: list[str], output: str | None) -> Exit:
        from crawler.known_sites import describe, profile

        memories = [self._known(folder, name) for name in names]
        with open_output(output) as out:
            if action == "export":
                out.write(profile(memories[0]) + self._rules(names[0]))
            else:
                out.write("\n\n".join(map(describe, memories)) + "\n")
        return Exit.COMPLETE

    def _rules(self, name: str) -> str:
        """What was corrected on a site's pages, as it stands in a profile."""
        from crawler.corrections import FOLDER, Corrections, to_toml

        rules = Corrections(Path(self.config["OUTPUT_DIR"]) / FOLDER).rules(name)
        return "".join(f"\n{to_toml(rule)}" for rule in rules)

    def _known(self, folder: Memories, name: str) -> SiteMemory:
        return folder.load(name) or self._not_known(folder, name)

    def _forget(self, folder: Memories, names: list[str]) -> Exit:
        for name in names:  # all of them are known before the first one goes
            if not folder.knows(name):
                self._not_known(folder, name)
        for name in names:
            folder.forget(name)
            self.say(f"forgot {name}; it is learned anew from its next pages")
        return Exit.COMPLETE

    def _not_known(self, folder: Memories, name: str) -> NoReturn:
        from pipelines.extraction.memory.site import SiteMemory

        known = [memory.site for memory in folder.scan() if isinstance(memory, SiteMemory)]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "scrapy sites lists what is known"
        raise UsageError(f"nothing is known of {name[:80]!r} under {folder.where} ({hint})")
