from importlib.resources import files

import pytest

from pipelines.profiles import load_profile, profile_names


def test_there_are_profiles() -> None:
    assert "demo" in profile_names(files("crawler.sites"))


@pytest.mark.parametrize("name", profile_names(files("crawler.sites")))
def test_each_profile_validates_and_can_be_started(name: str) -> None:
    profile = load_profile(files("crawler.sites"), name)
    assert profile.start_urls or profile.feeds or profile.sitemaps
