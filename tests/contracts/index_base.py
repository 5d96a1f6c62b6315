"""What the tests of every index have in common: how one is opened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.index import Index


class IndexTests(ABC):
    """``index`` is the writer on an empty directory, ``tmp_path``."""

    @abstractmethod
    def open_index(self, directory: Path, *, writer: bool, terms_limit: int = 10_000) -> Index:
        """Open the index under test; a second one on the same directory sees the same."""

    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[Index]:
        index = self.open_index(tmp_path, writer=True)
        yield index
        index.close()

    def fresh(self, tmp_path: Path, name: str, terms_limit: int = 10_000) -> Index:
        """Another writer, on a directory of its own."""
        return self.open_index(tmp_path / name, writer=True, terms_limit=terms_limit)
