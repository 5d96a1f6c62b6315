"""The golden corpus of front matter: a file, and beside it as JSON what was understood or why it was refused.

To add a case, add a file to ``corpus/front_matter``, run ``python -m tests.content.test_front_matter_corpus`` and read
what it wrote before you keep it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.content.decode import decode
from service.content.front_matter import parse
from service.content.scalars import Plain, Value
from service.errors import Rejected
from service.settings import LimitSettings

CORPUS = Path(__file__).parent / "corpus" / "front_matter"
FILES = sorted(CORPUS.glob("*.md"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_file_is_understood_as_recorded(file: Path) -> None:
    assert understood(file) == json.loads(file.with_suffix(".json").read_text("utf-8"))


def test_every_recorded_answer_belongs_to_a_file() -> None:
    assert {file.stem for file in CORPUS.glob("*.json")} == {file.stem for file in FILES}


def understood(file: Path) -> dict[str, Any]:
    try:
        text, problems = decode(file.read_bytes(), file.name)
        front = parse(text, file.name, LimitSettings())
    except Rejected as rejected:
        return {"rejected": [str(problem) for problem in rejected.problems]}
    return {
        "kind": front.kind,
        "values": dict(front.values),
        "plain": sorted(plain(dict(front.values))),
        "positions": {key: list(place) for key, place in front.positions.items()},
        "body": front.body,
        "body_line": front.body_line,
        "problems": [str(problem) for problem in (*problems, *front.problems)],
    }


def plain(value: Value, path: str = "") -> Iterator[str]:
    """The paths of scalars that were not quoted."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from plain(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from plain(item, f"{path}[{number}]")
    elif isinstance(value, Plain):
        yield path


if __name__ == "__main__":
    for case in FILES:
        case.with_suffix(".json").write_text(json.dumps(understood(case), ensure_ascii=False, indent=1) + "\n", "utf-8")
