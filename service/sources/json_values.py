"""Values in an API's answer, each with its JSON path, read by the type a post needs or refused by name (U-13).

A missing or null value is nothing; one of another type is a :class:`Rejected` whose message names its path. Refuses to
know what a value means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Self

from feeds.frozen import frozen
from feeds.text import plain, single_line
from feeds.uri import ascii_url, is_web_url
from service.errors import Problem, Rejected
from service.settings import LimitSettings


@frozen(frozen=True, slots=True)
class Node:
    """A value and where it stands; ``locator`` is the locator for problems."""

    value: Any
    path: str
    locator: str

    def __getitem__(self, key: str) -> Self:
        """What an object has under a key; nothing where it is no object, or has nothing there."""
        found = self.value.get(key) if isinstance(self.value, Mapping) else None
        return type(self)(found, f"{self.path}.{key}", self.locator)

    def __iter__(self) -> Iterator[Self]:
        """The items of a list; an object is not one."""
        for number, item in enumerate(self.value if isinstance(self.value, list) else ()):
            yield type(self)(item, f"{self.path}[{number}]", self.locator)

    def beside(self, value: Any, step: str) -> Self:
        """Another value, a step further down."""
        return type(self)(value, self.path + step, self.locator)

    def first(self) -> Self:
        """The first item of a list; nothing where there is none."""
        items = self.value if isinstance(self.value, list) else ()
        return self.beside(items[0] if items else None, "[0]")

    def text(self) -> str:
        """Text, or a number as text; "" where there is nothing."""
        value = self.value
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.refused(f"is {_kind(value)}, where text belongs")
        return written(value)

    def words(self) -> str:
        """Text, or a number as text; "" for whatever is none: it only adorns."""
        return self.text() if isinstance(self.value, str | int | float) and not isinstance(self.value, bool) else ""

    def required(self) -> str:
        """Text, be it empty; nothing in its place is refused."""
        if self.value is None:
            raise self.refused("is missing or null, where text belongs")
        return self.text()

    def line(self) -> str:
        """HTML as one line of text, its references decoded once (U-20)."""
        return single_line(plain(self.text()))

    def flag(self) -> bool:
        """Whether it is true; anything but true, false and nothing is refused."""
        if self.value is None or isinstance(self.value, bool):
            return bool(self.value)
        raise self.refused(f"is {_kind(self.value)}, where true or false belongs")

    def size(self) -> int | None:
        """A number of pixels or bytes; None for whatever is none: it only adorns."""
        value = self.value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _LONGEST_SIZE:
            value = int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST_SIZE else None

    def url(self) -> str | None:
        """An absolute http(s) URL in ASCII; None where there is nothing of the kind."""
        text = self.text().strip()
        return (ascii_url(text) or None) if text and is_web_url(text) else None

    def moment(self, zone: tzinfo, limits: LimitSettings) -> datetime | None:
        """An ISO 8601 date, in ``zone`` where it names none; None for nothing and for WordPress' ``0000-00-00``."""
        text = self.text().strip()
        if not text or text.startswith("0000-00-00"):
            return None
        try:
            found = datetime.fromisoformat(text)
            found = (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.refused(f"is no date: {text[:40]!r}") from None
        return self.within(found, limits)

    def within(self, moment: datetime, limits: LimitSettings) -> datetime:
        """A date that this value is, if it may be one."""
        if not limits.earliest_year <= moment.year < limits.latest_year:
            years = f"{limits.earliest_year}-{limits.latest_year}"
            raise self.refused(f"is a date outside of {years}: {self.text().strip()[:40]!r}")
        return moment

    def refused(self, why: str) -> Rejected:
        """What to raise for a value that cannot be what it has to be."""
        return Rejected(
            Problem(self.locator, 0, 0, "error", "item-invalid", f"{self.path}: {why}", "look at the API's answer")
        )


class Adorning(Node):
    """A value that no post needs, as what an API says of its site: one of another type is nothing."""

    __slots__ = ()

    def text(self) -> str:
        value = self.value
        return written(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def written(value: str | float) -> str:
    """Text, or a number as text. JSON has one kind of number: a whole one is the same whether it is written 1, 1.0 or
    1e0, as it is to JavaScript."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE
    return str(int(value) if whole else value)


_WHOLE = 1e21
"""Beyond it JavaScript writes an exponent."""
_LARGEST_SIZE = 2**31
_LONGEST_SIZE = 11


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    return {list: "a list", bool: "true or false", str: "text"}.get(type(value), "a number")
