"""Secrets of a source: read from the environment or a file, and kept out of everything that people see.

Settings name where a secret is and never hold one. Refuses an empty secret: it would be one that everybody knows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

from service.errors import SettingsError

STARS: Final = "***"
_LARGEST: Final = 64 * 1024
_SHORTEST_MASKED: Final = 4
"""Characters: masking a shorter text would riddle every message."""


def secret(setting: str, variable: str, file: Path | None) -> str:
    """The secret that ``<setting>_env`` or ``<setting>_file`` names; "" where neither is set.

    White space around it is not part of it. Raises SettingsError with one line where what is named is not there.
    """
    if variable and file is not None:
        raise SettingsError(f"{setting}_env and {setting}_file: both are set; say which holds the secret")
    if variable:
        found = os.environ.get(variable, "").strip()
        if not found:
            raise SettingsError(f"{setting}_env: the environment variable {variable} is not set, or empty")
        return found
    if file is None:
        return ""
    try:
        with file.open("rb") as stream:
            found = stream.read(_LARGEST).decode("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{setting}_file: {file}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{setting}_file: {file}: is not UTF-8 text") from None
    if not found:
        raise SettingsError(f"{setting}_file: {file}: is empty")
    return found


class Mask:
    """Replaces secrets in whatever is said, in the spellings they have in URLs, too."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {
            spelling
            for one in secrets
            if len(one) >= _SHORTEST_MASKED
            for spelling in (one, quote(one), quote(one, safe=""), quote_plus(one))
        }
        self._spellings = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, STARS)
        return text
