"""Golden cases of remote sources: a JSON file holds what an API answers and what we make of it.

``answers`` is what the API says; ``settings``, ``site`` and ``limits`` what differs from the defaults; ``expect`` what
comes of it. ``python -m tests.sources.golden`` rewrites every ``expect``: read the difference before it is committed.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from service.sources.source import FACTS, FIELDS, Pulled, Put, Reject
from service.upstream.answer import UpstreamFailed
from tests.sources.asked import NOW, Fake, Site, opened

HERE = Path(__file__).parent
KINDS = {"wordpress": "wordpress", "ghost": "ghost", "feed": "feed", "json": "json", "json_api": "json"}
"""Directories of cases, and the kind of source they are of."""


def cases(kind: str) -> list[Path]:
    return sorted((HERE / kind / "cases").glob("*.json"))


def outcome(kind: str, case: dict[str, Any]) -> dict[str, Any]:
    """What a source of this kind makes of a case, as plain data."""
    site: Site = importlib.import_module(f"tests.sources.{kind}.site").answering(case["answers"])
    words = {name: case[name] for name in ("site", "limits") if name in case}
    try:
        return _plain(opened(KINDS[kind], Fake(site), **words, **case.get("settings", {})).pull({}, "", NOW))
    except UpstreamFailed as error:
        return {"failed": f"{error.reason}: {error}"}


def _plain(pulled: Pulled) -> dict[str, Any]:
    posts: dict[str, Any] = {}
    for change in pulled.changes:
        if isinstance(change, Put):
            said = FIELDS.dump_python(change.fields, mode="json", exclude_defaults=True)
            posts[change.locator] = said | {"text": change.text}
            if change.problems:
                posts[change.locator]["problems"] = [f"{one.code}: {one.message}" for one in change.problems]
        elif isinstance(change, Reject):
            posts[change.locator] = {"rejected": [f"{one.code}: {one.message}" for one in change.problems]}
    return {
        "facts": FACTS.dump_python(pulled.facts, mode="json", exclude_defaults=True),
        "timezone": pulled.context.timezone,
        "posts": posts,
        "problems": [f"{one.code}: {one.message}" for one in pulled.problems],
    }


def rewrite() -> None:
    for kind in KINDS:
        for path in cases(kind):
            case = json.loads(path.read_text())
            case["expect"] = outcome(kind, case)
            path.write_text(json.dumps(case, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    rewrite()
