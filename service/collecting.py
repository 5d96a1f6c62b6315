"""When Python looks for cycles among our objects: late while a command starts, as usual in a process that stays."""

from __future__ import annotations

import atexit
import gc
from typing import Final

YOUNG: Final = 100_000
"""Objects that a command makes before the first look. Imports make about as many, and they all stay: at Python's 700
a sixth of the processor time of a start (0.1 s) went into looking at them again and again."""

_USUAL: Final = (700, 10, 10)


def starting() -> None:
    """A command begins: what it makes now is there until it ends, and then the whole process goes.

    At its end Python would look at all of it twice more (0.07 s) before it frees it; frozen objects are passed over.
    """
    gc.set_threshold(YOUNG, *_USUAL[1:])
    atexit.register(gc.freeze)


def loaded() -> None:
    """What a command needs is imported, and is there to its end: a look at it would find nothing (0.03 s or more), in
    this process and in those forked from it."""
    gc.freeze()


def staying() -> None:
    """All is loaded, and the process stays: what is there needs no look again, what comes gets the usual ones."""
    gc.freeze()
    gc.set_threshold(*_USUAL)
