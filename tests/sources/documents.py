"""Sites of golden cases whose answers are documents: each path, with its query, to a file or to what is written there.

A case's ``answers`` say ``{"/feed.xml": "name of a file"}``, or in the place of the name an object with ``file``,
``json``, ``lines`` (NDJSON) or ``text`` (a page), and ``headers`` and ``status`` where they matter. What no answer is
for is a 404.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.sources.asked import Said, page

_TYPES = {".xml": "application/xml", ".json": "application/json", ".html": "text/html", ".opml": "text/x-opml"}


@dataclass
class Documents:
    """A site whose files lie in ``root``."""

    answers: dict[str, Any]
    root: Path

    def __call__(self, path: str, query: dict[str, str]) -> Said:
        said = self.answers.get(f"{path}?{urlencode(query)}" if query else path)
        if said is None:
            return page("Not found", 404)
        said = {"file": said} if isinstance(said, str) else said
        if "file" in said:
            kind, body = _TYPES[Path(said["file"]).suffix], (self.root / said["file"]).read_bytes()
        elif "lines" in said:
            kind, body = "application/x-ndjson", b"".join(json.dumps(one).encode() + b"\n" for one in said["lines"])
        elif "text" in said:
            kind, body = "text/html", said["text"].encode()
        else:
            kind, body = "application/json", json.dumps(said.get("json")).encode()
        return said.get("status", 200), {"content-type": kind} | said.get("headers", {}), body
