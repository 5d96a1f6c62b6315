"""Secrets, by what the settings name: an environment variable, or a file. They are read once, at the start.

Refuses to guess: what is named has to be there. No message has a secret in it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from service.errors import SettingsError

MOST_BYTES: Final = 8192


def read_secret(variable: str, file: Path | None, setting: str) -> str:
    """The secret that an environment variable or a file holds, without white space around it; "" where none is named.

    ``setting`` is the setting's name without ``_env`` and ``_file``, for people. Raises SettingsError where both are
    named, or what is named is missing, empty or no text.
    """
    if variable and file is not None:
        raise SettingsError(f"{setting}_env and {setting}_file both name a secret; keep one of them")
    if variable:
        found = os.environ.get(variable, "").strip()
        if not found:
            raise SettingsError(
                f"{setting}_env: the environment variable {variable} is not set; set it, or name a file"
            )
        return found
    return "" if file is None else _in_file(file, f"{setting}_file")


def _in_file(path: Path, setting: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        found = data.decode("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{setting}: {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{setting}: {path}: is no text") from None
    if not found:
        raise SettingsError(f"{setting}: {path}: is empty")
    if len(data) > MOST_BYTES:
        raise SettingsError(f"{setting}: {path}: is longer than {MOST_BYTES} bytes; that is no secret")
    return found
