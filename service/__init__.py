"""The trade: where posts come from, where documents go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> Flask:
    """The application for ``flask --app service run``; imported late, so that parts of the package stay light."""
    from service.wsgi import create

    return create()
