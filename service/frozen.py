"""Frozen dataclasses that are made in half the time.

The ``__init__`` that :mod:`dataclasses` writes for a frozen class sets each field past its own ``__setattr__``, which
takes three times as long as setting it. Here the new object is of an open class with the same slots until its fields
are set. Refuses what it cannot do alike: classes without slots, with a base, a ``__post_init__`` or default factories.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def quickly_made(cls: type[T]) -> type[T]:
    """A frozen dataclass with slots, with an ``__init__`` of the same signature."""
    parts = fields(cls)  # type: ignore[arg-type]  # it is a dataclass
    names = [part.name for part in parts]
    odd = any(not part.init or part.kw_only or part.default_factory is not MISSING for part in parts)
    if (
        odd
        or cls.__bases__ != (object,)
        or hasattr(cls, "__post_init__")
        or [*cls.__dict__.get("__slots__", ())] != names
    ):
        raise TypeError(f"{cls.__name__} cannot be made quickly: it is no plain frozen dataclass with slots")
    opened = type(cls.__name__, (), {"__slots__": tuple(names)})
    defaults = {f"_{part.name}": part.default for part in parts if part.default is not MISSING}
    taken = ", ".join(f"{name}=_{name}" if f"_{name}" in defaults else name for name in names)
    lines = (
        f"def __init__(self, {taken}):",
        "    _set(self, '__class__', _opened)",
        *(f"    self.{name} = {name}" for name in names),
        "    self.__class__ = _frozen",
    )
    space: dict[str, Any] = {"_set": object.__setattr__, "_opened": opened, "_frozen": cls, **defaults}
    exec("\n".join(lines), space)  # noqa: S102 - as dataclasses does, from the names of fields
    made = space["__init__"]
    made.__qualname__, made.__annotations__ = f"{cls.__qualname__}.__init__", cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
