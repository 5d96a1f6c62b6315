"""What a pull of a listing tells the next one, as text that the index keeps: a cursor, when all was listed, which feed
moved where. Reads no clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

_SOONER: Final = 24
"""How many times sooner everything is listed again after a listing that was not to be trusted."""


class Memory(NamedTuple):
    """The last change it knows of, and when everything was listed."""

    cursor: datetime | None = None
    listed: datetime | None = None
    doubtful: bool = False
    """That listing was not to be trusted; the next one is due the sooner."""
    moved: Mapping[str, str] = {}
    """Which of its feeds is now which (:func:`service.sources.listings.followed`)."""

    @classmethod
    def read(cls, text: str) -> Memory:
        """From its text; nothing is remembered where that is not ours."""
        try:
            said = json.loads(text) if text else {}
            moments = (datetime.fromisoformat(said[key]) if said.get(key) else None for key in ("cursor", "listed"))
            cursor, listed = ((moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None) for moment in moments)
            moved = {str(old): str(new) for old, new in said.get("moved", {}).items()}
            return cls(cursor, listed, bool(said.get("doubtful")), moved)
        except (ValueError, TypeError, AttributeError):
            return cls()

    def written(self) -> str:
        """Its text."""
        said: dict[str, Any] = {
            key: moment.astimezone(UTC).isoformat()
            for key, moment in (("cursor", self.cursor), ("listed", self.listed))
            if moment
        }
        said |= {"doubtful": True} if self.doubtful else {}
        said |= {"moved": dict(self.moved)} if self.moved else {}
        return json.dumps(said, sort_keys=True)

    def due(self, sweep: float, now: datetime) -> bool:
        """Whether everything is to be listed again; also where the clock was put back."""
        if self.listed is None or self.listed > now:
            return True
        return now - self.listed >= timedelta(seconds=sweep / _SOONER if self.doubtful else sweep)
