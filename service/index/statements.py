"""Statements that a scan makes for thousands of rows, past SQLAlchemy's compiler and its handling of parameters.

Refuses to know which rows: names and columns are their callers'.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, CursorResult, Select, Table, literal_column
from sqlalchemy.dialects import sqlite

from service.index.chunks import SIZE

_WIDTHS: Final = (1, 8, 64, SIZE)

_ROWS: Final = 25
"""What one statement inserts where there is much to insert."""


def add(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows that hold a value for each column in its order.

    Past the compiler's handling of named parameters, which costs more than SQLite does: a scan writes twenty rows for
    each post.
    """
    insert(connection, table.name, tuple(column.name for column in table.columns), rows)


def insert(
    connection: Connection, table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], then: str = ""
) -> None:
    """The same for these columns; ``then`` is what happens ON CONFLICT.

    Several rows a statement: to begin and to end one costs as much as to insert a short row.
    """
    whole = len(rows) - len(rows) % _ROWS
    if whole:
        several = [_flat(rows[place : place + _ROWS]) for place in range(0, whole, _ROWS)]
        connection.exec_driver_sql(_insertion(table, columns, _ROWS, then), several)
    if whole < len(rows):
        connection.exec_driver_sql(_insertion(table, columns, 1, then), [*rows[whole:]])


def _flat(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The values of all rows; row by row, which takes a third of the time of value by value."""
    values: list[Any] = []
    for row in rows:
        values += row
    return tuple(values)


@functools.lru_cache(maxsize=64)
def _insertion(table: str, columns: tuple[str, ...], rows: int, then: str) -> str:
    names, marks = ", ".join([f'"{name}"' for name in columns]), ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({names}) VALUES {', '.join([f'({marks})'] * rows)} {then}"  # noqa: S608 - our own names


def among(
    connection: Connection, statement: Select[Any], column: ColumnElement[Any], values: Sequence[Any]
) -> CursorResult[Any]:
    """The rows of a statement without parameters where a column has one of these values, which are a chunk at most.

    Past the compiler, as in :func:`add`: it would write the statement anew for each list.
    """
    width = next(width for width in _WIDTHS if width >= len(values))
    # A list that says its last value several times means the same, and few widths are few statements to prepare.
    padded = (*values, *[values[-1]] * (width - len(values)))
    return connection.exec_driver_sql(_limited(statement, column, width), padded)


@functools.lru_cache(maxsize=64)
def _limited(statement: Select[Any], column: ColumnElement[Any], width: int) -> str:
    limited = statement.where(column.in_([literal_column("?")] * width))
    return str(limited.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
