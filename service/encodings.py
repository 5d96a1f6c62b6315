"""Content codings: which one a client may be sent, and the bytes in it (RFC 9110 §8.4.1, §12.5.3).

One body in one coding is always the same bytes on one machine, so a file that ``build`` wrote and an answer that
``serve`` gave are equal. Refuses to know about headers other than Accept-Encoding, and never fails on a hostile one.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import brotli  # type: ignore[import-untyped]  # ships no types

try:
    import zstandard
except ImportError:  # an optional extra: few feed readers ask for it
    zstandard = None  # type: ignore[assignment]  # the module or None, tested before use

IDENTITY: Final = "identity"

GZIP_LEVEL: Final = 6
BROTLI_QUALITY: Final = 5
ZSTD_LEVEL: Final = 9
"""On a 107 KB feed gzip 4, 5, 6 take 1.0, 1.4, 1.8 ms for 21.9, 21.4, 21.2 KB; brotli 4, 5, 6 take 0.9, 1.5, 1.8 ms for
21.9, 19.9, 19.4 KB, and 11 fifty times that; the next steps of zstd cost ten times more. A body is compressed once and
sent many times, so these are the last steps that pay. ISA-L (22.8 KB in 0.3 ms) and zlib-ng (21.4 KB in 0.9 ms) choose
their matches by what the processor can do: one strong ETag would stand for other bytes on another machine."""

_LONGEST_REMEMBERED: Final = 128
"""Characters of a header whose choice is remembered. Real ones have 4 to 40; a hostile one must not fill memory."""

_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def _gzip(body: bytes) -> bytes:
    # zlib writes the header itself, without time and name; gzip.compress writes another one from Python 3.12 on.
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def _brotli(body: bytes) -> bytes:
    packed: bytes = brotli.compress(body, quality=BROTLI_QUALITY)
    return packed


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(body)


_CODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": _brotli,
    **({"zstd": _zstd} if zstandard else {}),
    "gzip": _gzip,
}

CODINGS: Final[tuple[str, ...]] = tuple(_CODERS)
"""The codings there are here, the one that makes the fewest bytes first."""


def compress(coding: str, body: bytes) -> bytes:
    """``body`` in one of :data:`CODINGS`. Raises KeyError for another."""
    return _CODERS[coding](body)


def select(accept_encoding: str) -> str:
    """The coding to answer with: one of :data:`CODINGS`, or identity.

    The client's highest weight wins, among equals the fewest bytes. What cannot be read is passed over, and where
    nothing is acceptable identity is sent all the same: 406 would help no reader (RFC 9110 §12.5.3 allows it).
    """
    if len(accept_encoding) > _LONGEST_REMEMBERED:
        return _choose(accept_encoding)
    return _remembered(accept_encoding)


def _choose(accept_encoding: str) -> str:
    weights: dict[str, float] = {}
    for element in accept_encoding.lower().split(","):
        token, *parameters = (part.strip() for part in element.split(";"))
        weight = _weight(parameters)
        if token and weight is not None:
            weights[token] = weight
    others = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: weights.get(coding, others))  # the first of equals
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get(IDENTITY, 0.0) else IDENTITY


_remembered = lru_cache(maxsize=256)(_choose)


def _weight(parameters: list[str]) -> float | None:
    """The ``q`` of one element, 1 where it says none, None where it says something that is no weight."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()
            return float(value) if _WEIGHT.fullmatch(value) else None
    return 1.0
