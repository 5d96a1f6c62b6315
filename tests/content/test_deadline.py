"""Rendering in a process of its own: the same answer, and an excerpt where the kernel had to stop it."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

from service.content.deadline import render_within
from service.content.render import Rendering, render
from tests.content.bodies import EXCERPT_LENGTH, LIMITS, PAGE, POST, POSTS, SITE

WIDE_TABLE = "The beginning.\n\n|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "a\n" * 3000
UNGUARDED = LIMITS.model_copy(update={"table_cells": 10**9})


def test_the_answer_is_the_one_of_this_process() -> None:
    post = replace(POST, liquid=True, treatment="deadline")
    body = "{{ page.title }} [a](2024-04-01-other.md) [b]({% link about.md %}) [c](no.md) {{ page.date | date: '%Y' }}"
    arguments = (post, body, PAGE, SITE, POSTS.get, LIMITS, EXCERPT_LENGTH)
    here = render(*arguments)
    assert here.problems
    assert render_within(LIMITS.render_seconds, *arguments) == here


def test_C37_what_takes_too_long_is_stopped_and_its_excerpt_published() -> None:
    started = time.monotonic()
    found = render_within(0.2, POST, WIDE_TABLE, PAGE, SITE, POSTS.get, UNGUARDED, EXCERPT_LENGTH)
    assert time.monotonic() - started < 20
    assert [code for code, _ in found.problems] == ["render-timeout"]
    assert found.html.startswith("<p>The beginning.")
    assert found.summary.startswith("The beginning.")


def test_a_page_that_cannot_travel_is_a_problem_not_a_crash() -> None:
    found = render_within(1, POST, "text", {("no", "key"): 1}, SITE, POSTS.get, LIMITS, EXCERPT_LENGTH)  # type: ignore[dict-item]
    assert found == Rendering("<p>text</p>", "text", (("render-crashed", "rendering failed in its own process"),))


def test_dates_travel_as_text_that_the_filters_understand() -> None:
    post = replace(POST, liquid=True)
    page = {"date": datetime(2024, 1, 1, 20, tzinfo=UTC)}
    arguments = (post, "{{ page.date | date: '%F' }} {{ page.date }}", page, SITE, POSTS.get, LIMITS, EXCERPT_LENGTH)
    assert render_within(5, *arguments) == render(*arguments)


def test_the_child_answers_nothing_to_nonsense() -> None:
    child = subprocess.run(
        [sys.executable, "-m", "service.content.deadline"], input=b"nonsense", capture_output=True, check=False
    )
    assert child.returncode == 1
    assert child.stdout == b""
