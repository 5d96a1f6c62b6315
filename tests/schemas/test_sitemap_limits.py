"""The limits of sitemaps, told of documents too large to be files of the corpus."""

from __future__ import annotations

import pytest

from schemas import Kind, problems
from schemas.sitemap import MOST_BYTES, MOST_IMAGES, MOST_NEWS, MOST_URLS
from schemas.xml import SLICE

HEAD = (
    b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    b' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n'
)
ARTICLE = (
    b"<news:news><news:publication><news:name>n</news:name><news:language>ko</news:language></news:publication>"
    b"<news:publication_date>2026-11-22</news:publication_date><news:title>t</news:title></news:news>"
)


def _urlset(count: int, more: bytes = b"", scheme: bytes = b"https") -> bytes:
    urls = b"".join(b"<url><loc>%s://example.org/%d</loc>%s</url>\n" % (scheme, i, more) for i in range(count))
    return HEAD + urls + b"</urlset>\n"


def test_more_than_fifty_thousand_addresses_are_told() -> None:
    body = _urlset(MOST_URLS + 1)
    assert problems("sitemap", body) == ["line 1: 50001 addresses, and 50000 are the most (sitemaps.org)"]
    last = b"<url><loc>https://example.org/50000</loc></url>\n"
    assert problems("sitemap", body.replace(last, b"")) == []


def test_more_octets_than_fifty_megabytes_are_told() -> None:
    body = _urlset(1).replace(b"\n", b"\n" + b" " * MOST_BYTES, 1)
    assert problems("sitemap", body)[0] == f"line 1: {len(body)} octets, and {MOST_BYTES} are the most (sitemaps.org)"


def test_more_than_a_thousand_articles_are_told() -> None:
    assert problems("sitemap", _urlset(MOST_NEWS, ARTICLE)) == []
    told = problems("sitemap", _urlset(MOST_NEWS + 1, ARTICLE))
    assert told == ["line 1: 1001 news items, and 1000 are the most (Google News)"]


def test_more_than_a_thousand_pictures_of_a_page_are_told() -> None:
    picture = b"<image:image><image:loc>https://example.org/a.jpg</image:loc></image:image>"
    (told,) = problems("sitemap", _urlset(1, picture * (MOST_IMAGES + 1)))
    assert told == "line 2: 1001 pictures of one page, and 1000 are the most (Google)"


def test_a_fault_far_down_is_told_with_its_line_whatever_the_slice() -> None:
    body = _urlset(3 * SLICE)
    for number in (0, SLICE - 1, SLICE, 3 * SLICE - 1):
        broken = body.replace(b"<loc>https://example.org/%d</loc>" % number, b"<loc>/x</loc>")
        told = problems("sitemap", broken)
        assert {line.partition(":")[0] for line in told} == {f"line {number + 2}"}


def test_a_document_in_which_everything_is_wrong_is_told_in_bounded_time() -> None:
    assert len(problems("sitemap", _urlset(10_000, scheme=b"ftp"))) >= 10_000


@pytest.mark.parametrize("kind", ["sitemap", "sitemap-index", "opml"])
@pytest.mark.parametrize("body", [b"", b"<", b"<a/>", b"\xff", b"<urlset><url/></urlset>", b"{}", b"<a>" * 100_000])
def test_what_is_no_such_document_is_told_and_never_raises(kind: Kind, body: bytes) -> None:
    told = problems(kind, body)
    assert told
    assert all(line.startswith("line ") for line in told)
