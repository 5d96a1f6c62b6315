"""Accounts of people and publications on X and in the fediverse, in the one spelling that metadata knows.

Authors write them as they like: with or without the @, as the address of a profile. Refuses to ask whether one exists.
"""

from __future__ import annotations

import re

from feeds.text import single_line
from feeds.uri import ascii_url

_ON_X = re.compile(r"(?:(?:https?://)?(?:www\.|mobile\.)?(?:twitter|x)\.com/)?@?([A-Za-z0-9_]{1,20})/?", re.ASCII)
_FEDIVERSE = re.compile(r"(?:acct:)?@?([A-Za-z0-9_.-]+)@([^\s@/?#\[\]]+)", re.ASCII)
_PROFILE = re.compile(r"https?://([^\s@/?#\[\]]+)/@([A-Za-z0-9_.-]+)/?", re.ASCII)


def twitter_account(text: str) -> str:
    """``@name`` from ``name``, ``@name`` or the address of its profile; "" for what is no account's name."""
    found = _ON_X.fullmatch(single_line(text))
    return f"@{found[1]}" if found else ""


def twitter_profile(account: str) -> str:
    """The page of an account as :func:`twitter_account` writes it."""
    return f"https://x.com/{account.removeprefix('@')}"


def fediverse_account(text: str) -> str:
    """``@name@host`` (what Mastodon reads in ``fediverse:creator``) from that, ``acct:`` or a profile's address.

    "" for anything else. The host is in ASCII.
    """
    line = single_line(text)
    found = _FEDIVERSE.fullmatch(line)
    name, host = found.groups() if found else ("", "")
    if not found:
        found = _PROFILE.fullmatch(line)
        host, name = found.groups() if found else ("", "")
    place = ascii_url(f"https://{host}/")[len("https://") : -1] if host else ""
    return f"@{name}@{place}" if place else ""
