"""Patterns of file names as Ruby understands them, and that none of them takes for ever."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.sources.globs import PathGlob, fnmatch


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/*.md", "/a/b.md", True),
        ("/a?c", "/abc", True),
        ("/[a-c]x", "/bx", True),
        ("/[^a-c]x", "/bx", False),
        (r"/\*", "/*", True),
        (r"/\*", "/a", False),
        ("/[", "/[", True),
    ],
)
def test_fnmatch_crosses_slashes(pattern: str, path: str, matches: bool) -> None:
    assert bool(fnmatch(pattern).fullmatch(path)) is matches


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("a/*", "a/.b", False),
        ("a/.*", "a/.b", True),
        ("**/c", "c", True),
        ("**/c", "a/b/c", True),
        ("**/c", "a/.b/c", False),
        ("a/**/c", "a/c", True),
        ("a/**/b/**/c", "a/x/b/y/z/c", True),
        ("{a,b}/c", "b/c", True),
        ("{a,b}/c", "c/c", False),
        ("_posts/{2023,20{24,25}}-*", "_posts/2025-x", True),
        ("a/*/", "a/b", True),
    ],
)
def test_a_path_glob_goes_name_by_name(pattern: str, path: str, matches: bool) -> None:
    assert PathGlob(pattern).matches(path) is matches


@pytest.mark.parametrize("pattern", ["*a" * 30 + "b", "**/" * 30 + "x", "{a,b}" * 40, "[" * 500, "{" * 500])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    started = time.process_time()
    fnmatch(f"/{pattern}").fullmatch("/" + "a" * 2000)
    PathGlob(pattern).matches("/".join(["a" * 100] * 20))
    assert time.process_time() - started < 2


@settings(max_examples=100, deadline=None)
@given(st.text("ab*?[]{}^!\\/.,-"), st.text("ab/.-"))
def test_any_pattern_has_an_answer(pattern: str, path: str) -> None:
    fnmatch(pattern).fullmatch(path)
    PathGlob(pattern).matches(path)
