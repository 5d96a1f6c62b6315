"""The golden corpus of the checker: a case is a file below ``corpus/<kind>/``, and adding one adds a test.

A file has lines of circumstances (``url``, ``site``, ``media-type``, ``now``, ``profiles``, ``cross-submitted``,
``ours``) and a line ``expect: Rule entry`` for each finding, then ``---``, then the document. ``repeat: N`` writes what
stands between ``{{`` and ``}}`` N times, with its number for ``%n``: limits in megabytes need no large files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.lint import Circumstances

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Case:
    """One file of the corpus."""

    name: str
    kind: str
    body: bytes
    about: Circumstances
    expected: frozenset[tuple[str, str]]
    """Rule and entry."""


def read(path: Path) -> Case:
    matter, _, text = path.read_text("utf-8").partition("---\n")
    said: dict[str, list[str]] = {}
    for line in matter.splitlines():
        key, _, value = line.partition(": ")
        said.setdefault(key, []).append(value)

    def one(key: str) -> str:
        return said.get(key, [""])[0]

    about = Circumstances(
        url=one("url"),
        site=one("site"),
        media_type=one("media-type"),
        now=datetime.fromisoformat(one("now")) if one("now") else None,
        profiles=frozenset(one("profiles").split()),
        cross_submitted=bool(one("cross-submitted")),
        ours=bool(one("ours")),
    )
    expected = frozenset((rule, entry) for rule, _, entry in (line.partition(" ") for line in said.get("expect", ())))
    if one("repeat"):
        text = re.sub(r"\{\{(.*?)\}\}", lambda block: _repeated(block[1], int(one("repeat"))), text, flags=re.DOTALL)
    kind = path.parent.name
    return Case(f"{kind}/{path.stem}", kind, text.encode(), about, expected)


def _repeated(text: str, times: int) -> str:
    return "".join(text.replace("%n", str(number)) for number in range(times))


def all_cases() -> Iterator[Case]:
    yield from map(read, sorted(CORPUS.glob("*/*.txt")))
