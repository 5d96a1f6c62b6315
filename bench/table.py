"""Rows and their table. Refuses to measure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH: Final = 120
"""Columns where standard output is no terminal: rich would assume 80 and break the lines."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: its samples in ``unit``, and in words what its median is beside another row's."""

    measure: str
    samples: tuple[float, ...]
    unit: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together; ``note`` says how they were measured."""

    title: str
    note: str
    rows: tuple[Row, ...]


def ratio(samples: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios of each round: noise that lasts a round falls out."""
    return statistics.median(one / other for one, other in zip(samples, others, strict=True))


def beside(samples: Sequence[float], others: Sequence[float], name: str) -> str:
    """A ratio in words, such as ``3.1 × the Flask view``."""
    return f"{number(ratio(samples, others))} × {name}"


def show(groups: Sequence[Group], facts: Iterable[str]) -> None:
    """Print the facts of the machine, the table and its notes on standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=WIDTH, highlight=False)
    console.print(*facts, sep="\n")
    table = Table("", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("median", "", "least", "most", "runs"):
        table.add_column(name, justify="right" if name else "left")
    table.add_column("ratio")
    for group in groups:
        table.add_section()
        table.add_row(f"[bold]{group.title}[/bold]")
        for row in group.rows:
            middle, least, most = statistics.median(row.samples), min(row.samples), max(row.samples)
            runs = str(len(row.samples))
            table.add_row(f"  {row.measure}", number(middle), row.unit, number(least), number(most), runs, row.beside)
    console.print(table)
    for group in groups:
        console.print(f"[bold]{group.title}[/bold]: {group.note}")


def number(value: float) -> str:
    """Three significant digits, whole numbers from a hundred on."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
