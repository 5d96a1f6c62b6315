"""What every table of feedmill.toml has in common, and the one table that several have. Refuses to know the others."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from service.settings_values import EMPTY_IS_NONE, WebUrl


class Section(BaseModel):
    """A table of feedmill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AuthorSettings(Section):
    name: str
    email: str | None = None
    url: Annotated[WebUrl | None, EMPTY_IS_NONE] = None
    avatar: Annotated[WebUrl | None, EMPTY_IS_NONE] = None
