"""Frozen dataclasses: frozen to mypy, and as quick to define and to make as a class that is written out.

``dataclass(frozen=True)`` writes six functions as text and compiles them, for each of the hundred classes that a
command imports: four times as long as the one that is needed. And what it does to freeze an object costs ten times as
much for thirty fields as the fields do. Here ``__init__`` alone is written; the other functions are the same for all
classes. Who assigns to a field is told by mypy, which reads ``@frozen`` as ``@dataclass``; nothing else holds him back.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as frozen
else:
    from dataclasses import dataclass, fields

    def frozen(*, frozen, slots):  # noqa: ARG001 - for mypy, which knows the decorator by that
        """The decorator with the only arguments that it takes: ``@frozen(frozen=True, slots=True)``."""
        return lambda cls: _made(dataclass(slots=slots, eq=False, repr=False)(cls))

    def _made(cls):
        names = [field.name for field in fields(cls) if field.compare]
        values = attrgetter(*names) if names else type
        own = vars(cls)

        def equal(self, other):
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def digest(self):
            return hash(values(self))

        for name, function in (("__eq__", equal), ("__hash__", digest), ("__repr__", _shown)):
            if name not in own:
                setattr(cls, name, function)
        return cls

    def _shown(self):
        said = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
        return f"{type(self).__qualname__}({said})"


__all__ = ["frozen"]
