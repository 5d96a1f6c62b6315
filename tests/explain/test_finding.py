"""Which post a word means."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from service.errors import UsageError
from service.explain.explaining import Explanation, Value
from service.explain.reporting import as_json, as_text
from tests.explain.asking import ask, index, jekyll_site, text

NAME = "2025-01-01-겨울-새.md"
CONFIG = "permalink: pretty\nbaseurl: /blog\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    posts = {
        NAME: text(title="겨울 새", category="자연", redirect_from="/old/"),
        "2025-01-02-two.md": text(title="Two"),
        "2025-01-03-two.md": text(title="Two again"),
    }
    made = jekyll_site(tmp_path_factory.mktemp("finding") / "site", posts, CONFIG)
    index(made, made.parent / "state")
    return made


URL = "https://news.example.org/blog/자연/2025/01/01/겨울-새/"


@pytest.mark.parametrize(
    "said",
    [
        NAME,
        NAME.removesuffix(".md"),
        "겨울-새",
        f"_posts/{NAME}",
        f"./_posts/../_posts/{NAME}",
        unicodedata.normalize("NFD", NAME),
        URL,
        URL.rstrip("/"),
        f"{URL}index.html?utm_source=x#top",
        unicodedata.normalize("NFD", URL),
        URL.replace("https", "http"),
        URL.replace("news.example.org", "127.0.0.1:8000"),
        "https://news.example.org/blog/%ec%9e%90%ec%97%b0/2025/01/01/%EA%B2%A8%EC%9A%B8-%EC%83%88/",
        "/blog/자연/2025/01/01/겨울-새/",
        "/자연/2025/01/01/겨울-새/",
        "자연/2025/01/01/겨울-새",
        "https://news.example.org/blog/old/",
    ],
)
def test_a_post_is_found_by_path_name_and_url_in_any_spelling(root: Path, said: str) -> None:
    assert ask(said, root, state=root.parent / "state")["path"] == f"_posts/{NAME}"


def test_a_path_counts_from_the_working_directory_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "_posts")
    assert ask("2025-01-02-two.md", root, state=root.parent / "state")["path"] == "_posts/2025-01-02-two.md"


def test_a_source_that_was_named_through_a_link_is_the_same_source(root: Path, tmp_path: Path) -> None:
    (tmp_path / "site").symlink_to(root)
    assert ask(tmp_path / "site" / "_posts" / NAME, root, state=root.parent / "state")["code"] == 0


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("two", "2 files are called that"),
        ("_posts", "is a directory"),
        ("2025-01-01-겨울-세.md", f"did you mean _posts/{NAME}"),
        ("https://news.example.org/blog/2025/01/01/겨울새/", f"did you mean _posts/{NAME}"),
        ("https://other.example.org/blog/자연/2025/01/01/겨울-새/", "no such post"),
        ("zzzzzz", "there is no such post"),
        ("x" * 300, "there is no such post"),
        ("_posts/" + "한" * 100, "there is no such post"),
        ("http://[", "no such post"),
        ("", "no such post"),
    ],
)
def test_what_names_no_single_post_is_a_usage_error_with_what_may_be_meant(
    root: Path, said: str, expected: str
) -> None:
    with pytest.raises(UsageError, match=expected):
        ask(said, root, state=root.parent / "state")


def test_a_hidden_post_is_found_by_the_url_it_would_have(tmp_path: Path) -> None:
    made = jekyll_site(tmp_path / "site", {"2025-01-01-secret.md": text(title="Secret", published="false")}, CONFIG)
    for said in ("https://news.example.org/blog/2025/01/01/secret/", "/blog/2025/01/01/secret", "/2025/01/01/secret/"):
        found = ask(said, made)
        assert (found["code"], found["status"], found["path"]) == (1, "hidden", "_posts/2025-01-01-secret.md")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("https://news.example.org/blog/categories/자연/", "is no post; it is the page of the category 자연 (1 post)"),
        ("http://127.0.0.1:8000/blog/categories/자연/atom.xml", "the Atom feed of the category 자연 (1 post)"),
        ("/categories/%EC%9E%90%EC%97%B0/rss.xml", "the RSS feed of the category 자연"),
        ("https://news.example.org/blog/feed.json", "the JSON Feed of the whole site (3 posts)"),
        ("/opml.xml", "opml.xml of the whole site"),
        ("/tags/none/atom.xml", "the address of a tag that no post has"),
        ("/topics/자연/", "the site's page of the category 자연 (1 post)"),
        ("https://other.example.org/tags/none/", "there is no such post"),
    ],
)
def test_the_address_of_a_channel_is_told_as_one(root: Path, said: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        ask(said, root, paths={"category_page": "/topics/:name/"})
    assert expected in str(caught.value)


@example_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=20))
def test_any_word_is_a_post_or_a_usage_error(root: Path, said: str) -> None:
    try:
        assert ask(said, root, state=root.parent / "state")["path"]
    except UsageError as error:
        assert "Traceback" not in str(error)


@given(st.text(), st.text(), st.text())
def test_no_control_character_of_content_reaches_a_terminal(title: str, path: str, reason: str) -> None:
    found = Explanation("hidden", reason, "s", "jekyll", "why", path, values=(Value("title", title),))
    assert all(line.isprintable() for line in as_text(found).split("\n"))
    as_json(found).encode()
