"""The dates of a Hugo page: the chains of ``[frontmatter]``, each asked in turn until one gives a date.

Dates without an offset are the site's, also where they have seconds (the opposite of Jekyll's). What Hugo passes over
in silence is warned of; where nothing else gives a date the page is rejected rather than dated as of now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from feeds.frozen import frozen
from service.content.dates import DateError, ParsedDate, parse_date
from service.content.scalars import Value, is_bool
from service.settings import LimitSettings
from service.sources.keys import Keys
from service.sources.metadata import settled

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)(?:-(\d\d)-(\d\d)-(\d\d)(?=[-_ ]|\Z))?(.*)", re.DOTALL)
_OFFSET = re.compile(
    r".*\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:(Z|UTC|GMT)|([-+])(\d\d):?(\d\d))", re.IGNORECASE | re.DOTALL
)
_ZERO: Final = "0001-01-01"
"""Go's date of nothing, which archetypes write out."""
_LAST_SECOND: Final = 4_102_444_799


@frozen(frozen=True, slots=True)
class Dates:
    """Hugo's four dates. Aware; ``date`` has the offset it was written with, because URLs are made of it."""

    date: datetime | None
    lastmod: datetime | None
    publish: datetime | None
    expiry: datetime | None
    lastmod_key: str
    slug: str
    """What ``:filename`` leaves of the name, where a date came from there; "" where none did."""


class _Reader:
    def __init__(self, keys: Keys, name: str, mtime_ns: int, zone: ZoneInfo, limits: LimitSettings) -> None:
        self._keys, self._zone, self._limits = keys, zone, limits
        self._name = name.rpartition(".")[0] if "." in name else name
        self._mtime = min(max(mtime_ns // 1_000_000_000, 0), _LAST_SECOND)
        self.slug = ""
        self._unread: set[str] = set()
        """Keys that hold no date although another chain asked them for one: they are warned of already."""

    def first(self, chain: tuple[str, ...], *, strict: bool = True) -> tuple[datetime | None, str]:
        """The first date of a chain, and the word that gave it.

        Raises Rejected where it is ``strict`` and only unreadable ones are there.
        """
        failed: dict[str, DateError] = {}
        found, by = None, ""
        for word in chain:
            try:
                found = None if word in self._unread else self._of(word)
            except DateError as error:
                failed[word] = error
                continue
            if found is not None:
                by = word
                break
        for key, fault in failed.items():
            if found is None and strict:
                raise self._keys.rejected(key, fault.code, f"{key}: {fault.message}", fault.hint)
            self._keys.warn(key, fault.code, f"{key}: {fault.message}; {by or 'nothing'} counts", fault.hint)
        self._unread |= failed.keys()
        return found, by

    def _of(self, word: str) -> datetime | None:
        if word == ":filename":
            return self._named()
        if word == ":filemodtime":
            return datetime.fromtimestamp(self._mtime, UTC).astimezone(self._zone)
        if word.startswith(":"):
            return None
        value = self._keys.get(word)
        if not isinstance(value, str) or not value.strip() or is_bool(value) or value.startswith(_ZERO):
            return None
        if word == "published" and not any(map(str.isdigit, value)):
            return None
        return as_written(parse_date(value, zone=self._zone, meaning="iso", limits=self._limits), value)

    def _named(self) -> datetime | None:
        match = _NAME.fullmatch(self._name)
        if not match:
            return None
        text = match[1] + (f" {match[2]}:{match[3]}:{match[4]}" if match[2] else "")
        try:
            found = parse_date(text, zone=self._zone, meaning="iso", limits=self._limits).at
        except DateError as error:
            self._keys.warn("date", error.code, f"{error.message} (file name)", "rename the file, or add a date")
            return None
        self.slug = match[5].strip(" -_")
        return settled(found)


def read(
    keys: Keys, chains: Mapping[str, tuple[str, ...]], name: str, mtime_ns: int, zone: ZoneInfo, limits: LimitSettings
) -> Dates:
    """The dates of a page. ``name`` is its file's without language and extension, a bundle's directory's.

    Raises Rejected where a date is there and none can be read.
    """
    reader = _Reader(keys, name, mtime_ns, zone, limits)
    date, _ = reader.first(chains["date"])
    lastmod, lastmod_key = reader.first(chains["lastmod"], strict=False)
    publish, _ = reader.first(chains["publishdate"])
    expiry, _ = reader.first(chains["expirydate"])
    return Dates(date, lastmod, publish, expiry, lastmod_key, reader.slug)


def as_written(parsed: ParsedDate, value: Value) -> datetime:
    """The moment with the offset that its author wrote, where one was written: Hugo makes URLs of the fields as they
    are."""
    match = _OFFSET.fullmatch(str(value).strip())
    if not match:
        return settled(parsed.at)
    ahead = timedelta(hours=int(match[3] or 0), minutes=int(match[4] or 0))
    return parsed.at.astimezone(timezone(-ahead if match[2] == "-" else ahead))
