"""Whether an item of any JSON API is for everybody: in doubt it is not (U-20).

An API has its own words for what is unfinished, deleted or for some alone. What says so in any of the usual ways is
hidden; what says nothing of the kind is public. Refuses to know where a map of fields leads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.sources.json_values import Node

_UNSEEN: Final = frozenset(
    (
        *("draft", "pending", "private", "future", "trash", "auto draft", "scheduled", "inherit", "hidden", "internal"),
        *("unpublished", "archived", "deleted", "review", "in review", "members", "paid", "tiers", "protected"),
        *("trashed", "removed", "rejected", "inactive", "offline", "unlisted", "password", "expired", "embargoed"),
        *("withdrawn", "disabled", "비공개", "임시저장", "초안", "삭제"),
    )
)
_HIDES: Final = frozenset(
    ("draft", "private", "hidden", "protected", "passwordprotected", "deleted", "archived", "trashed", "unlisted")
)
"""Keys that hide where they are true."""
_SHOWS: Final = frozenset(("published", "public", "visible", "live", "active"))
"""Keys that hide where they are false."""
_SINCE: Final = frozenset(("deletedat", "archivedat", "trashedat", "unpublishedat"))
"""Keys that hide where they have a date."""
_PUBLISHED: Final = ("published_at", "publishedAt", "date_published")
"""Keys that are there and null in what was never published (Strapi, Laravel, Rails, DEV)."""

_IS = re.compile(r"is(?:_|(?=[A-Z]))")
_TRUE: Final = (True, 1, "true", "1", "yes")
_FALSE: Final = (False, 0, "false", "0", "no")


def is_for_all(post: Node, status: Node, *, dated: bool) -> bool:
    """Whether an item may be seen by everybody. ``status`` is what stands where its status is looked for; ``dated``:
    the settings say where its date is, so that a null elsewhere says nothing."""
    said = post.value if isinstance(post.value, Mapping) else {}
    if not all(_is_seen(word) for node in (status, post["visibility"]) for word in _words(node.value)):
        return False
    if _is(status.value, _FALSE) or _is(post["content"]["protected"].value, _TRUE):
        return False
    if not dated and any(key in said and said[key] is None for key in _PUBLISHED):
        return False
    return not any(_hides(str(key), value) for key, value in said.items())


def _hides(key: str, value: Any) -> bool:
    name = _IS.sub("", key, count=1) if _IS.match(key) else key
    name = name.replace("_", "").replace("-", "").lower()
    if name in _SINCE:
        return isinstance(value, str | int | float) and bool(value)
    return (name in _HIDES and _is(value, _TRUE)) or (name in _SHOWS and _is(value, _FALSE))


def _words(value: Any) -> Iterator[str]:
    """A status as text, as a list of them, or as an object with a name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))
    elif isinstance(value, Mapping):
        yield from (value[key] for key in ("value", "name", "slug") if isinstance(value.get(key), str))


def _is_seen(status: str) -> bool:
    """An unknown word lets a post be seen; those for unfinished posts and for posts that are not everybody's do not."""
    return " ".join(status.lower().replace("_", " ").replace("-", " ").split()) not in _UNSEEN


def _is(value: Any, words: tuple[Any, ...]) -> bool:
    value = value.strip().lower() if isinstance(value, str) else value
    return isinstance(value, str | int) and value in words
