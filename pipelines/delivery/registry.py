"""The kinds of sinks, and how the setting SINKS becomes sinks. A kind's module is imported with its first sink."""

from __future__ import annotations

import difflib
import importlib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.delivery.options import SinkOptions, read_options
from pipelines.delivery.sink import Place, Sink
from pipelines.errors import UsageError

# The class of each kind; it stands in the module of the kind's name beside this file.
KINDS = {
    "jsonl": "JsonLinesSink",
    "csv": "CsvSink",
    "parquet": "ParquetSink",
    "sql": "SqlSink",
    "redis": "RedisSink",
    "webhook": "WebhookSink",
    "rabbitmq": "RabbitSink",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def read_sinks(value: Mapping[str, Any] | str | None) -> dict[str, dict[str, Any]]:
    """The sinks that the setting SINKS declares, by name: a dict, the same as JSON, or the name of a TOML file.

    Raises UsageError: no such file, not TOML or JSON, a sink that is no table of options, a bad name.
    """
    found: Any = value or {}
    if value and isinstance(value, str):
        found = json_or_toml(value)
    if not isinstance(found, Mapping) or not all(isinstance(options, Mapping) for options in found.values()):
        raise UsageError("SINKS is no table of sinks: each has a name and a table of options")
    for name in found:
        if not _NAME.fullmatch(str(name)):
            raise UsageError(f"{str(name)[:80]!r} is no name for a sink: a-z, 0-9, _ and -, at most 64")
    return {name: dict(options) for name, options in found.items()}


def json_or_toml(value: str) -> Any:
    """What a string of the setting means: JSON where it begins with {, else a TOML file."""
    try:
        if value.lstrip().startswith("{"):
            return json.loads(value)
        return tomllib.loads(Path(value).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{value[:200]} is not TOML: {error}") from None
    except ValueError:
        raise UsageError("SINKS is neither JSON nor the name of a TOML file") from None
    except OSError as error:
        raise UsageError(f"cannot read the sinks: {error.strerror}: {value[:200]}") from None


def make_sink(name: str, declared: Mapping[str, Any], root: Path) -> tuple[Sink, SinkOptions]:
    """A sink as declared, and its options; its target is not touched. Raises UsageError that says what is wrong."""
    kind = declared.get("type")
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind), KINDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(KINDS)}"
        raise UsageError(f"sink {name}: type: no kind of sink {str(kind)[:80]!r} ({hint})")
    module = importlib.import_module(f"pipelines.delivery.{kind}")
    options = read_options(module.Options, name, declared)
    sink: Sink = getattr(module, KINDS[kind])(Place(name, root), options)
    return sink, options
