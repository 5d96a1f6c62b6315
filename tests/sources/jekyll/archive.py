"""Small sites as one text file each: ``-- path --`` lines, and what each file holds below its line.

One file to read a whole site in, and nothing that git, a checkout on another system or an editor could change on the
way: carriage returns, byte order marks and decomposed Hangul are written ``\\uXXXX``, in paths and in contents.
"""

from __future__ import annotations

import re
from pathlib import Path

SITES = Path(__file__).parent / "sites"

_HEADER = re.compile(r"^-- (.+) --\n", re.MULTILINE)
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")


def names(sites: Path = SITES) -> list[str]:
    return sorted(path.stem for path in sites.glob("*.site"))


def unpack(name: str, root: Path, sites: Path = SITES) -> Path:
    """Write the files of a site below ``root`` and return it."""
    _, *parts = _HEADER.split((sites / f"{name}.site").read_text("utf-8"))
    for path, text in zip(parts[::2], parts[1::2], strict=True):
        file = root / _unescaped(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_unescaped(text).encode())
    return root


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
