"""Hypothesis strategies: text nobody would write, and posts, sites and channels made of it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from feeds.formats import FORMATS
from feeds.model import Author, Channel, Enclosure, Image, Post, Site, make_post
from feeds.uri import ascii_url

HOSTILE = (
    "]]>", "]]", "<![CDATA[", "<!--", "-->", "&#0;", "&nbsp;", "&amp;", "&lt;b", "<b>", "</title>", "<?xml?>",
    "<!DOCTYPE a>", "\x00", "\x0b", "\x1b", "\x7f", "\x85", "\r\n", "\r", "\ufffe", "\uffff", "\ufeff", "\ud800",
    "\udc00", "\U0001f600", "\u202e", "\u2028", "한글", "가", '"', "'", "\\", "%", "%ed", "..", "C++", " ", "\n",
)  # fmt: skip

text = st.lists(st.sampled_from(HOSTILE) | st.characters(exclude_categories=()), max_size=8).map("".join)
"""Every code point, surrogates and controls too, salted with what has broken writers of feeds before."""

web_urls = text.map(lambda path: f"https://example.org/{path}").filter(ascii_url)
moments = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
numbers = st.none() | st.integers(-1, 10**12)
optional = st.none() | text

labels = st.lists(text, max_size=2).map(tuple)


def authors(urls: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Author, ...]]:
    author = st.builds(Author, name=text, email=optional, url=st.none() | urls, avatar=st.none() | urls)
    return st.lists(author, max_size=2).map(tuple)


def posts(urls: st.SearchStrategy[str] = text) -> st.SearchStrategy[Post]:
    """Posts as the door lets them through; ``urls`` is what their addresses are made of."""
    images = st.builds(Image, url=urls, alt=text, title=text, width=numbers, height=numbers, media_type=optional)
    enclosures = st.builds(Enclosure, url=urls, media_type=text, length=numbers, title=text, duration=numbers)
    return st.builds(
        make_post,
        id=text.filter(lambda value: bool(ascii_url("x" + value))).map(lambda value: "x" + value) | web_urls,
        url=urls.filter(ascii_url),
        title=text,
        published=moments,
        updated=st.none() | moments,
        summary=text,
        content=text,
        authors=authors(urls),
        contributors=authors(urls),
        categories=labels,
        tags=labels,
        language=optional,
        images=st.lists(images, max_size=2).map(tuple),
        enclosures=st.lists(enclosures, max_size=2).map(tuple),
        full_text=st.booleans(),
    )


def sites(urls: st.SearchStrategy[str] = text) -> st.SearchStrategy[Site]:
    """Sites with anything in any field but their addresses, which are made of ``urls``."""
    return st.builds(
        Site,
        url=urls,
        title=text,
        description=text,
        language=optional,
        authors=authors(urls),
        rights=text,
        icon=st.none() | urls,
        logo=st.none() | urls,
        hubs=st.lists(urls, max_size=2).map(tuple),
        category_scheme=urls,
        tag_scheme=urls,
    )


def channels(urls: st.SearchStrategy[str] = text) -> st.SearchStrategy[Channel]:
    """Channels with a feed in each format, and anything in any field but their addresses."""
    return st.builds(
        Channel,
        kind=st.just("site"),
        title=text,
        url=urls,
        feeds=st.tuples(*(st.tuples(st.just(name), urls) for name in FORMATS)),
        updated=moments,
        description=text,
        label=text,
        language=optional,
        ttl=st.integers(-1, 10**7),
    )
