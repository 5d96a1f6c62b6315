"""What golden cases answer: documents by their file's name (:mod:`tests.sources.documents`), or written out in the case
(:mod:`tests.sources.recorded`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sources import recorded
from tests.sources.asked import Site
from tests.sources.documents import Documents

HERE = Path(__file__).parent


def answering(answers: dict[str, Any]) -> Site:
    written = any(isinstance(said, dict) and {"json", "text"} & said.keys() for said in answers.values())
    return recorded.answering(answers) if written else Documents(answers, HERE / "documents")
