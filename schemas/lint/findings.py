"""What the checker says: a finding, the rule behind it, and the circumstances in which a document is judged.

Refuses to know any rule; ``registry`` has them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Level = Literal["error", "warning", "notice"]

Field = Literal["", "id", "link", "title", "summary", "content", "image", "date", "author", "enclosure", "category"]
"""The part of an entry that a rule is about, so that whoever knows the source can name the line; "": none, or all."""

SHOWN: Final = 3
"""Subjects that a message names; the others are counted."""

LONGEST: Final = 100
"""Characters of content that a message quotes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the registry. ``id`` is the feed validator's name where it has the rule."""

    id: str
    level: Level
    consumers: tuple[str, ...]
    """Who trips over it."""
    why: str
    """One line: what goes wrong."""
    mend: str
    source: str
    """Where the rule comes from."""
    about: Field = ""
    profiles: tuple[str, ...] = ()
    """Judged only where one of these was chosen; empty: always."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one entry, or of the document."""

    rule: str
    level: Level
    line: int
    """In the document, from 1; 0: the document as a whole."""
    entry: str
    """Id or URL of the entry it is about; "": the document's own."""
    consumers: tuple[str, ...]
    message: str
    mend: str
    about: Field = ""
    subject: str = ""
    """The text at fault, as it stands in the document: where it can be found in the entry's source."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a document does not say of itself. Rules that need what is unknown stay silent."""

    url: str = ""
    """Where the document lives."""
    site: str = ""
    """The home page of the site whose pages it is about."""
    media_type: str = ""
    """With which it is served, parameters and all."""
    now: datetime | None = None
    profiles: frozenset[str] = frozenset()
    cross_submitted: bool = False
    """The site's robots.txt names this sitemap, so that it may list pages of another host."""
    ours: bool = False
    """Feedmill wrote the document: it is held to our own closed grammars, which are narrower than the specifications
    (``schemas.problems``). What others wrote may have whatever extensions its specification lets it have."""


NOTHING_KNOWN: Final = Circumstances()


def quoted(text: str) -> str:
    """Content for a message: on one line, in quotes, of bounded length."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"}"'


def words(text: str) -> frozenset[str]:
    """The words of a list that is easier to read without quotes."""
    return frozenset(text.split())


def named(subjects: list[str]) -> str:
    """The first few of what is at fault, quoted, and how many more there are."""
    unique = list(dict.fromkeys(subjects))
    more = f" and {len(unique) - SHOWN} more" if len(unique) > SHOWN else ""
    return ", ".join(map(quoted, unique[:SHOWN])) + more
