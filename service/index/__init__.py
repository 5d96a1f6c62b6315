"""What we know of every post: posts, channels, placements, revisions and problems, in one SQLite file.

Its names are there when they are first asked for. With them comes SQLAlchemy, a third of what a command imports: who
only reads posts (:mod:`service.index.reading`) needs none of it, and a large site's are read meanwhile.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from service.index.database import Corrupt
    from service.index.index import Index
    from service.index.records import (
        Applied,
        ChannelRow,
        Counts,
        Hold,
        Ref,
        Rendered,
        Row,
        Schedule,
        SourceStatus,
        Staleness,
    )
    from service.index.taking import shown_at

__all__ = [
    "Applied",
    "ChannelRow",
    "Corrupt",
    "Counts",
    "Hold",
    "Index",
    "Ref",
    "Rendered",
    "Row",
    "Schedule",
    "SourceStatus",
    "Staleness",
    "shown_at",
]

FILE_NAME: Final = "index.db"
"""The file, in a state directory."""

_MODULES: Final = {"Corrupt": "database", "Index": "index", "shown_at": "taking"}
"""Where names are that are no records."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'records')}"), name)
