"""Frozen dataclasses of which a scan makes one for every post: frozen to mypy, and as quick to make as any other.

What ``dataclass(frozen=True)`` does at run time costs ten times as much for thirty fields as the fields do. Who assigns
to one is told by mypy, which reads ``@frozen`` as that; nothing else holds him back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as frozen
else:
    from dataclasses import dataclass

    def frozen(*, frozen, slots):
        """The decorator with the only arguments that it takes: ``@frozen(frozen=True, slots=True)``."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["frozen"]
