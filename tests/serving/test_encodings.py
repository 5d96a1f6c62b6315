"""Which coding a client is sent, and that its bytes are always the same (H-13, faults.md §5)."""

from __future__ import annotations

import gzip
import time

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.encodings import CODINGS, IDENTITY, compress, select

BODY = ("<title>정치 경제</title><p>Politics.</p>" * 300).encode()


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        ("GZip ; Q=1", "gzip"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.000", "identity"),
        ("gzip;q=1.000", "gzip"),
        ("gzip;q=1.0001", "identity"),
        ("gzip;q=2", "identity"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=", "identity"),
        ("x-gzip", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "zstd"),
        ("identity;q=0", "identity"),
        ("identity;q=0, gzip;q=0", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=0.5", "gzip"),
        (",,;q=1,=;,", "identity"),
    ],
)
def test_H13_the_clients_weights_choose_the_coding(header: str, coding: str) -> None:
    assert select(header) == coding


TOKENS = st.sampled_from(["gzip", "br", "zstd", "identity", "*", "deflate", "x-gzip", ""])
WEIGHTS = st.sampled_from(["", ";q=0", ";q=0.0", ";q=1", ";q=0.5", ";q=1.0001", ";q=-1", "; q = 0.3", ";q", ";x=y"])
ELEMENTS = st.lists(st.tuples(TOKENS, WEIGHTS).map("".join), max_size=12)


@given(ELEMENTS.map(", ".join) | st.text(max_size=200))
@settings(deadline=None)
@example("gzip" * 1000)
def test_H13_no_header_is_an_error_and_a_refused_coding_is_never_sent(header: str) -> None:
    coding = select(header)
    assert coding == IDENTITY or coding in CODINGS
    elements = [element.replace(" ", "").lower() for element in header.split(",")]
    if coding != IDENTITY:
        assert not any(element in (f"{coding};q=0", f"{coding};q=0.0") for element in elements[-1:])
        assert any(element.split(";")[0] in (coding, "*") for element in elements)


@given(ELEMENTS)
@settings(deadline=None)
def test_remembering_a_header_changes_nothing(elements: list[str]) -> None:
    header = ", ".join(elements)
    assert select(header) == select(f"{header}{' ' * 200}")


@pytest.mark.parametrize("element", ["gzip,", "gzip;q=0.5,", ";", ",", "q=", "*;q=0,", " ", "gzip;q=0.00000"])
def test_H13_a_hostile_header_costs_linear_time(element: str) -> None:
    def seconds(times: int) -> float:
        header = element * times
        start = time.thread_time()  # not the clock's: the machine is shared
        select(header)
        return time.thread_time() - start

    seconds(1000)
    assert min(seconds(40_000) for _ in range(3)) < 8 * min(seconds(10_000) for _ in range(3)) + 0.05


def test_every_coding_gives_the_body_back_and_the_same_bytes_each_time() -> None:
    readers = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress}
    assert set(CODINGS) == set(readers)
    for coding in CODINGS:
        packed = compress(coding, BODY)
        assert readers[coding](packed) == BODY
        assert compress(coding, BODY) == packed
        assert len(packed) < len(BODY) / 10


def test_a_gzip_header_carries_neither_time_nor_name() -> None:
    packed = compress("gzip", BODY)
    assert packed[:4] == b"\x1f\x8b\x08\x00"
    assert packed[4:8] == b"\0\0\0\0"
