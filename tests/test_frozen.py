"""A frozen dataclass that is made quickly is a frozen dataclass in all else."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from service.frozen import quickly_made
from service.sources.source import Fields


@dataclass(frozen=True, slots=True)
class Usual:
    name: str
    size: int = 3
    parts: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class Quick:
    name: str
    size: int = 3
    parts: tuple[str, ...] = ()


def test_it_holds_what_it_was_given_and_its_defaults() -> None:
    for arguments in ({"name": "a"}, {"name": "a", "size": 4}, {"parts": ("x",), "name": "b"}):
        quick, usual = Quick(**arguments), Usual(**arguments)  # type: ignore[arg-type]
        assert [getattr(quick, part.name) for part in fields(Quick)] == [getattr(usual, p.name) for p in fields(Usual)]
        assert repr(quick) == repr(usual).replace("Usual", "Quick")
        assert type(quick) is Quick
    assert Quick("a", 4, ("x",)) == Quick(name="a", size=4, parts=("x",)) != Quick("a")
    assert hash(Quick("a")) == hash(Usual("a"))


def test_nobody_changes_it() -> None:
    quick = Quick("a")
    with pytest.raises(FrozenInstanceError):
        quick.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del quick.name
    with pytest.raises((AttributeError, TypeError)):  # which of them hangs on the Python
        quick.other = 1  # type: ignore[attr-defined]


def test_it_is_replaced_copied_and_pickled_as_any_other() -> None:
    quick = Quick("a", parts=("x",))
    assert replace(quick, size=5) == Quick("a", 5, ("x",))
    assert copy.deepcopy(quick) == pickle.loads(pickle.dumps(quick)) == quick  # noqa: S301 - our own


def test_wrong_arguments_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"Quick\.__init__.*'name'"):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
        Quick("a", other=1)  # type: ignore[call-arg]
    assert [*inspect.signature(Fields).parameters] == [part.name for part in fields(Fields)]


def test_what_cannot_be_made_so_is_refused() -> None:
    @dataclass(frozen=True)
    class Open:
        name: str

    @dataclass(frozen=True, slots=True)
    class Made:
        parts: list[str] = field(default_factory=list)

    @dataclass(frozen=True, slots=True)
    class Checked:
        name: str

        def __post_init__(self) -> None: ...

    @dataclass(frozen=True, slots=True)
    class Below(Usual):
        more: str = ""

    for cls in (Open, Made, Checked, Below):
        with pytest.raises(TypeError, match=f"{cls.__name__} cannot be made quickly"):
            quickly_made(cls)
