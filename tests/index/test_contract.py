"""The SQLite index keeps the contract."""

from __future__ import annotations

from pathlib import Path

from service.index import Index
from tests.contracts.index_contract import IndexContract


class TestSqliteIndex(IndexContract):
    def open_index(self, directory: Path, *, writer: bool, terms_limit: int = 10_000) -> Index:
        return Index.open(directory, writer=writer, terms_limit=terms_limit)
