"""Front matter: the cut, the guard, the hints; whole files stand in the corpus (test_front_matter_corpus)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.content import front_matter
from service.content.decode import decode
from service.content.front_matter import Kind, parse, parse_yaml, split
from service.errors import Problem, Rejected
from service.settings import LimitSettings

LIMITS = LimitSettings()
SHARED = Path(__file__).parents[2].parent / "shared"

lines = st.lists(
    st.sampled_from(
        ["---", "--- ", "...", "----", "+++", "{", '{"a": 1}', "}", "", "  ", "a: b", "- x", "\t", "한글: 값"]
    )
    | st.text(max_size=8),
    max_size=12,
).map("\n".join)


def refused(text: str, limits: LimitSettings = LIMITS) -> Problem:
    with pytest.raises(Rejected) as caught:
        parse(text, "post.md", limits)
    return caught.value.problems[-1]


@given(lines)
@settings(deadline=None, max_examples=300)
def test_the_four_parts_of_a_split_are_the_text_again(text: str) -> None:
    parts = split(text)
    assert parts.opener + parts.block + parts.closer + parts.body == text
    assert parts.block_line == 1 + parts.opener.count("\n")
    assert parts.body_line == 1 + text[: len(text) - len(parts.body)].count("\n")


@given(lines, lines)
@settings(deadline=None, max_examples=500)
def test_what_is_cut_the_usual_way_is_cut_as_the_patterns_cut_it(block: str, body: str) -> None:
    text = f"---\n{block}\n---\n{body}"
    usual = front_matter._usual(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(front_matter, "_usual", lambda _: None)
        assert usual in (None, split(text))


def test_an_ordinary_post_is_cut_the_usual_way() -> None:
    for blank in ("", "\n"):
        assert front_matter._usual(f"---\ntitle: a\n---\n{blank}Text\n")


@given(lines | st.text())
@settings(deadline=None, max_examples=300)
def test_no_text_raises_anything_but_rejected(text: str) -> None:
    for whole in (text, f"---\n{text}\n---\n", f"+++\n{text}\n+++\n", '{"' + text):
        try:
            front = parse(whole, "post.md", LIMITS)
        except Rejected as rejected:
            assert all(1 <= problem.line <= whole.count("\n") + 2 for problem in rejected.problems)
        else:
            assert all("\n" not in str(problem) for problem in front.problems)


@given(st.text(alphabet="-?:[]{}&*!|>'\"%@`#,\n a\t\\", max_size=60))
@settings(deadline=None, max_examples=500)
def test_no_yaml_raises_anything_but_rejected(text: str) -> None:
    try:
        parse_yaml(text, "_config.yml", 1, LIMITS)
    except Rejected as rejected:
        assert rejected.problems[-1].level == "error"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30))
@settings(deadline=None, max_examples=300)
def test_C01_the_hint_for_a_broken_title_mends_it(title: str) -> None:
    title = title.strip()
    assume(title and not title.startswith(("|", ">", "#")))
    text = f"---\nlayout: post\ntitle: {title}\ndate: 2024-05-08\n---\n"
    try:
        parse(text, "post.md", LIMITS)
    except Rejected as rejected:
        hint = rejected.problems[-1].hint
        if hint.startswith("write title:"):
            mended = parse(f"---\nlayout: post\n{hint[6:]}\ndate: 2024-05-08\n---\n", "post.md", LIMITS)
            assert "title" in mended.values


def test_C01_line_and_column_are_the_files() -> None:
    problem = refused("---\nlayout: post\ntitle: Foo: bar\n---\n")
    assert str(problem) == (
        "post.md:3:11 error yaml-syntax ': ' inside a value that is not quoted (write title: \"Foo: bar\")"
    )


def test_C02_a_tab_is_named_with_its_line() -> None:
    problem = refused("---\ntags:\n\t- a\n---\n")
    assert (problem.code, problem.line, problem.hint) == ("yaml-tab", 3, "use spaces")


def test_C27_an_alias_is_refused_at_its_anchor() -> None:
    problem = refused("---\na: &x [lol]\nb: [*x, *x]\n---\n")
    assert (problem.code, problem.line, problem.column) == ("yaml-alias", 2, 4)


def test_C27_a_merge_key_is_refused_in_front_matter_even_without_an_alias() -> None:
    problem = refused("---\na:\n  <<: [{b: c}, {d: e}]\n---\n")
    assert (problem.code, problem.line, problem.column) == ("yaml-alias", 3, 3)


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("a: " + "[" * 51 + "]" * 51, "yaml-too-deep"),
        ("a:\n" + "\n".join(f"{' ' * depth}k:" for depth in range(1, 60)), "yaml-too-deep"),
        ("- " * 60 + "x", "yaml-too-deep"),
        ("a:\n" + "- [x]\n" * 201, "yaml-too-deep"),
        ("a: " + "{b: " * 60 + "}" * 60, "yaml-too-deep"),
    ],
)
def test_C28_nesting_of_every_kind_is_bounded(block: str, code: str) -> None:
    assert refused(f"---\n{block}\n---\n").code == code


def test_C28_brackets_inside_text_do_not_count() -> None:
    front = parse("---\ntitle: '" + "[" * 500 + "'\ntext: |\n  " + "[{" * 500 + "\n---\n", "post.md", LIMITS)
    assert front.problems == ()


def test_C28_the_bounds_are_settings() -> None:
    block = "---\na: [[[x]]]\n---\n"
    assert refused(block, LimitSettings(indent_depth=3)).code == "yaml-too-deep"
    assert refused(block, LimitSettings(flow_brackets=2)).code == "yaml-too-deep"
    assert parse(block, "post.md", LimitSettings(indent_depth=4, flow_brackets=3)).values == {"a": [[["x"]]]}


def test_front_matter_beyond_its_limit_is_refused_and_the_limit_counts_bytes() -> None:
    assert refused("---\ntitle: " + "가" * 22_000 + "\n---\n").code == "front-matter-too-large"
    assert parse("---\ntitle: " + "가" * 21_000 + "\n---\n", "post.md", LIMITS).problems == ()


@pytest.mark.parametrize(("text", "code"), [("+++\na" + ".a" * 60 + " = 1\n+++\n", "toml-too-deep")])
def test_C28_dotted_keys_of_toml_are_bounded(text: str, code: str) -> None:
    assert refused(text).code == code


@pytest.mark.parametrize("depth", [60, 20_000])
def test_C28_nesting_in_toml_and_json_is_bounded(depth: int) -> None:
    assert refused("+++\na = " + "[" * depth + "]" * depth + "\n+++\n").code == "toml-too-deep"
    assert refused('{"a": ' + "[" * depth + "]" * depth + "}").code == "json-too-deep"


def test_C31_endless_digits_in_toml_are_a_problem_line() -> None:
    assert refused("+++\na = " + "9" * 5000 + "\n+++\n").code == "value-invalid"
    assert parse('{"a": ' + "9" * 5000 + "}", "post.md", LIMITS).values == {"a": "9" * 5000}


def test_many_duplicate_keys_make_few_problems() -> None:
    assert len(parse("---\n" + "a: b\n" * 1000 + "---\n", "post.md", LIMITS).problems) == 10


def test_a_config_may_be_a_list_or_empty_and_is_guarded_alike() -> None:
    assert parse_yaml("- name: 김\n- name: Kim\n", "authors.yml", 1, LIMITS).value == [{"name": "김"}, {"name": "Kim"}]
    assert parse_yaml("# nothing\n", "_config.yml", 1, LIMITS).value is None
    assert parse_yaml("---\ntitle: a\n...\n", "_config.yml", 1, LIMITS).positions == {"title": (2, 8)}
    assert parse_yaml("- [x]\n" * 1000, "list.yml", 1, LIMITS).value == [["x"]] * 1000
    with pytest.raises(Rejected, match="yaml-alias"):
        parse_yaml("a: &x b\nc: *x\n", "_config.yml", 1, LIMITS)
    with pytest.raises(Rejected, match="file-too-large"):
        parse_yaml("a: b\n", "_config.yml", 1, LimitSettings.model_construct(file_bytes=4, indent_depth=50))


def test_a_jekyll_site_knows_yaml_only() -> None:
    yaml_only: tuple[Kind, ...] = ("yaml",)
    for text in ("+++\ntitle = 'a'\n+++\nbody\n", '{"title": "a"}\nbody\n'):
        assert parse(text, "post.md", LIMITS, yaml_only).body == text


@pytest.mark.parametrize("folder", ["subicura-korean", "18f-posts", "spf13-hugo-toml", "python-frontmatter-fixtures"])
def test_real_content_is_understood_with_a_title(folder: str) -> None:
    root = SHARED / "corpora" / folder
    if not root.is_dir():
        pytest.skip("the shared corpora are not beside this repository")
    files = [path for path in sorted(root.rglob("*.m*d*")) if path.is_file()]
    assert files
    for path in files:
        text, problems = decode(path.read_bytes(), path.name)
        front = parse(text, path.name, LIMITS)
        head = text.removesuffix(front.body)
        has_title = re.search(r'^"?title"?\s*[:=]', head, re.MULTILINE)
        assert bool(has_title) == ("title" in front.values)
        assert [problem for problem in (*problems, *front.problems) if problem.level == "error"] == []
