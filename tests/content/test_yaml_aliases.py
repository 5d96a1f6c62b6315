"""Anchors, aliases and merge keys, where a caller allows them. Bombs are in test_front_matter_bombs.

The expected values are what Ruby's Psych 4.0.4 answers (``YAML.load(text, aliases: true)``), with scalars as text.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content.front_matter import parse_yaml
from service.content.scalars import Parsed, Plain, Value
from service.errors import Problem, Rejected
from service.settings import LimitSettings

LIMITS = LimitSettings()


def load(text: str, limits: LimitSettings = LIMITS) -> Parsed:
    return parse_yaml(text, "_config.yml", 1, limits, aliases=True)


def refused(text: str, limits: LimitSettings = LIMITS) -> Problem:
    with pytest.raises(Rejected) as caught:
        load(text, limits)
    return caught.value.problems[-1]


A = "a: &a {x: 1, y: 2}\n"
XY: Value = {"x": "1", "y": "2"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x one\nb: &x two\nc: *x\n", {"a": "one", "b": "two", "c": "two"}),
        ("a: &x [1, &y two]\nb: [*x, *y]\n", {"a": ["1", "two"], "b": [["1", "two"], "two"]}),
        ("&k key: v\nb: *k\n", {"key": "v", "b": "key"}),
        ("a: &k foo\n*k : v\n", {"a": "foo", "foo": "v"}),
        ("a: &a\nb: *a\n", {"a": None, "b": None}),
        ("- &a {x: 1}\n- *a\n", [{"x": "1"}, {"x": "1"}]),
        (A + "b:\n  <<: *a\n  y: 3\n", {"a": XY, "b": {"x": "1", "y": "3"}}),
        (A + "b:\n  - <<: *a\n    z: 2\n  - *a\n", {"a": XY, "b": [{"x": "1", "y": "2", "z": "2"}, XY]}),
        (A + "b: {<<: *a, x: 2, x: 3}\n", {"a": XY, "b": {"x": "3", "y": "2"}}),
        (A + "b:\n  <<: [*a, {x: 5, z: 6}]\n", {"a": XY, "b": {"x": "1", "y": "2", "z": "6"}}),
        (A + "b:\n  <<: *a\n  <<: {x: 5, z: 6}\n", {"a": XY, "b": {"x": "5", "y": "2", "z": "6"}}),
        (
            A + "b: &b {<<: *a, y: 3}\nc: {<<: *b, z: 4}\n",
            {"a": XY, "b": {"x": "1", "y": "3"}, "c": {"x": "1", "y": "3", "z": "4"}},
        ),
        ("<<: {x: 1}\ny: 2\n", XY),
        ("m: &m x\nb: {&m <<: {q: 1}}\nc: *m\n", {"m": "x", "b": {"q": "1"}, "c": "<<"}),
        ("b:\n  <<: hello\n  y: 2\n", {"b": {"<<": "hello", "y": "2"}}),
        ("b:\n  <<: [1, 2]\n", {"b": {"<<": ["1", "2"]}}),
        ("b:\n  <<:\n  y: 2\n", {"b": {"<<": None, "y": "2"}}),
    ],
)
def test_values_are_psychs(text: str, expected: Value) -> None:
    assert load(text).value == expected


def test_a_key_written_before_the_merge_wins_too_as_yaml_demands_and_psych_does_not() -> None:
    assert load("b:\n  y: 3\n  <<: {x: 1, y: 2}\n").value == {"b": {"x": "1", "y": "3"}}


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert load(A + 'b: {"<<": *a}\n').value == {"a": XY, "b": {"<<": XY}}


def test_an_aliased_text_remembers_whether_it_was_quoted() -> None:
    value = load("a: &a no\nb: &b 'no'\nc: [*a, *b]\n").value
    assert isinstance(value, dict) and isinstance(value["c"], list)
    assert [type(item) for item in value["c"]] == [Plain, str]


def test_a_merge_leaves_the_map_it_names_as_it_was() -> None:
    value = load("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\n").value
    assert value == {"a": {"x": "1"}, "b": {"x": "1", "y": "2"}}


def test_positions_of_aliased_and_merged_keys_are_where_their_author_can_mend_them() -> None:
    parsed = load("<<: {x: 1}\na: &a [b]\nc: *a\n")
    assert parsed.positions == {"x": (1, 5), "a": (2, 4), "c": (3, 4)}
    assert load("<<: no map\n").positions == {}


def test_a_merge_of_something_else_than_maps_is_warned_of() -> None:
    (problem,) = load("a: b\n<<: [c]\n").problems
    assert (problem.level, problem.code, problem.line) == ("warning", "yaml-alias", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: *nope\n", "the alias *nope has no anchor &nope above it"),
        ("a: *late\nb: &late c\n", "the alias *late has no anchor &late above it"),
        ("a: &a [*a]\n", "the alias *a stands inside its own anchor"),
        ("a: &a {b: {c: [*a]}}\n", "the alias *a stands inside its own anchor"),
        ("a: &a {x: 1}\nb: &a {<<: *a}\n", "the alias *a stands inside its own anchor"),
        ("&a\nb: *a\n", "the alias *a stands inside its own anchor"),
    ],
)
def test_C27_an_alias_of_nothing_or_of_what_holds_it_is_refused(text: str, words: str) -> None:
    problem = refused(text)
    assert (problem.code, problem.message) == ("yaml-alias", words)


def test_a_list_cannot_become_a_key_through_an_alias() -> None:
    assert refused("a: &a [1]\n*a : v\n").code == "yaml-syntax"


def test_a_tag_is_refused_beside_an_anchor() -> None:
    assert refused("a: &a !!python/name:os.system x\n").code == "yaml-tag"
    assert refused("a: !!set &a {x}\n").code == "yaml-tag"


def test_C27_the_budget_counts_what_aliases_repeat_and_nothing_else() -> None:
    names = "- x\n" * 20_000
    assert len(load(f"- &a x\n{names}" + "- *a\n" * 10_000).value or ()) == 30_001
    problem = refused(f"- &a x\n{names}" + "- *a\n" * 10_001)
    assert (problem.code, problem.line) == ("yaml-alias", 30_002)


def test_C28_aliases_nest_no_deeper_than_text_may() -> None:
    limits = LimitSettings(indent_depth=4)
    chain = "- &a [x]\n- &b [*a]\n- &c [*b]\n"
    assert load(chain, limits).value == [["x"], [["x"]], [[["x"]]]]
    assert refused(chain + "- &d [*c]\n", limits).code == "yaml-too-deep"
    long = "- &a0 [x]\n" + "".join(f"- &a{number} [*a{number - 1}]\n" for number in range(1, 2000))
    assert refused(long).code == "yaml-too-deep"


@given(
    st.lists(
        st.sampled_from(["a", "b: ", "&a ", "&b ", "*a ", "*b ", "<<: ", "- ", "[", "]", "{", "}", ", ", "\n", "\n  "])
    )
)
@settings(deadline=None, max_examples=100)
def test_no_text_of_anchors_and_aliases_raises_anything_but_rejected(parts: list[str]) -> None:
    try:
        value = load("".join(parts)).value
    except Rejected as rejected:
        assert rejected.problems[-1].level == "error"
    else:
        assert value is None or isinstance(value, str | list | dict)
