"""What ``state.db`` remembers of single posts, for people who ask why: read alone, beside whoever writes it.

No document is made of it. A directory without the file remembers nothing. Refuses to write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select

from feeds.frozen import frozen
from service.errors import StorageUnavailable
from service.index import database
from service.index.records import Columns, moment_of
from service.index.state import APPLICATION_ID, FILE_NAME, VERSION, owned
from service.index.state_schema import FormerFile, Pin, departed, former_files, pins


@frozen(frozen=True, slots=True)
class Departed:
    """A page that was out, under this id, and left. ``file`` is where its post was, where that is known."""

    url: str
    id: str
    published: datetime
    since: datetime
    file: str = ""


class Remembered:
    """The memory of a state directory. Each question raises StorageUnavailable."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME

    def departed(self, keys: Collection[str], ids: Collection[str] = ()) -> Departed | None:
        """The page that left, by a key of its URL (``addresses.key_of``), else by its id; the one that left last."""
        for column, values in ((departed.c.key, keys), (departed.c.id, ids)):
            statement = select(departed).where(column.in_(list(values))).order_by(departed.c.at.desc()).limit(1)
            for row in self._rows(statement) if values else ():
                published, since = moment_of(row.published), datetime.fromtimestamp(row.at, UTC)
                return Departed(row.url, row.id, published, since, self._file(row.id))
        return None

    def former_files(self) -> list[FormerFile]:
        """The files whose posts were out and left them, the newest first."""
        statement = select(former_files).order_by(former_files.c.at.desc(), *former_files.primary_key.columns)
        return [FormerFile(*row) for row in self._rows(statement)]

    def _file(self, id_: str) -> str:
        """The file that the post with this id left last; "" where that is not known."""
        statement = select(former_files.c.locator).where(former_files.c.id == id_)
        rows = self._rows(statement.order_by(former_files.c.at.desc()).limit(1))
        return rows[0].locator if rows else ""

    def pin(self, id_: str) -> Pin | None:
        """What is pinned under an id; None where nothing is."""
        return next((Pin(*row) for row in self._rows(select(pins).where(pins.c.id == id_))), None)

    def owned(self) -> dict[str, str]:
        """What is known of the sources that the directory belongs to, for :mod:`service.index.ownership`."""
        return {row.key: row.value for row in self._rows(owned())}

    def _rows(self, statement: Select[Any]) -> list[Columns]:
        if not self._path.exists():
            return []
        try:
            with closing(database.connect_to_read(self._path)) as connection:
                tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
                needed = {str(table) for table in statement.get_final_froms()}
                if not database.is_ours(connection, APPLICATION_ID, VERSION) or not tables >= needed:
                    return []  # of an earlier release, whose worker never remembered any
        except sqlite3.DatabaseError as error:
            raise StorageUnavailable(f"{self._path}: {error}; restore it from a backup, or remove it") from None
        with database.explained(self._path, rebuilds=False):
            engine = database.reading(self._path)
            try:
                with engine.begin() as reader:
                    return [*reader.execute(statement)]
            finally:
                engine.dispose()
