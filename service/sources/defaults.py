"""What a post has where its source says nothing of the kind: ``[source.defaults]``, for every kind of source alike.

Wraps what a source yields. Fingerprints get a mark of the defaults, so that other defaults are other posts and every
one of them is read again. Refuses to override what a post says; to a page that is no post it gives a language only,
because pages are in no channel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from feeds.model import Author
from service.errors import Problem
from service.settings_sources import DefaultSettings
from service.sources.source import (
    Beginning,
    Change,
    Context,
    Drop,
    Fields,
    Looking,
    Progress,
    Pulled,
    Pulling,
    Put,
    Reject,
    SiteFacts,
    Source,
    Taken,
    Taker,
)

_MARK: Final = "defaults="
_END: Final = " "


class Defaults:
    """The defaults of one source as its posts get them; false where there are none."""

    def __init__(self, settings: DefaultSettings) -> None:
        self._settings = settings
        self._authors = tuple(
            Author(author.name, author.email, author.url, author.avatar) for author in settings.authors
        )
        said = settings.model_dump_json(exclude_defaults=True)
        self.mark = "" if said == "{}" else f"{_MARK}{hashlib.sha256(said.encode()).hexdigest()[:12]}{_END}"
        """What fingerprints begin with; "" where there are no defaults."""

    def __bool__(self) -> bool:
        return bool(self.mark)

    def fields(self, said: Fields) -> Fields:
        """A post with what it does not say itself."""
        page = said.collection == "pages"
        return replace(
            said,
            language=said.language or self._settings.language,
            categories=said.categories if page else said.categories or self._settings.categories,
            tags=said.tags if page else said.tags or self._settings.tags,
            authors=said.authors if page else said.authors or self._authors,
        )

    def change(self, change: Change) -> Change:
        """A change as the index is to have it. What was handed to a taker has its mark already (:class:`Giving`)."""
        if isinstance(change, Drop) or change.fingerprint.startswith(self.mark or _MARK):
            return change
        fingerprint = f"{self.mark}{change.fingerprint}"
        if isinstance(change, Put):
            return replace(change, fields=self.fields(change.fields), fingerprint=fingerprint)
        if isinstance(change, Reject):
            return replace(change, fingerprint=fingerprint)
        return change

    def known(self, known: Mapping[str, str]) -> dict[str, str]:
        """Fingerprints as the source gave them; none that it could give where there were other defaults."""
        length = len(self.mark)
        return {
            locator: fingerprint[length:] if fingerprint.startswith(self.mark) else ""
            for locator, fingerprint in known.items()
        }

    def other(self, known: Mapping[str, str]) -> bool:
        """Whether some of the posts were read under other defaults."""
        if self.mark:
            return any(not fingerprint.startswith(self.mark) for fingerprint in known.values())
        return any(fingerprint.startswith(_MARK) for fingerprint in known.values())  # there were some


class Giving:
    """A taker that gives posts their defaults before another one takes them, in whatever process that is."""

    def __init__(self, taker: Taker, defaults: Defaults) -> None:
        self._taker = taker
        self._defaults = defaults

    def of(self, put: Put) -> Taken | Reject:
        """Raises nothing: a post that cannot be stored is a Reject."""
        given = self._defaults.change(put)
        assert isinstance(given, Put)  # noqa: S101 - a Put stays one
        return self._taker.of(given)

    def remade(self, data: tuple[Any, ...]) -> Taken:
        return self._taker.remade(data)


class Defaulted:
    """A source whose posts have defaults."""

    def __init__(self, source: Source, defaults: Defaults) -> None:
        self.name = source.name
        self._source = source
        self._defaults = defaults

    def open(self) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        return self._source.open()

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        return map(self._defaults.change, self._source.scan(self._defaults.known(known)))

    def begin(self) -> None:
        if isinstance(self._source, Beginning):
            self._source.begin()

    def end(self) -> None:
        if isinstance(self._source, Beginning):
            self._source.end()

    def watch_paths(self) -> tuple[str, ...]:
        return self._source.watch_paths()


class DefaultedLooking(Defaulted):
    """The same, of a source that can tell of single posts."""

    def __init__(self, source: Source, defaults: Defaults) -> None:
        super().__init__(source, defaults)
        assert isinstance(source, Looking)  # noqa: S101 - with_defaults asked
        self._looking = source

    @property
    def expected(self) -> int:
        return self._looking.expected

    def locator(self, path: str) -> str | None:
        return self._looking.locator(path)

    def look(self, known: Mapping[str, str], others: Collection[str]) -> list[Change] | None:
        found = self._looking.look(self._defaults.known(known), others)
        return None if found is None else [self._defaults.change(change) for change in found]


class DefaultedPulling:
    """A source behind an address whose posts have defaults, or had some: other ones take a complete listing."""

    def __init__(self, source: Pulling, defaults: Defaults) -> None:
        self.name = source.name
        self._source = source
        self._defaults = defaults

    def pull(
        self,
        known: Mapping[str, str],
        memory: str,
        now: datetime,
        *,
        complete: bool = False,
        progress: Progress | None = None,
    ) -> Pulled:
        other = self._defaults.other(known)
        pulled = self._source.pull(
            self._defaults.known(known) if self._defaults or other else known,
            "" if other else memory,
            now,
            complete=complete or other,
            progress=progress,
        )
        if not self._defaults:
            return pulled
        return replace(pulled, changes=tuple(map(self._defaults.change, pulled.changes)))


def with_defaults(source: Source, defaults: Defaults) -> Source:
    """A source whose posts have the defaults; itself where there are none: its scan is the hot one."""
    if not defaults:
        return source
    return DefaultedLooking(source, defaults) if isinstance(source, Looking) else Defaulted(source, defaults)


def taking(taker: Taker, defaults: Defaults) -> Taker:
    """Who takes the posts of a source with defaults."""
    return Giving(taker, defaults) if defaults else taker
