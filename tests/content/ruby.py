"""Golden tables recorded from Ruby, so that the tests run where it is absent: ``python -m tests.content.ruby`` records.

A table has one case per line: zone, YAML source, Ruby's answer, and ours where it differs on purpose, divided by tabs.
To add a case, add a line of zone and source and record.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

CORPUS = Path(__file__).parent / "corpus"
TABLES = {"dates": CORPUS / "dates" / "jekyll.tsv", "typed": CORPUS / "typed" / "psych.tsv"}


class Case(NamedTuple):
    zone: str
    source: str
    answer: str
    ours: str


def read(table: str) -> list[Case]:
    lines = TABLES[table].read_text("utf-8").splitlines()
    return [Case(*[*line.split("\t"), "", ""][:4]) for line in lines if line]


def ask(table: str, cases: list[Case]) -> list[str]:
    """Ruby's answers, in order. Needs ``ruby`` on PATH."""
    request = json.dumps([[case.zone, case.source] for case in cases])
    command = ["ruby", str(Path(__file__).parent / "golden.rb"), table]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=True, timeout=60)
    answers: list[str] = json.loads(done.stdout)
    return answers


def available() -> bool:
    return shutil.which("ruby") is not None


def record() -> None:
    for table, path in TABLES.items():
        cases = read(table)
        answered = (case._replace(answer=answer) for case, answer in zip(cases, ask(table, cases), strict=True))
        rows = ("\t".join(case).rstrip("\t") + "\n" for case in answered)
        path.write_text("".join(rows), "utf-8")


if __name__ == "__main__":
    record()
