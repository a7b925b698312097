from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.delivery.targets import Target, target
from tests.services import SERVICES


@pytest.fixture(autouse=True)
def rabbitmq_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker's URL holds a password, so it comes from the environment, as it must."""
    variable, default = SERVICES["rabbitmq"]
    import os

    monkeypatch.setenv(variable, os.environ.get(variable, default))


@pytest.fixture
def any_target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """An empty target of the kind that the test is parametrised with."""
    with target(request.param, tmp_path / "output") as made:
        yield made
