"""Secrets of a source: read from the environment or a file, and kept out of everything that people see.

Settings name where a secret is and never hold one. Refuses an empty secret: it would be one that everybody knows.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import partial
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

from service import url_keys
from service.errors import Fault
from service.url_keys import STARS

_LARGEST: Final = 64 * 1024
_SHORTEST_MASKED: Final = 4
"""Characters: masking a shorter text would riddle every message."""
_SHORTEST_IN_BODIES: Final = 8
"""Characters: a shorter one may be a word of the posts."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEX = re.compile("%[0-9A-F]{2}")


def _written(text: str) -> tuple[str, ...]:
    """A text as it is, and as HTML and JSON have it (PHP's with slashes escaped)."""
    return text, text.replace("/", "\\/"), escape(text), json.dumps(text)[1:-1]


def secret(setting: str, variable: str, file: Path | None) -> str:
    """The secret that ``<setting>_env`` or ``<setting>_file`` names; "" where neither is set.

    White space around it is not part of it. Raises Fault where what is named is not there.
    """
    if variable and file is not None:
        raise Fault(f"{setting}_env and {setting}_file", "both are set", "say which holds the secret")
    if variable:
        if not _VARIABLE.fullmatch(variable):
            hint = "write the variable's name here, and the secret into the variable"
            raise Fault(f"{setting}_env", "is no name of an environment variable; it is not shown", hint)
        found = os.environ.get(variable, "").strip()
        if not found:
            message = f"the environment variable {url_keys.variable(variable)} is not set, or empty"
            raise Fault(f"{setting}_env", message, "set it for the process that runs Feedmill", here=True)
        return found
    if file is None:
        return ""
    wrong = partial(Fault, f"{setting}_file", here=True)
    try:
        with file.open("rb") as stream:
            found = stream.read(_LARGEST).decode("utf-8").strip()
    except OSError as error:
        hint = "write the secret into it, readable for the user that runs Feedmill"
        raise wrong(f"{file}: cannot be read: {error.strerror or error}", hint) from None
    except UnicodeDecodeError:
        raise wrong(f"{file}: is not UTF-8 text", "write the secret into it, and nothing else") from None
    if not found:
        raise wrong(f"{file}: is empty", "write the secret into it")
    return found


class Mask:
    """Replaces secrets in whatever is said, in the spellings they have in URLs, HTML, JSON and base64, too."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {
            spelling
            for one in secrets
            if len(one) >= _SHORTEST_MASKED
            for plain in (*_written(one), *_written(b64encode(one.encode()).decode().rstrip("=")))
            for percent in (quote(plain), quote(plain, safe=""), quote_plus(plain))
            for spelling in (plain, percent, _HEX.sub(lambda found: found[0].lower(), percent))
        }
        self._spellings = sorted(spellings, key=len, reverse=True)
        self._bytes = [one.encode() for one in self._spellings if len(one) >= _SHORTEST_IN_BODIES]

    def __call__(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, STARS)
        return text

    def of_bytes(self, body: bytes) -> bytes:
        """A body without the secrets that an upstream repeats in it, in the address of its next page for one."""
        for spelling in self._bytes:
            body = body.replace(spelling, STARS.encode())
        return body
