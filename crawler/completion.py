"""What a shell completes after `scrapy`: commands and their options, as a script for bash (and zsh by bashcompinit)."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.commands import ScrapyCommand

_SCRIPT = """\
# Completion of `scrapy` in this project: source <(scrapy completion)
_scrapy_newswinnow() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} options=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W {commands} -- "$word"))
        return
    fi
    case ${{COMP_WORDS[1]}} in
{cases}
    esac
    case $word in
        -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
        *) COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -- "$word")) ;;
    esac
}}
complete -o filenames -F _scrapy_newswinnow scrapy
"""


def bash_script(commands: Mapping[str, ScrapyCommand], words: Mapping[str, Sequence[str]]) -> str:
    """The script; `words` are what may follow a command beside files and options."""
    cases = []
    for name, command in sorted(commands.items()):
        options, further = " ".join(options_of(command)), " ".join(words.get(name, ()))
        cases.append(f"        {name}) options={quote(options)} words={quote(further)} ;;")
    return _SCRIPT.format(commands=quote(" ".join(sorted(commands))), cases="\n".join(cases)).replace(
        'options=""', 'options="" words=""'
    )


def options_of(command: ScrapyCommand) -> list[str]:
    """The options that a command takes, in their long form where they have one; sorted."""
    parser = argparse.ArgumentParser(add_help=False, conflict_handler="resolve")
    command.add_options(parser)
    found = {max(action.option_strings, key=len) for action in parser._actions if action.option_strings}
    return sorted(found | {"--help"})
