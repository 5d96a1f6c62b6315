"""Whatever stands in a file or in its name, a source answers with a post or a rejection that can be stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.files import Tree
from service.sources.jekyll import Jekyll
from service.sources.plain import Plain
from service.sources.source import FIELDS
from service.sources.walk import Entry, visible

KEYS = [
    "title",
    "date",
    "published",
    "draft",
    "categories",
    "category",
    "tags",
    "tag",
    "author",
    "authors",
    "image",
    "feature_image",
    "enclosure",
    "audio",
    "podcast",
    "permalink",
    "url",
    "slug",
    "guid",
    "id",
    "uuid",
    "lang",
    "locale",
    "excerpt",
    "description",
    "feature_text",
    "excerpt_separator",
    "redirect_from",
    "aliases",
    "last_modified_at",
    "updated",
    "expires",
    "expiry_date",
    "sitemap",
    "robots",
    "indexing",
    "feed",
    "render_with_liquid",
    "layout",
    "status",
]
TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "false",
        "2024-05-01",
        "9999-99-99",
        "/:title/",
        "/:x",
        "//",
        "://",
        "https://[",
        "javascript:x",
        "a, b",
        "\x00",
        "\ud800",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS | st.sampled_from(["path", "url", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    root = tmp_path_factory.mktemp("site")
    (root / "_config.yml").write_text("url: https://site.example\ntimezone: Asia/Seoul\n")
    with Tree(root) as opened:
        yield opened


def understood(dialect: Jekyll | Plain, path: str, text: str, tree: Tree) -> None:
    try:
        fields, problems = dialect.understand(Entry(path, path, 1, 1, 1), text, tree)
    except Rejected as error:
        problems = error.problems
        assert problems
    else:
        assert FIELDS.validate_json(FIELDS.dump_json(fields)) == fields
        assert fields.url.isascii()
        assert fields.id.isascii()
        assert fields.title
    assert all(found.path == visible(path) and "\n" not in str(found) for found in problems)


@settings(max_examples=100, deadline=None)
@given(values=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), name=NAMES, body=st.text(max_size=30))
def test_any_front_matter_under_any_name_is_a_post_or_a_rejection(
    tree: Tree, values: dict[str, Any], name: str, body: str
) -> None:
    text = f"---\n{json.dumps(values)}\n---\n{body}"
    settings_, site, limits = SourceSettings(path=Path(tree.root)), SiteSettings(url="https://ex.org"), LimitSettings()
    jekyll = Jekyll(tree, settings_, site, limits)
    assert jekyll.enter("_posts")
    path = f"_posts/2024-05-01-{name}.md"
    if jekyll.wanted(path):
        understood(jekyll, path, text, tree)
    plain = Plain(settings_, SiteSettings(url="https://plain.example"), limits)
    if plain.wanted(f"{name}.md"):
        understood(plain, f"{name}.md", text, tree)


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(st.tuples(st.sampled_from(KEYS), TEXTS), max_size=5))
def test_any_unquoted_values_are_a_post_or_a_rejection(tree: Tree, lines: list[tuple[str, str]]) -> None:
    text = "---\n" + "".join(f"{key}: {value}\n" for key, value in lines) + "---\n"
    jekyll = Jekyll(tree, SourceSettings(path=Path(tree.root)), SiteSettings(url="https://ex.org"), LimitSettings())
    assert jekyll.enter("_posts")
    understood(jekyll, "_posts/2024-05-01-x.md", text, tree)
