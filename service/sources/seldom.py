"""The keys that few posts have, and that mean the same in every folder of posts.

A hundred keys mean something and most posts have ten of them, always the same. Whoever knows by one look that none of
these is there need not ask for them one by one: ``tests/sources/test_seldom.py`` holds that nobody else is asked for.
"""

from __future__ import annotations

from typing import Final

from service.sources import discovery, media, metadata, people

SELDOM: Final = (
    discovery.KEYS | media.ATTACHMENTS | people.ACCOUNTS | frozenset((*metadata.EXPIRY, *metadata.IDS, "feed"))
)
"""Beside the keys of a date of change, which every generator names in its own way."""
