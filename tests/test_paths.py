"""The URL table: what a path means, and that writing and reading one are inverse."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import slugify, term_key
from service.paths import FOLDERS, Moved, Target, decode, page_path, parse, path_of, prefix_of


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", Target("site", "", "")),
        ("/rss.xml", Target("site", "", "rss.xml")),
        ("/categories/news/feed.json", Target("category", "news", "feed.json")),
        ("/tags/%EC%A0%95%EC%B9%98/atom.xml", Target("tag", "정치", "atom.xml")),
        ("/authors/kim/", Target("author", "kim", "")),
        ("/languages/ko-kr/rss.xml", Target("language", "ko-kr", "rss.xml")),
        ("/feed.xml", Moved(Target("site", "", "atom.xml"))),
        ("/feed/News.xml", Moved(Target("category", "News", "atom.xml"))),
        ("/feed/by_tag/ai.xml", Moved(Target("tag", "ai", "atom.xml"))),
        ("/categories/news", Moved(Target("category", "news", ""))),
    ],
)
def test_a_path_means_one_thing(path: str, target: Target | Moved) -> None:
    assert parse(path) == target


@pytest.mark.parametrize(
    "path",
    [
        "", "rss.xml", "//rss.xml", "/RSS.XML", "/rss.xml/", "/categories/", "/categories", "/categories//rss.xml",
        "/categories/a/b/rss.xml", "/categories/a%2Fb/rss.xml", "/Categories/a/rss.xml", "/../etc/passwd",
        "/categories/..%5c..%5cx/rss.xml", "/%00", "/categories/%00/rss.xml", "/%c0%ae%c0%ae/rss.xml", "/rss.xml%0a",
        "/feed/a/b.xml", "/feed/by_tag/", "/feed/.xml/x",
    ],
)  # fmt: skip
def test_H01_anything_else_means_nothing(path: str) -> None:
    assert parse(path) is None


@given(label=st.text(min_size=1), kind=st.sampled_from(sorted(FOLDERS)), name=st.sampled_from(["", "rss.xml"]))
def test_the_canonical_path_of_any_term_reads_back_as_its_target(label: str, kind: str, name: str) -> None:
    target = Target(kind, slugify(term_key(label)), name)  # type: ignore[arg-type]  # sampled from the literals
    path = path_of(target)
    assert parse(path) == target
    assert path.isascii()


@given(st.text())
def test_no_path_makes_the_table_raise(path: str) -> None:
    parse(path)


ODD = "%EC%98%88 %ec %98 % %E %2F %2e %5C %00 %7F %C2%A0 A%CC%81 %zz a / .. . index.html index.htm \\ 한 e\u0301 \ud800"
SPELLINGS = st.lists(st.sampled_from((*ODD.split(), "\n", "\x7f", "\xa0")), max_size=7).map("".join)


@given(SPELLINGS)
def test_escapes_are_read_run_by_run_as_they_are_read_at_once(path: str) -> None:
    try:
        text = unquote_to_bytes(path).decode()
    except UnicodeError:
        assert decode(path) is None
        return
    assert decode(path) == (None if set(text) & {*map(chr, range(32)), "\x7f"} else text)


@given(SPELLINGS)
def test_the_path_of_a_page_leads_nowhere_else(path: str) -> None:
    page = page_path(path)
    text = decode(path)
    if page is not None:
        assert not page or not {"", ".", ".."} & set(page.split("/"))
    elif text is not None and "\\" not in text:
        assert {"", ".", ".."} & set(text.strip("/").split("/"))


def test_the_prefix_is_the_path_of_the_service_url() -> None:
    assert prefix_of("https://example.org") == ""
    assert prefix_of("https://example.org/feeds") == "/feeds"
