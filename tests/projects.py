"""The project with site profiles of a test's own: as a folder, and as the egg that scrapyd deploys."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import LOOPBACK, ROOT

SCRAPY = (sys.executable, "-m", "scrapy")
SETTINGS = {
    "ALLOWED_ADDRESSES": LOOPBACK,
    "DOWNLOAD_DELAY": "0",
    "RETRY_TIMES": "0",
    "EXTRACTION_WORKERS": "1",
    "LOG_LEVEL": "WARNING",
}


def make_project(folder: Path, profiles: Mapping[str, str]) -> Path:
    """A project folder whose code is this one's, by links, and whose profiles (name: TOML) are those given."""
    (folder / "crawler/sites").mkdir(parents=True)
    for path in (ROOT / "crawler").iterdir():
        if path.name not in ("sites", "__pycache__"):
            (folder / "crawler" / path.name).symlink_to(path)
    (folder / "crawler/sites/__init__.py").touch()
    (folder / "pipelines").symlink_to(ROOT / "pipelines")
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = crawler.settings\n", "utf-8")
    for name, text in profiles.items():
        (folder / f"crawler/sites/{name}.toml").write_text(text, "utf-8")
    return folder


def make_egg(project: Path, egg: Path) -> Path:
    """The project of `make_project` as an egg: a ZIP file of its packages with an entry point for its settings."""
    with zipfile.ZipFile(egg, "w") as out:
        for package in ("crawler", "pipelines"):
            for folder, _, names in os.walk(project / package, followlinks=True):
                for name in names:
                    if not name.endswith(".pyc"):
                        path = Path(folder) / name
                        out.write(path, path.relative_to(project).as_posix())
        out.writestr("EGG-INFO/PKG-INFO", "Metadata-Version: 1.0\nName: newswinnow\nVersion: 1\n")
        out.writestr("EGG-INFO/entry_points.txt", "[scrapy]\nsettings = crawler.settings\n")
    return egg


def options(output: Path, **settings: str) -> list[str]:
    """The `-s` of a quick crawl on loopback with its state in a folder."""
    given = {**SETTINGS, "OUTPUT_DIR": str(output), **settings}
    return [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
