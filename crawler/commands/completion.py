"""`scrapy completion`: completion of commands and options for a shell."""

from __future__ import annotations

import argparse

from crawler.command_base import Command, Exit
from pipelines.errors import UsageError

WORDS = {  # what may follow a command beside files and options; names of sites and spiders come from the project
    "articles": ("search", "show", "export"),
    "sites": ("show", "forget", "export", "ways", "check"),
}


class Completion(Command):
    """Print a script that completes the project's commands and options: `source <(scrapy completion)`."""

    summary = "Completion of commands and options in a shell"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return (
            "A script for the shell: source <(scrapy completion) in bash; in zsh after autoload -U bashcompinit; "
            "bashcompinit"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Print the script."""
        from scrapy.cmdline import _get_commands_dict
        from scrapy.spiderloader import get_spider_loader

        from crawler.completion import bash_script

        if args:
            raise UsageError(f"completion takes no argument {args[0][:80]!r}")
        spiders = tuple(sorted(get_spider_loader(self.config).list()))
        commands = _get_commands_dict(self.config, inproject=True)
        for command in commands.values():
            command.settings = self.config
        print(bash_script(commands, {**WORDS, "crawl": spiders}), end="")
        return Exit.COMPLETE
