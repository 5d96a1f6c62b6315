"""What the meaning of a directory's files hangs on beside the files themselves, as a digest in every fingerprint.

Refuses to know what a dialect has read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set

from service.settings import LimitSettings, SiteSettings, SourceSettings

_OF_THE_SITE = frozenset(("timezone", "authors", "founded"))


def digest_of(
    state: str,
    settings: SourceSettings,
    site: SiteSettings,
    limits: LimitSettings,
    *,
    of_site: Set[str] = _OF_THE_SITE,
) -> str:
    """Of what a dialect has read (``state``, its revision in it) and of the settings that it minds; where the directory
    is, and what it is called, is no part of that."""
    said = settings.model_dump_json(exclude={"path", "name"}) + limits.model_dump_json()
    whole = f"{state} {said} {site.model_dump_json(include=set(of_site))}"
    return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:16]
