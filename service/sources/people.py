"""Authors as front matter and ``_data/authors`` name them: a text, a map, a list of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from feeds.model import Author
from feeds.text import single_line
from service.content.scalars import Unreadable, Value, as_text
from service.settings import AuthorSettings

People = Mapping[str, Value]
"""What is known of authors by the short name that posts use."""

_EMAIL = ("email", "mail")
_URL = ("uri", "url", "website", "web", "homepage", "site", "link")
_AVATAR = ("avatar", "picture", "image", "photo")
_KEY_COLUMNS: Final = ("id", "key", "slug", "username", "login", "short_name", "name")


def authors(values: Iterable[Value], people: People, resolve: Callable[[str], str | None]) -> tuple[Author, ...]:
    """The authors that values name, each once; a text is looked up in ``people`` first, as jekyll-feed does."""
    found = []
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            author = _author(item, people, resolve)
            if author:
                found.append(author)
    return tuple(dict.fromkeys(found))


def named(author: AuthorSettings) -> Author:
    """An author that the settings name."""
    return Author(author.name, author.email, author.url, author.avatar)


def _author(value: Value, people: People, resolve: Callable[[str], str | None]) -> Author | None:
    if isinstance(value, list):
        return None
    name = ""
    if not isinstance(value, dict):
        name = single_line(value or "")
        known = people.get(name)
        if not isinstance(known, dict):
            return Author(name) if name else None
        value = known
    name = _first(value, ("name", "display_name", "title")) or name
    if not name:
        return None
    url, avatar = _first(value, _URL), _first(value, _AVATAR)
    return Author(
        name=name,
        email=_first(value, _EMAIL).removeprefix("mailto:") or None,
        url=resolve(url) if url else None,
        avatar=resolve(avatar) if avatar else None,
    )


def _first(fields: Mapping[str, Value], names: Iterable[str]) -> str:
    for name in names:
        try:
            text = single_line(as_text(fields.get(name)))
        except Unreadable:
            continue
        if text:
            return text
    return ""


def by_name(value: Value) -> dict[str, Value]:
    """A data file as People: a map as it is, a list by the first column that can be a key."""
    if isinstance(value, dict):
        return value
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return {key: row for row in reversed(rows) if (key := _first(row, (*_KEY_COLUMNS, *row)))}
