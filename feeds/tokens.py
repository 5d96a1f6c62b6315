"""Short values with a grammar of their own: language tags, media types, e-mail addresses.

A malformed one makes a whole document invalid, so what does not fit is left out. Refuses to guess what was meant.
"""

from __future__ import annotations

import re

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


def language_tag(text: str | None) -> str | None:
    """A well-formed BCP 47 tag (RFC 5646 §2.1) with POSIX's underscore mended (``ko_KR``); None for anything else."""
    tag = (text or "").strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None


def media_type(text: str | None) -> str | None:
    """``type/subtype`` in lower case without parameters (RFC 6838 §4.2); None for anything else."""
    essence = (text or "").partition(";")[0].strip().lower()
    return essence if _MEDIA_TYPE.fullmatch(essence) else None


def email_address(text: str | None) -> str | None:
    """An address by the grammar of HTML's e-mail input, which is narrower than RFC 5322's; None for anything else."""
    address = (text or "").strip()
    return address if _ADDRESS.fullmatch(address) else None


def count(number: int | None) -> int | None:
    """A number of pixels, octets or seconds; None where it is unknown or negative."""
    return number if number is not None and number >= 0 else None
