"""Frozen dataclasses of ours behave as those of the standard library do, but for who assigns to a field."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, field, fields, replace

import pytest

from feeds.frozen import frozen


@frozen(frozen=True, slots=True)
class Ours:
    name: str
    number: int = 1
    aside: list[int] = field(default_factory=list, compare=False)
    unsaid: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Theirs:
    name: str
    number: int = 1
    aside: list[int] = field(default_factory=list, compare=False)
    unsaid: str = field(default="", repr=False)


@frozen(frozen=True, slots=True)
class Further(Ours):
    more: float = 0.5


@frozen(frozen=True, slots=True)
class Bare:
    pass


@frozen(frozen=True, slots=True)
class Worded:
    name: str

    def __repr__(self) -> str:
        return f"<{self.name}>"


def test_it_shows_hashes_and_compares_as_the_standard_librarys_does() -> None:
    ours, theirs = Ours("a", 2, [3], "u"), Theirs("a", 2, [3], "u")
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert hash(ours) == hash(theirs)
    assert ours == Ours("a", 2, [4], "u")
    assert ours != Ours("a", 2, [3], "v")
    assert ours != theirs
    assert ours != Further("a", 2, [3], "u")
    assert [one.name for one in fields(ours)] == [one.name for one in fields(theirs)]


def test_a_class_of_more_fields_compares_them_too() -> None:
    assert Further("a", more=1) != Further("a", more=2)
    assert repr(Further("a")) == "Further(name='a', number=1, aside=[], more=0.5)"


def test_a_class_without_fields_has_one_value() -> None:
    assert Bare() == Bare()
    assert len({Bare(), Bare()}) == 1


def test_what_a_class_says_itself_stands() -> None:
    assert repr(Worded("x")) == "<x>"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, replace, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_a_copy_is_equal(copied) -> None:
    one = Further("a", 2, [3], "u", 4)
    assert copied(one) == one
    assert copied(one).aside == [3]


def test_it_has_no_room_for_other_attributes() -> None:
    with pytest.raises(AttributeError):
        Ours("a").other = 1
