"""What a sink is told: the options that all share, and where secrets come from (the environment, nowhere else)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError

from pipelines.errors import UsageError

HIDDEN = "***"
_SHORT_TOKEN = 8  # characters; a database's name is mostly shorter, a token never


class SinkOptions(BaseModel):
    """Options of every sink. `NAME_env = "VARIABLE"` takes option NAME from the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = Field(description="the kind of sink")
    batch: int = Field(100, ge=1, le=10_000, description="records in one write, at most")
    linger: float = Field(0, ge=0, description="with --follow: seconds that a batch may wait until it is full")
    timeout: float = Field(30, gt=0, description="seconds that the target may stay silent")
    _secrets: tuple[str, ...] = PrivateAttr(())

    def redact(self, text: str) -> str:
        """The text without anything secret: what came from the environment, and passwords in URLs."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


T = TypeVar("T", bound=SinkOptions)


def read_options(kind: type[T], name: str, declared: Mapping[str, Any]) -> T:
    """The options of sink `name`. Raises UsageError: an unknown or wrong option, a variable that is not set, a secret
    that stands in the settings; the message names sink and option, never a value."""
    values, secrets = dict(declared), []
    for option in [o for o in declared if o.endswith("_env") and o.removesuffix("_env") in kind.model_fields]:
        variable = str(values.pop(option))
        plain = option.removesuffix("_env")
        if plain in values:
            raise UsageError(f"sink {name}: {plain} and {option}: one of the two")
        value = os.environ.get(variable, "")
        if not value:
            raise UsageError(f"sink {name}: {option}: the environment variable {variable[:80]!r} is not set")
        values[plain] = value
        secrets += [value, *_passwords(value), *_tokens(value)]
    for option, value in declared.items():
        field = kind.model_fields.get(option)
        if (field and field.annotation in (SecretStr, SecretStr | None)) or (option == "url" and _passwords(value)):
            raise UsageError(f"sink {name}: {option} is secret: put it into the environment, say {option}_env = NAME")
    try:
        options = kind.model_validate(values)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'options'}: {_fault(kind, e)}" for e in error.errors())
        raise UsageError(f"sink {name}: {'; '.join(faults)}") from None
    options._secrets = tuple(sorted({s for s in secrets if s}, key=len, reverse=True))
    return options


def _passwords(value: Any) -> list[str]:
    """The password of a URL, as it stands and decoded."""
    try:
        found = urlsplit(str(value)).password
    except ValueError:
        return []
    return [found, unquote(found)] if found else []


def _tokens(value: str) -> list[str]:
    """Path and query of a URL, which may hold a token; what is too short to be one is left readable."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return []
    return [text for text in (parts.path, parts.query, *parts.query.split("&")) if len(text) > _SHORT_TOKEN]


def _fault(kind: type[SinkOptions], error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown option (known: {', '.join(kind.model_fields)})"
    return str(error["msg"]).removeprefix("Value error, ")
