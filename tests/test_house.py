"""What keeps the house in order: layout, floors, sizes, and docs that name what the code has."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from pipelines import errors
from pipelines.items import ARTICLE_FIELDS
from pipelines.profiles import Rule, SiteProfile

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = sorted(path for package in ("crawler", "pipelines") for path in (ROOT / package).rglob("*.py"))
MAX_LINES = 400

# The last versions with a known hole: brotli CVE-2026-111497 (decoder overflow), lxml iterparse XXE,
# Scrapy GHSA 76g3 (s3:// fetched over plain http).
HOLES = {"brotli": "1.2.0", "lxml": "6.0.99", "scrapy": "2.16.99"}
# What must never stand in a constraints file: where packages come from is the business of the machine.
REGISTRY = re.compile(r"://|index-url|find-links|trusted-host|\s@\s", re.IGNORECASE)


def requirements() -> list[Requirement]:
    project = PROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(text) for texts in lists for text in texts]


def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


@pytest.mark.parametrize("name", HOLES)
def test_floors_keep_known_holes_out(name: str) -> None:
    (requirement,) = [found for found in requirements() if canonicalize_name(found.name) == name]
    assert not requirement.specifier.contains(HOLES[name])


def test_constraints_pin_every_requirement_within_its_floor() -> None:
    pinned = pins()
    for requirement in requirements():
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in constraints.txt"
        assert requirement.specifier.contains(version), f"constraints.txt has {requirement.name} {version}"


def test_constraints_name_no_registry_and_are_sorted() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not REGISTRY.search(text)
    lines = text.splitlines()
    assert lines == sorted(lines, key=str.lower)


def test_the_top_level_is_as_the_architecture_says() -> None:
    wanted = [
        "scrapy.cfg",
        "pyproject.toml",
        "constraints.txt",
        "Makefile",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
    ]
    wanted += [
        "crawler/settings.py",
        "crawler/spiders",
        "crawler/discovery",
        "crawler/middlewares",
        "crawler/extensions",
    ]
    wanted += ["crawler/commands", "crawler/sites", "crawler/demo", "pipelines/items.py", "pipelines/profiles.py"]
    wanted += [
        "pipelines/errors.py",
        "pipelines/extraction",
        "pipelines/dedup",
        "pipelines/store",
        "pipelines/delivery",
    ]
    wanted += ["output/README.md", "docs", "tests", ".ci/run"]
    assert [name for name in wanted if not (ROOT / name).exists()] == []


def test_package_init_files_are_empty() -> None:
    assert [path for path in SOURCES if path.name == "__init__.py" and path.stat().st_size] == []


def test_no_module_is_past_its_size() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {str(path): size for path, size in sizes.items() if size > MAX_LINES} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "crawler/commands").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_commands_import_little_at_start(path: Path) -> None:
    """Scrapy imports every command at each start, so what is heavy is imported inside run()."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {name for node in tree.body for name in _imported(node)}
    light = {"crawler.command_base", "crawler.page_command", "pipelines.errors", "pipelines.items"}
    heavy = {name for name in top if name.split(".")[0] in ("crawler", "pipelines")} - light
    third = {name.split(".")[0] for name in top} & {"lxml", "trafilatura", "sqlalchemy", "rich", "twisted", "pydantic"}
    assert heavy | third == set()


def _imported(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


# Docs ---------------------------------------------------------------------------------------------------------------


def documented(name: str) -> set[str]:
    """The names in backticks that begin a table row or a list entry of a docs file."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return set(re.findall(r"^(?:\| *|[-*] +)`([^`]+)`", text, re.MULTILINE))


def own_settings() -> set[str]:
    from scrapy.settings import default_settings

    module = importlib.import_module("crawler.settings")
    return {name for name in vars(module) if name.isupper() and not hasattr(default_settings, name)}


def read_settings() -> set[str]:
    """Settings that the code reads by name, wherever they are set."""
    from scrapy.settings import default_settings

    pattern = re.compile(r"(?:settings|config)\.get\w*\(\s*\"([A-Z_]+)\"")
    found = {name for path in SOURCES for name in pattern.findall(path.read_text(encoding="utf-8"))}
    return {name for name in found if not hasattr(default_settings, name)}


def page_reasons() -> set[str]:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.PageError)]
    return {kind.reason for kind in kinds} - {errors.PageError.reason}


COUNTING = (
    "inc_value",
    "set_value",
    "max_value",
    "min_value",
    "_count",
    "_count_stat",
)  # Scrapy's stats, and short forms


def stat_keys() -> set[str]:
    """The keys of the stats that our components count, as they stand in the source; {…} for what is filled in."""
    keys: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) and node.args else None
            if isinstance(called, ast.Attribute) and called.attr in COUNTING:
                keys |= _key(node.args[0])
    return keys


def _key(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)}
    return set()


def profile_keys() -> set[str]:
    return set(SiteProfile.model_fields) | {f"rules.{name}" for name in Rule.model_fields}


def test_every_field_is_documented() -> None:
    assert set(ARTICLE_FIELDS) - documented("fields.md") == set()


def test_every_setting_is_documented() -> None:
    assert (own_settings() | read_settings()) - documented("settings.md") == set()


def test_every_setting_that_is_read_has_its_default_in_the_settings_file() -> None:
    assert read_settings() - own_settings() == set()


def test_every_profile_key_is_documented() -> None:
    assert profile_keys() - documented("adding-a-site.md") == set()


def test_every_error_reason_is_documented() -> None:
    assert page_reasons() - documented("errors.md") == set()


def test_every_stat_is_documented() -> None:
    known = documented("operations.md")
    patterns = {key: re.compile(re.escape(key).replace("…", ".+")) for key in stat_keys()}
    assert {key for key, pattern in patterns.items() if not any(map(pattern.fullmatch, known))} == set()


def test_docs_name_nothing_that_is_gone() -> None:
    assert documented("fields.md") <= set(ARTICLE_FIELDS)
    assert documented("settings.md") <= own_settings() | read_settings()
    assert documented("adding-a-site.md") <= profile_keys()
