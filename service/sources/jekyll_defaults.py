"""Front matter defaults: which of the site's ``defaults`` hold for a document, and what they come to.

Follows ``FrontmatterDefaults`` and ``Utils.deep_merge_hashes`` of Jekyll 4.3.1, prefixes that end within a name
included. It is asked for every document, so what a combination of scopes comes to is computed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from service.content.scalars import Value
from service.sources.globs import PathGlob

_OLD_TYPES: Final = {"post": "posts", "page": "pages", "draft": "drafts"}


_NONE: Final[Mapping[str, Value]] = {}


class Defaults:
    """The ``defaults`` of a site; ``collections_dir`` as its configuration has it."""

    def __init__(self, sets: Sequence[Mapping[str, Value]], collections_dir: str) -> None:
        self._scopes = [_Scope(item, collections_dir) for item in sets]
        self._merged: dict[tuple[int, ...], Mapping[str, Value]] = {}

    def of(self, path: str, collection: str) -> Mapping[str, Value]:
        """What holds for a document, by its path relative to ``collections_dir`` and its collection's label."""
        if not self._scopes:
            return _NONE
        matching = tuple(i for i, scope in enumerate(self._scopes) if scope.applies(path, collection))
        if matching not in self._merged:
            self._merged[matching] = _merged([self._scopes[i] for i in matching])
        return self._merged[matching]


def deep_merge(base: Mapping[str, Value], over: Mapping[str, Value]) -> dict[str, Value]:
    """``over`` wins, except that a null does not replace a value, and maps are merged key by key."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = deep_merge(old, value)
        elif value is not None or old is None:
            merged[key] = value
    return merged


def _merged(scopes: Sequence[_Scope]) -> Mapping[str, Value]:
    merged: Mapping[str, Value] = {}
    strongest: _Scope | None = None
    for scope in scopes:
        if strongest is None or scope.precedes(strongest):
            merged, strongest = deep_merge(merged, scope.values), scope
        else:
            merged = deep_merge(scope.values, merged)
    return merged


class _Scope:
    """One entry of ``defaults``: what it holds for, and its values."""

    def __init__(self, item: Mapping[str, Value], collections_dir: str) -> None:
        values, scope = item.get("values"), item.get("scope")
        self.values = values if isinstance(values, dict) else {}
        fields = scope if isinstance(scope, dict) else {}
        path, kind = fields.get("path"), fields.get("type")
        self._path = path if isinstance(path, str) else ""
        self._type = _OLD_TYPES.get(kind, kind) if isinstance(kind, str) else None
        self._above = f"{collections_dir}/" if collections_dir else ""
        self._glob = PathGlob(self._path) if "*" in self._path else None

    def applies(self, path: str, collection: str) -> bool:
        if self._type is not None and self._type != collection:
            return False
        if self._glob is None:
            return path.startswith(self._path.removeprefix(self._above) if self._above else self._path)
        return any(self._glob.matches(prefix) for prefix in _prefixes(self._above + path, len(self._above)))

    def precedes(self, other: _Scope) -> bool:
        """Longer paths win; between equal ones a type wins, then the later entry."""
        own, others = len(self._path.removeprefix("/")), len(other._path.removeprefix("/"))
        if own != others:
            return own > others
        return self._type is not None or other._type is None


def _prefixes(path: str, start: int) -> Iterator[str]:
    """A path and the directories above it, down to a length."""
    end = len(path)
    while end > start:
        yield path[:end]
        end = path.rfind("/", 0, end)
