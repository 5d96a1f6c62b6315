"""How far a command is, on a terminal: documents that are written, posts of upstreams that are read.

Imports next to nothing until somebody looks: what it draws with takes as long to load as a small build.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

Documents = Callable[[int, int], None]
Pulled = Callable[[str, int, int], None]


@contextlib.contextmanager
def shown() -> Iterator[tuple[Documents | None, Pulled | None]]:
    """What shows how many documents of how many are written, and how many posts of a source were read; None where
    standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None, None  # 20 ms of rich, for nobody to look at
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from service.report import printable

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(escape(printable(what)), total=None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield partial(show, "documents"), lambda name, done, total: show(f"posts of {name}", done, total)
