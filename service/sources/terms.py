"""Categories and tags: what a post belongs to, and what its URL is made of.

The two differ on purpose. A label is the text its author wrote (``no``, ``3.10``); the URL is where Jekyll put the
page, and Jekyll saw a boolean and a number there (``/false/3.1/``). Labels are cleaned and bounded here, never keyed:
what makes two of them one term is the index's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from feeds.text import excerpt, single_line
from service.content import scalars
from service.content.scalars import Plain, Value, as_bool, as_typed, shorten
from service.settings import LimitSettings
from service.sources.keys import Keys

_TEXTS: Final = frozenset((str, Plain))
_LONGEST_KEPT: Final = 256


def many(value: Value, key: str, keys: Keys, *, comma: bool) -> tuple[str, ...]:
    """The terms of ``categories`` or ``tags``: a text is split at spaces, a list kept. Raises Unreadable for a map.

    A comma within a text is warned of, unless texts are split there (``comma``).
    """
    if value is None:
        return ()
    if isinstance(value, str) and "," in value and not comma:
        listed = ", ".join(part.strip() for part in value.split(",") if part.strip())
        hint = f"write {key}: [{listed}], or set split_terms_at_comma"
        keys.warn(key, "terms-comma", f"{shorten(value)} is split at spaces, the comma stays", hint)
    return scalars.terms(value, comma=comma)


def one(value: Value, *, comma: bool) -> tuple[str, ...]:
    """The term of ``category`` or ``tag``: a text is one, spaces and all. Raises Unreadable for a map."""
    if value is None:
        return ()
    return scalars.terms(value, comma=True) if comma else scalars.terms([value])


def spelling(value: Value) -> tuple[object, ...] | None:
    """What tells a value from every other, quotes included; None for a long one, and for what is no text or list of
    texts."""
    items = value if isinstance(value, list) else [value]
    kinds = [*map(type, items)]
    if not _TEXTS.issuperset(kinds) or sum(map(len, items)) > _LONGEST_KEPT:  # type: ignore[arg-type]  # all are text
        return None
    return type(value), *kinds, *items


def bounded(found: Iterable[str], key: str, keys: Keys, limits: LimitSettings) -> tuple[str, ...]:
    """Labels as feeds show them: one line each, each once, no more and no longer than the limits allow (C-23, C-25)."""
    whole = dict.fromkeys(filter(None, map(single_line, found)))
    if len(whole) <= limits.terms_per_post and max(map(len, whole), default=0) <= limits.label_length:
        return tuple(whole)
    kept = []
    for label in list(whole)[: limits.terms_per_post]:
        if len(label) > limits.label_length:
            message = f"{shorten(label)} has {len(label)} characters; the first {limits.label_length} are kept"
            keys.warn(key, "label-too-long", message, "shorten it")
            label = excerpt(label, limits.label_length)
        kept.append(label)
    if len(whole) > limits.terms_per_post:
        message = f"{len(whole)} {key}; the first {limits.terms_per_post} are kept"
        keys.warn(key, f"too-many-{key}", message, "remove some")
    return tuple(dict.fromkeys(kept))


def url_categories(directories: Iterable[str], defaults: Value, keys: Keys) -> tuple[str, ...]:
    """The categories in a document's URL: ``Document#populate_categories``, after Ruby has typed them."""
    found = [*directories]
    for value in (defaults, keys.get("categories")):
        found += map(ruby_text, _leaves(list(scalars.terms(value)) if isinstance(value, str) else value))
    single = keys.get("category")
    if single is not None and as_bool(single):
        found += map(ruby_text, _leaves(single))
    return tuple(dict.fromkeys(found))


def _leaves(value: Value) -> list[Value]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [] if value is None or isinstance(value, dict) else [value]


def ruby_text(value: Value) -> str:
    """What Ruby's ``to_s`` makes of a value once Psych has typed it."""
    typed: Any = as_typed(value)
    if isinstance(typed, bool):
        return "true" if typed else "false"
    if isinstance(typed, datetime):
        return f"{typed:%Y-%m-%d %H:%M:%S %z}"
    if isinstance(typed, date):
        return typed.isoformat()
    if typed is None or isinstance(typed, dict | list):
        return ""
    return str(typed)
