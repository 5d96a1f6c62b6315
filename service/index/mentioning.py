"""Which files a source text may refer to, by their names.

A body refers to a file by a path, a bare name or a Liquid tag; whatever the form, its last part says which posts it
can mean (see :meth:`service.index.reader.Reader.url_of`). Knows more names than are links: an entry that is rendered
once too often costs little, a stale one breaks a promise.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

MOST_MENTIONS: Final = 1000
"""Of each form in one text; links beyond it are not followed when their targets move."""

_SUFFIX: Final = r"\.m(?:d|arkdown|kdown|kdn|kd)\b"
_TAG: Final = re.compile(r"\{%-?\s*(?:link|post_url)\s+([^%}\n]{1,400})")
_FILE: Final = re.compile(_SUFFIX, re.IGNORECASE)
_QUOTED: Final = re.compile(rf"[<\"']([^<>\"'\n]{{1,400}}{_SUFFIX})", re.IGNORECASE)
_BORDER: Final = re.compile(r"[/\s\"'<>()\[\]{}|]")
_LONGEST_NAME: Final = 255


def mentioned(text: str) -> set[str]:
    """Names (without folders, with and without extension) of the files that a source text may refer to. Linear."""
    found = []
    if "{" in text:  # a tenth of the time of the pattern, and most texts have none
        found = [match[1].strip(" \t-\"'") for match in islice(_TAG.finditer(text), MOST_MENTIONS)]
    file = _FILE.search(text)
    if file:
        found += [
            _BORDER.split(text[max(0, match.start() - _LONGEST_NAME) : match.end()])[-1]
            for match in islice(_FILE.finditer(text, file.start()), MOST_MENTIONS)
        ]
    if found:
        found += [match[1] for match in islice(_QUOTED.finditer(text), MOST_MENTIONS)]
    return {name for path in found for name in _names(path)}


def _names(path: str) -> Iterator[str]:
    plain = unquote(html.unescape(path)).replace("\\", "").strip("/")
    last = PurePosixPath(plain.encode("utf-8", "replace").decode())
    yield from filter(None, (last.name, last.stem))
