"""What a site says of itself, of what its sources say: pure. Refuses to let an address speak for a site of others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from service.sources.source import FACTS, SiteFacts


def of_the_site(said: Sequence[str]) -> SiteFacts:
    """For each fact the first source that says something. ``said``: what each of them says, in the settings' order; ""
    where one was not read yet.

    An address behind another source is a partner's, or a part of the site: it only says where the site is. Its authors
    are those of its own posts wherever there are others.
    """
    merged: dict[str, Any] = {}
    for place, text in enumerate(said):
        facts: dict[str, Any] = json.loads(text) if text else {}
        if facts.pop("remote", False):
            if place:
                facts = {"url": facts.get("url", "")}
            elif len(said) > 1:
                facts.pop("authors", None)
        for key, value in facts.items():
            merged[key] = merged.get(key) or value
    return FACTS.validate_python(merged)
