"""The API in OpenAPI 3.1. What an article's fields mean stands in docs/fields.md."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from crawler.web.asking import LONGEST, MOST
from pipelines.items import Article

LARGEST = 2**53 - 1  # of a number that every reader of JSON holds exactly

_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_TAGS = {"type": "array", "items": _TEXT}
_COUNTS = {"type": "object", "additionalProperties": {"type": ["number", "string", "null"]}}
_KINDS: dict[str, dict[str, Any]] = {
    "str": _TEXT,
    "str | None": _MAYBE,
    "int": {"type": "integer"},
    "int | None": {"type": ["integer", "null"]},
    "float": {"type": "number"},
    "list[str]": _TAGS,
    "dict[str, str]": {"type": "object", "additionalProperties": _TEXT},
}


def description() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "newswinnow",
            "version": "1",
            "description": "Articles of the store, read only. Lists are newest first; `after` gives the next page.",
        },
        "paths": {
            "/api/articles": _get("A list of articles", "Articles", _filters()),
            "/api/articles/{id}": _get("One article, whole", "WholeArticle", [_path("id", _TEXT)], missing=True),
            "/api/sites": _get("All sites that have articles", "Sites", []),
            "/api/runs": _get(
                "Runs, newest first", "Runs", [_limit(), _query("before", _number(LARGEST), "older ones")]
            ),
            "/api/runs/{id}": _get("One run", "WholeRun", [_path("id", _number(LARGEST))], missing=True),
        },
        "components": {"schemas": _schemas()},
    }


def _filters() -> list[dict[str, Any]]:
    text = {"type": "string", "maxLength": LONGEST}
    day = {"type": "string", "format": "date"}
    return [
        _query("q", text, 'words or "phrases" that all stand in title or text'),
        _query("site", text, "of this site"),
        _query("source", text, "printed as from this source"),
        _query("tag", text, "with this tag"),
        _query("since", day, "printed date of this day or later"),
        _query("until", day, "printed date of this day or earlier"),
        _query("originals", {"type": "boolean"}, "without near-duplicates"),
        _query("withdrawn", {"type": "boolean"}, "what is gone at its site, in place of what stands"),
        _query("whole", {"type": "boolean"}, "all fields but the segments, instead of a summary"),
        _limit(),
        _query("after", text, "goes on where a page ended: its `after`"),
    ]


def _get(summary: str, schema: str, parameters: list[dict[str, Any]], *, missing: bool = False) -> dict[str, Any]:
    answers = {
        "200": {"description": summary, "content": _content(schema)},
        "400": {"description": "a parameter is not as it must be", "content": _content("Error")},
        "503": {"description": "the store is away; try again", "content": _content("Error")},
    }
    if missing:
        answers["404"] = {"description": "there is none", "content": _content("Error")}
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _limit() -> dict[str, Any]:
    return _query("limit", _number(MOST), "at most so many")


def _number(most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most}


def _schemas() -> dict[str, Any]:
    whole = {f.name: _KINDS.get(str(f.type), {"type": "array", "items": {"type": "object"}}) for f in fields(Article)}
    stored = {"first_seen": _TEXT, "last_seen": _TEXT, "version": _KINDS["int"], "revised": _MAYBE, "withdrawn": _MAYBE}
    record = {name: kind for name, kind in whole.items() if name != "segments"}
    names = ("id", "url", "site", "title", "published", "source", "language", "tags", "duplicate_of")
    summary = {name: whole[name] for name in names}
    summary |= {"withdrawn": _MAYBE, "version": _KINDS["int"], "first_seen": _TEXT, "excerpt": _TEXT}
    before = {"version": _KINDS["int"], "replaced": _TEXT, "record": {"type": "object"}, "id": _TEXT}
    run = {
        "id": _KINDS["int"],
        "job": _TEXT,
        "started": _TEXT,
        "finished": _MAYBE,
        "state": _MAYBE,
        "counts": _COUNTS,
    }
    site = {"site": _TEXT, "articles": _KINDS["int"], "newest": _TEXT}
    return {
        "Error": _object({"error": _TEXT}),
        "Summary": _object(summary),
        "Record": _object(record),
        "Articles": _object(
            {
                "items": {"type": "array", "items": {"anyOf": [_ref("Summary"), _ref("Record")]}},
                "after": _MAYBE,
                "partial": {"type": "boolean", "description": "the page is short though there may be more"},
            }
        ),
        "WholeArticle": _object(whole | stored | {"versions": {"type": "array", "items": _object(before)}}),
        "Sites": _object({"items": {"type": "array", "items": _object(site)}}),
        "Runs": _object({"items": {"type": "array", "items": _object(run)}, "before": _KINDS["int | None"]}),
        "WholeRun": _object(run | {"dropped": {"type": "object", "additionalProperties": _KINDS["int"]}}),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
