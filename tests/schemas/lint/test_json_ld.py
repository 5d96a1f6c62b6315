"""JSON-LD of any shape in a head: what is no article is passed over, and nothing raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.lint import lint
from tests.schemas.lint.cases import CORPUS, read

CLEAN = read(CORPUS / "head" / "clean.txt").body.decode()
HEAD = CLEAN[: CLEAN.index("<script")]

words = st.sampled_from(["", "Article", "Person", "@type", "한글", "\ud800", "x" * 200])
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
keys = st.sampled_from(["@type", "@graph", "@id", "headline", "author", "datePublished", "other"])
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=12
)


def rules(data: object) -> list[str]:
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    return [finding.rule for finding in lint("head", (HEAD + script).encode())]


@given(values)
@settings(max_examples=200)
def test_any_json_is_judged_without_failing(data: object) -> None:
    assert set(rules(data)) <= {"JsonLdRecommended", "JsonLdHeadline"}


@pytest.mark.parametrize("kind", ["Article", ["Article"], ["WebPage", "NewsArticle"], [None, {}, "Article"]])
def test_an_article_among_several_types_is_an_article(kind: object) -> None:
    assert rules({"@type": kind, "headline": "x", "author": "Kim"}) == ["JsonLdRecommended"]
    assert rules({"@graph": [{"@type": kind, "headline": "x", "author": "Kim"}]}) == ["JsonLdRecommended"]


@pytest.mark.parametrize("kind", [None, 7, True, {}, {"@type": "Article"}, [], [["Article"]], ["WebPage", "FAQPage"]])
def test_whatever_else_a_type_may_be_is_no_article(kind: object) -> None:
    assert rules({"@type": kind}) == rules([{"@type": kind, "@graph": {"@type": "Article"}}]) == []
