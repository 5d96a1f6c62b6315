"""Authors as front matter and ``_data/authors`` name them: a text, a map, a list of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from feeds.accounts import fediverse_account, twitter_account
from feeds.model import Author
from feeds.text import single_line
from service.content.scalars import Unreadable, Value, as_text, is_bool
from service.settings import AuthorSettings

People = Mapping[str, Value]
"""What is known of authors by the short name that posts use."""

_EMAIL = ("email", "mail")
_URL = ("uri", "url", "website", "web", "homepage", "site", "link")
_AVATAR = ("avatar", "picture", "image", "photo")
_TWITTER = ("twitter", "twitter_username", "x")
_FEDIVERSE = ("fediverse", "mastodon")
ACCOUNTS: Final = frozenset(_TWITTER + _FEDIVERSE)
_KEY_COLUMNS: Final = ("id", "key", "slug", "username", "login", "short_name", "name")


def authors(values: Iterable[Value], people: People, resolve: Callable[[str], str | None]) -> tuple[Author, ...]:
    """The authors that values name, each once; a text is looked up in ``people`` first, as jekyll-feed does."""
    found = []
    for value in values:
        if value is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            author = _author(item, people, resolve)
            if author:
                found.append(author)
    return tuple(dict.fromkeys(found))


def signed(found: tuple[Author, ...], values: Mapping[str, Value]) -> tuple[Author, ...]:
    """The one author of a post with the accounts that its front matter names beside them; several stay as they are."""
    if len(found) != 1 or ACCOUNTS.isdisjoint(values):
        return found
    (author,) = found
    twitter, fediverse = author.twitter or twitter_of(values), author.fediverse or fediverse_of(values)
    if (twitter, fediverse) == (author.twitter, author.fediverse):
        return found
    return (replace(author, twitter=twitter, fediverse=fediverse),)


def twitter_of(values: Mapping[str, Value]) -> str:
    """An account on X by the keys that name one, be it the ``username`` in a map; "" where none does."""
    return next((account for text in _accounts(values, _TWITTER) if (account := twitter_account(text))), "")


def fediverse_of(values: Mapping[str, Value]) -> str:
    """An account in the fediverse; also minima's map of ``username`` and ``instance``, or a list of such."""
    return next((account for text in _accounts(values, _FEDIVERSE) if (account := fediverse_account(text))), "")


def _accounts(values: Mapping[str, Value], names: Iterable[str]) -> Iterable[str]:
    for name in names:
        value = values.get(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                user, instance = _first(item, ("username", "user", "creator")), _first(item, ("instance",))
                yield f"{user.strip('@')}@{instance}" if instance else user
            elif item is not None and not is_bool(item):
                yield _first({name: item}, (name,))


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
        twitter=twitter_of(value),
        fediverse=fediverse_of(value),
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
