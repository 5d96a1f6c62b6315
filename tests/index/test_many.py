"""Statements that ask for a list of values or insert many rows, written once for each of few lengths."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from service.index.chunks import SIZE
from service.index.database import nothing
from service.index.schema import meta, metadata
from service.index.statements import add, among, insert

ALL = [f"k{number}" for number in range(SIZE)]


@pytest.mark.parametrize("count", [1, 2, 8, 9, 64, 65, SIZE - 1, SIZE])
def test_a_list_of_any_length_finds_what_has_one_of_its_values_once(count: int) -> None:
    with nothing(metadata).begin() as connection:
        connection.execute(meta.insert(), [{"key": key, "value": 1} for key in ALL[::2]])
        wanted = ALL[:count]
        found = among(connection, select(meta.c.key).where(meta.c.value == 1), meta.c.key, wanted)
        assert sorted(found.scalars()) == sorted(set(ALL[::2]) & set(wanted))


def test_what_limits_the_statement_otherwise_still_does() -> None:
    with nothing(metadata).begin() as connection:
        connection.execute(meta.insert(), [{"key": "a", "value": 1}, {"key": "?'", "value": 2}])
        some = select(meta.c.key).where(meta.c.value != 1)
        assert among(connection, some, meta.c.key, ["a", "?'"]).scalars().all() == ["?'"]


@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 60])
def test_rows_of_any_number_are_inserted_and_what_is_there_is_replaced_where_that_is_said(count: int) -> None:
    rows = [(key, number) for number, key in enumerate(ALL[:count])]
    with nothing(metadata).begin() as connection:
        add(connection, meta, rows)
        assert sorted(map(tuple, connection.execute(select(meta)))) == sorted(rows)
        again = [(key, number + 1000) for key, number in rows]
        insert(connection, "meta", ("key", "value"), again, "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        assert sorted(map(tuple, connection.execute(select(meta)))) == sorted(again)
