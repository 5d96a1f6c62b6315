"""What golden cases answer: see :mod:`tests.sources.documents`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sources.documents import Documents

HERE = Path(__file__).parent


def answering(answers: dict[str, Any]) -> Documents:
    return Documents(answers, HERE / "documents")
