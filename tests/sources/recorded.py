"""An upstream that says what a golden case has written down: an answer for each path with its query."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from tests.sources.asked import Said, Site


def answering(answers: dict[str, Any]) -> Site:
    """The site of a case. A text is a body as it is (lines of it a list), anything under ``json`` is JSON."""

    def site(path: str, query: dict[str, str]) -> Said:
        said = answers.get(path + (f"?{urlencode(query)}" if query else ""))
        if said is None:
            return 404, {}, b"not found"
        headers = {"content-type": said.get("type", "application/json"), **said.get("headers", {})}
        body = json.dumps(said["json"]) if "json" in said else "\n".join(said["text"])
        return 200, headers, body.encode()

    return site
