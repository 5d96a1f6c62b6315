"""A log line is one line, whatever came over the network (H-21)."""

from __future__ import annotations

import io
import logging
import re

import pytest

from service import logs

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\w+) (.*)\n")


@pytest.fixture
def stream() -> io.StringIO:
    out = io.StringIO()
    logs.configure("info", out)
    return out


def test_a_line_is_time_level_event_and_keys(stream: io.StringIO) -> None:
    logging.getLogger("feedmill.worker").warning("scan done source=%s posts=%d", "뉴스룸", 40)
    match = LINE.fullmatch(stream.getvalue())
    assert match
    assert match.groups() == ("warning", "scan done source=뉴스룸 posts=40")


def test_H21_control_characters_are_escaped_and_lines_are_cut(stream: io.StringIO) -> None:
    logging.getLogger("x").error("agent=%s", "a\n2026 info forged\r\x1b[2J\x9b\u202e\u2028" + "x" * 100_000)
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().rstrip("\n").isprintable()
    assert len(stream.getvalue()) < 5000


def raised(message: str) -> None:
    try:
        raise ValueError(message)
    except ValueError:
        logging.getLogger("x").exception("a document could not be made path=%s", "/rss.xml")


def test_a_traceback_stands_in_lines_of_its_own_below_the_line_that_names_the_error(stream: io.StringIO) -> None:
    raised("broken")
    first, *traceback = stream.getvalue().splitlines(keepends=True)
    match = LINE.fullmatch(first)
    assert match
    assert match.groups() == ("error", "a document could not be made path=/rss.xml exception=ValueError: broken")
    assert traceback[0] == "    Traceback (most recent call last):\n"
    assert 'test_logs.py", line ' in traceback[1]
    assert traceback[2] == "        raise ValueError(message)\n"
    assert traceback[-1] == "    ValueError: broken\n"


def test_H21_what_an_exception_says_forges_no_line_and_fills_no_disk(stream: io.StringIO) -> None:
    raised("broken\n2026-11-22T12:00:00.000Z info forged\r\x1b[2J\u2028" + "x" * 100_000 + "\n" * 100_000 + "end")
    first, *traceback = stream.getvalue().rstrip("\n").split("\n")
    assert "ValueError: broken\\n2026-11-22T12:00:00.000Z info forged\\r\\x1b[2J\\u2028xxx" in first
    assert all(line.startswith("    ") for line in traceback)
    assert all(line.isprintable() for line in (first, *traceback))
    assert traceback[-1] == "    end", "a traceback says most at its end"
    assert len(stream.getvalue()) < 25_000


def test_a_worker_of_one_of_several_sites_says_of_which_also_where_there_is_a_traceback(stream: io.StringIO) -> None:
    logs.configure("info", stream, site="other.example")
    raised("broken")
    assert stream.getvalue().splitlines()[0].endswith("exception=ValueError: broken site=other.example")


def test_the_level_is_honoured_and_uvicorn_is_quiet(stream: io.StringIO) -> None:
    logging.getLogger("x").debug("no")
    logging.getLogger("uvicorn.error").info("no")
    assert stream.getvalue() == ""
    logging.getLogger("uvicorn.error").error("yes")
    assert "yes" in stream.getvalue()


def test_a_worker_of_one_of_several_sites_says_of_which_at_the_end_of_each_line(stream: io.StringIO) -> None:
    logs.configure("info", stream, site="other.example")
    logging.getLogger("x").error("long=%s", "x" * 100_000)
    assert stream.getvalue().endswith(" site=other.example\n")
