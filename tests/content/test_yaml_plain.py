"""The fast reader of plain YAML beside the guard: where it answers, both say the same, to the type and the column."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.corpus import post
from service.content import yaml_guard, yaml_plain
from service.content.decode import decode
from service.content.front_matter import parse, split
from service.content.scalars import Parsed, Plain, Value
from service.errors import Rejected
from service.settings import LimitSettings

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "tests/content/corpus/front_matter").glob("*.md")),
    *sorted((ROOT / "examples").rglob("_posts/*.*")),
]

FRAGMENTS = [
    " ", "  ", "\n", "\n\n", "\n  ", "\n- ", "\n  - ", "a", "bc", "가", "7", "~", "null", "NULL", "no", "1:30", "<<",
    "x" * 1024, "a:", "b: ", "c.d: ", "가: ", "a: b\n", "k: >\n  ", "k: |-\n  ", ":", ": ", "#", " #", "# c\n",
    "-", "- ", "?",
    '"', "'", "''", '""', "[", "]", "[]", ",", ", ", "{", "}", ">", "|", ">-", "|+", "|2", "\\", '\\"', "&a ", "*a",
    "!", "!!str ", "%", "%TAG", "@", "`", "---", "...", "--- ", "\t", "\r", "\0", "\x85", "\xa0", "\u2028",
    "\ufeff", "😀",
]  # fmt: skip
GOOD = [
    "b",
    "b c",
    "-1",
    "값",
    "a:b",
    "C#",
    "it's",
    "3.10",
    "null",
    "~",
    "b  ",
    '"b"',
    "'it''s'",
    '"a: b"',
    '""',
    '"a  "  ',
]
WRAPPED = ['"a\n  b"', "'a \nb '", "'a''\n ''b'", '"\n b\n"', "b\n  c:d"]
BAD = [
    "-",
    ":",
    "- x",
    "b #c",
    "",
    "y: z",
    '"a\n\nb"',
    '"\\n"',
    '"a" b',
    "'a'b'",
    "b\n # c",
    "b\nc",
    "[b]",
    "{b: c}",
    "a, b",
]

keys = st.sampled_from(["a", "title", "한글", "a.b", "x-y", "7", "null", "y"])


def mostly(good: list[str], bad: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(good * (1 + 12 * len(bad) // len(good)) + bad)


@st.composite
def entries(draw: st.DrawFn) -> str:
    key, indent = draw(keys), draw(st.sampled_from(["", "  ", "    "]))
    several = draw(st.lists(mostly(GOOD, BAD + WRAPPED), min_size=1, max_size=3))
    match draw(st.integers(0, 6)):
        case 0:
            return f"{key}:{draw(mostly([' ', '  '], ['']))}" + f"\n{indent} ".join(several)
        case 1:
            return f"{key}: [{draw(mostly([''], [' ', ',']))}" + draw(mostly([", "], [",", " , "])).join(several) + "]"
        case 2:
            lines = f"\n{indent} ".join(several)
            return f"{key}: {draw(mostly(['>', '|', '>-', '|-'], ['> ', '>+', '|2']))}\n{indent} {lines}"
        case 3:
            return f"{key}:{draw(mostly([''], [' ']))}" + "".join(f"\n{indent}- {text}" for text in several)
        case 4:
            return f"{key}:" + "".join(f"\n{indent} k{number}: {text}" for number, text in enumerate(several))
        case 5:
            return f"{key}: {draw(mostly(GOOD, WRAPPED))}" + draw(mostly([""], ["\n", "\n# c", " # c", "\n ", "\n---"]))
    return f"{key}: {draw(mostly(GOOD, BAD))}"


@st.composite
def nearly_plain(draw: st.DrawFn) -> str:
    """Keys alike are rare enough here for most texts to be plain, and come up."""
    lines = draw(st.lists(entries(), min_size=1, max_size=4))
    numbers = draw(st.sampled_from(["0123", "0123", "0012"]))
    text = "\n".join(f"k{number}{line}" for number, line in zip(numbers, lines, strict=False)) + "\n"
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(FRAGMENTS)) + text[at + draw(st.integers(0, 2)) :]
    return text


def read(text: str, first_line: int = 1, depth: int = 50, brackets: int = 200) -> Parsed | None:
    return yaml_plain.read(text, first_line, depth=depth, brackets=brackets)


def guarded(text: str, first_line: int = 1, depth: int = 50, brackets: int = 200) -> Parsed | None:
    try:
        return yaml_guard.read(text, "post.md", first_line, depth=depth, brackets=brackets)
    except Rejected:
        return None


def form(value: Value) -> Any:
    """The value with its types, in its order."""
    if isinstance(value, dict):
        return [(type(key), key, form(item)) for key, item in value.items()]
    return list(map(form, value)) if isinstance(value, list) else (type(value), value)


def assert_the_guard_agrees(text: str, first_line: int = 1, depth: int = 50, brackets: int = 200) -> None:
    fast = read(text, first_line, depth, brackets)
    if fast is not None:
        slow = guarded(text, first_line, depth, brackets)
        assert slow is not None
        assert form(fast.value) == form(slow.value)
        assert list(fast.positions.items()) == list(slow.positions.items())
        assert fast.problems == slow.problems == ()


@given(nearly_plain(), st.integers(1, 9))
@settings(deadline=None, max_examples=1000)
def test_of_nearly_plain_text_the_guard_would_have_read_the_same(text: str, first_line: int) -> None:
    assert_the_guard_agrees(text, first_line)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=24).map("".join) | st.text().map("a: {}\n".format))
@settings(deadline=None, max_examples=1000)
def test_of_any_text_the_guard_would_have_read_the_same(text: str) -> None:
    assert_the_guard_agrees(text)


@given(nearly_plain(), st.integers(1, 3), st.integers(0, 3))
@settings(deadline=None, max_examples=200)
def test_the_bounds_are_the_guards(text: str, depth: int, brackets: int) -> None:
    assert_the_guard_agrees(text, depth=depth, brackets=brackets)


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_of_a_whole_file_the_guard_would_have_read_the_same(file: Path) -> None:
    try:
        parts = split(decode(file.read_bytes(), file.name)[0], ("yaml",))
    except Rejected:
        return
    assert_the_guard_agrees(parts.block, parts.block_line)


@pytest.mark.parametrize(
    ("text", "value", "positions"),
    [
        ("title: 3.10\n", {"title": Plain("3.10")}, {"title": (4, 8)}),
        ("a: b\n# why\n\nc:   d  \n", {"a": Plain("b"), "c": Plain("d")}, {"a": (4, 4), "c": (7, 6)}),
        (
            "a: b # c\nd: # e\nf: 'g' #\n",
            {"a": Plain("b"), "d": None, "f": "g"},
            {"a": (4, 4), "d": (5, 3), "f": (6, 4)},
        ),
        ("a: -1.5\nb: [-x]\n", {"a": Plain("-1.5"), "b": [Plain("-x")]}, {"a": (4, 4), "b": (5, 4)}),
        ("a: http://x/#y\n", {"a": Plain("http://x/#y")}, {"a": (4, 4)}),
        ("a:\nb: ~\nc: NULL\n", {"a": None, "b": None, "c": None}, {"a": (4, 3), "b": (5, 4), "c": (6, 4)}),
        ("한글: \"값: 1\"\nb: 'it''s'\n", {"한글": "값: 1", "b": "it's"}, {"한글": (4, 5), "b": (5, 4)}),
        ('a: "b\n c"\nd: e\n  f\n', {"a": "b c", "d": Plain("e f")}, {"a": (4, 4), "d": (6, 4)}),
        ("a: []\nb: [ ]\n", {"a": [], "b": []}, {"a": (4, 4), "b": (5, 4)}),
        ("a: [b c,  '2, 3' , ~]\n", {"a": [Plain("b c"), "2, 3", None]}, {"a": (4, 4)}),
        ('a:\n- b\n- "c"\nd: e\n', {"a": [Plain("b"), "c"], "d": Plain("e")}, {"a": (5, 1), "d": (7, 4)}),
        ("a:\n  -  b\n\nd: e\n", {"a": [Plain("b")], "d": Plain("e")}, {"a": (5, 3), "d": (7, 4)}),
        ("a:\n  b: c\n  d:\ne: f\n", {"a": {"b": Plain("c"), "d": None}, "e": Plain("f")}, {"a": (5, 3), "e": (7, 4)}),
        ("a: >\n  b\n  c\n\n  d\ne: |-\n  f\n  g\n", {"a": "b c\nd\n", "e": "f\ng"}, {"a": (4, 4), "e": (9, 4)}),
    ],
)
def test_what_most_front_matter_holds_is_read_fast(text: str, value: Value, positions: dict[str, Any]) -> None:
    parsed = read(text, 4)
    assert parsed is not None
    assert form(parsed.value) == form(value)
    assert parsed.positions == positions
    assert_the_guard_agrees(text, 4)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "# nothing\n", "text\n", "- a\n", "a: b\na: c\n", "a:\n  b: c\n  b: d\n", "a: b: c\n", "a:b\n",
        "a: b #c\n  d\n", "a: *b\n", "a: &b c\n", "a: !!str c\n", "<<: a\n", "a:\n  <<: b\n", '"a": b\n', "? a\n",
        "%TAG ! x\na: b\n",
        'a: "\\n"\n', 'a: "b\n\nc"\n', "a: 'b\n--- c'\n", "a: 'b\n%TAG'\n", "a: [b\n", "a: {b: c}\n", "a: [[b]]\n",
        "a: b\tc\n", "a: b\x85\n", "a: \ufeff\n", "a: b\0\n", "a: >+\n  b\n", "a: >\n  b", "a: >\n  b\n   c\n",
        "a: [b,]\n", "a: b\n---\n", "a: b\n...\n", " a: b\n", "a: @b\n", "a: - b\n", "a:\n  - b: c\n",
        "a:\n  b:\n    c: d\n",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_guard(text: str) -> None:
    assert read(text) is None


def test_the_posts_of_the_benchmarks_are_read_fast() -> None:
    for number in range(30):
        parts = split(post(number, posts=30, categories=5)[1])
        assert read(parts.block, parts.block_line) is not None
        assert_the_guard_agrees(parts.block, parts.block_line)


def test_a_title_that_has_no_place_in_plain_yaml_is_still_explained() -> None:
    with pytest.raises(Rejected, match=r"post\.md:2:11 error yaml-syntax ': ' inside a value"):
        parse("---\ntitle: Foo: bar\n---\n", "post.md", LimitSettings())


@pytest.mark.parametrize(
    ("start", "middle"),
    [
        ("a: ", " "), ("a: b", " "), ("a: ", "b "), ("a: ", "b:"), ("a: ", ":"), ("a: ", "#"), ("a: b", "\n"),
        ("a: b\n", "# c\n"), ("a: b", " #"), ("a: ", "-"), ("a: '", "''"), ("a: '", "''\n"), ('a: "', "\n  b"),
        ("a: b", "\n  c"), ("a: b", "\n  c:d"), ("a: [", "b, "), ("a: [", "'b',"),
        ("a: >\n", "  b\n"), ("a: >\n", " "), ("a: |\n", "  b\n\n\n"), ("a:\n", "- b\n"),
        ("a:\n", "  - 'b'  \n"), ("a:\n", "  b: c\n"), ("a:\n", "  b:  "), ("", "a"), ("", "a: b\n"), ("", "\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["", "\n", "\n\0", '"', " : ", "\n  - x: y: z"])
def test_C28_no_text_is_tried_again_and_again(start: str, middle: str, end: str) -> None:
    text = start + middle * (200_000 // len(middle)) + end
    started = time.process_time()
    yaml_plain._ENTRY.findall(text)
    read(text)
    assert time.process_time() - started < 1
