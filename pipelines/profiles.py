"""SiteProfile: what a person knows of a site, as data (crawler/sites/*.toml). Unknown keys are errors."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SiteProfile(BaseModel):
    """One site's knowledge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
