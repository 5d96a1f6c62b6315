"""robots.txt says to every reader of it what the owner meant: by RFC 9309, and to Python's older parser."""

from __future__ import annotations

import string
from collections.abc import Mapping
from itertools import product
from urllib.robotparser import RobotFileParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.crawlers import AI, SEARCH, VISITORS
from feeds.robots import robots
from tests.feeds import rfc9309
from tests.feeds.strategies import text

NAMED = (*AI, *VISITORS, *SEARCH)
STRANGER = "SomeOtherCrawler"
STARTS = ("#", "User-agent: ", "Disallow: /", "Disallow: *", "License: http", "Sitemap: http")
SWITCHES = list(product((True, False), repeat=2))


def _robots(
    *,
    search: bool = True,
    ai: bool = True,
    disallow: tuple[str, ...] = (),
    bots: Mapping[str, tuple[str, ...]] | None = None,
    license: str | None = None,  # noqa: A002 - RSL's word
    sitemaps: tuple[str, ...] = (),
) -> bytes:
    return robots(search=search, ai=ai, disallow=disallow, bots=bots or {}, license=license, sitemaps=sitemaps)


def _python(body: bytes) -> RobotFileParser:
    parser = RobotFileParser()
    parser.parse(body.decode().splitlines())
    return parser


def _meant(name: str, *, search: bool, ai: bool, bots: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The paths that a crawler may not fetch, beside those of everyone, as the settings mean it."""
    exceptions = {key.lower(): paths for key, paths in bots.items()}
    if name.lower() in exceptions:
        return exceptions[name.lower()]
    if name in AI:
        return () if ai else ("/",)
    if name in VISITORS and not search:
        return ()
    if name in SEARCH and not search:
        return ("/",)
    return exceptions.get("*", () if search else ("/",))


names = st.sampled_from((*NAMED, STRANGER, "BadBot", "Applebot-News", "Google", "*"))
paths = st.lists(st.sampled_from(("/", "/a/", "/b", "/draft/x")), max_size=2).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.booleans(), st.booleans(), paths, st.dictionaries(names, paths, max_size=4))
def test_every_crawler_may_fetch_what_the_settings_mean(
    search: bool, ai: bool, disallow: tuple[str, ...], bots: dict[str, tuple[str, ...]]
) -> None:
    body = _robots(search=search, ai=ai, disallow=disallow, bots=bots)
    strict = rfc9309.parse(body)
    lenient = _python(body)
    for name in {*NAMED, STRANGER, *bots} - {"*"}:
        refused = (*disallow, *_meant(name, search=search, ai=ai, bots=bots))
        within = any(other != name and other.lower() in name.lower() for other in {*NAMED, *bots})
        for path in ("/", "/a/", "/a/1", "/b", "/c", "/draft/x"):
            meant = not any(path.startswith(start) for start in refused)
            assert strict.allows(name, path) is meant, (name, path, body.decode())
            # Python compares parts of names: a group of one's own is found, the one for everyone else not always.
            if not within or name.lower() in {group for g in strict.groups for group in g.names}:
                assert lenient.can_fetch(f"{name}/1.0", path) is meant, (name, path, body.decode())


def test_who_allows_everyone_names_nobody() -> None:
    assert _robots() == b"# Everyone else\nUser-agent: *\nDisallow:\n"


def test_language_models_may_be_refused_while_search_engines_come() -> None:
    found = rfc9309.parse(_robots(ai=False, disallow=("/admin/",)))
    assert not any(found.allows(name, "/post/") for name in AI)
    assert all(found.allows(name, "/post/") for name in (*SEARCH, *VISITORS, STRANGER))
    assert not any(found.allows(name, "/admin/") for name in (*NAMED, STRANGER))


def test_who_refuses_search_engines_refuses_those_we_never_heard_of_but_no_reader_and_no_preview() -> None:
    found = rfc9309.parse(_robots(search=False, disallow=("/admin/",)))
    assert not any(found.allows(name, "/post/") for name in (*SEARCH, STRANGER))
    assert all(found.allows(name, "/post/") for name in (*VISITORS, *AI))
    assert not any(found.allows(name, "/admin/") for name in NAMED)


def test_one_search_engine_may_come_where_the_others_are_refused() -> None:
    found = rfc9309.parse(_robots(search=False, bots={"yeti": ()}))
    assert found.allows("Yeti", "/post/")
    assert not found.allows("Googlebot", "/post/")


def test_a_star_of_the_owners_own_refuses_the_named_search_engines_alone() -> None:
    found = rfc9309.parse(_robots(search=False, bots={"*": ("/drafts/",)}))
    assert not found.allows("Googlebot", "/")
    assert found.allows(STRANGER, "/")
    assert not found.allows(STRANGER, "/drafts/x")


def test_the_exception_for_a_short_name_hides_no_longer_one() -> None:
    body = _robots(ai=False, bots={"Applebot": ()})
    assert body.index(b"User-agent: Applebot-Extended") < body.index(b"User-agent: Applebot\n")
    assert not _python(body).can_fetch("Applebot-Extended", "/")
    assert _python(body).can_fetch("Applebot", "/")


def test_no_name_of_a_table_hides_a_later_one() -> None:
    order = [name.lower() for name in NAMED]
    assert len(set(order)) == len(order)
    assert not [(a, b) for i, a in enumerate(order) for b in order[i + 1 :] if a in b]


@pytest.mark.parametrize("name", NAMED)
def test_names_are_product_tokens(name: str) -> None:
    assert set(name) <= {*string.ascii_letters, "-", "_"}


@pytest.mark.parametrize(("search", "ai"), SWITCHES)
def test_licence_and_sitemaps_stand_outside_the_groups(search: bool, ai: bool) -> None:
    sitemaps = ("https://example.org/sitemap.xml", "https://news.example.org/sitemap-news.xml")
    body = _robots(search=search, ai=ai, license="https://example.org/license.xml", sitemaps=sitemaps)
    assert rfc9309.parse(body).others == [
        ("license", "https://example.org/license.xml"),
        *(("sitemap", url) for url in sitemaps),
    ]
    assert _python(body).site_maps() == list(sitemaps)
    assert len(body) < 500 * 1024


@pytest.mark.parametrize(
    ("pattern", "refused", "allowed"),
    [
        ("/*.pdf$", "/files/a.pdf", "/files/a.pdf.html"),
        ("/관리/", "/%EA%B4%80%EB%A6%AC/x", "/%EA%B4%80"),
        ("/a b", "/a%20bc", "/a"),
        ("*?sort=", "/list?sort=1", "/list"),
        ("drafts/", "/drafts/1", "/my/drafts/"),
        ("/x#y", "/x%23y", "/x"),
    ],
)
def test_patterns_mean_what_rfc_9309_says(pattern: str, refused: str, allowed: str) -> None:
    found = rfc9309.parse(_robots(disallow=(pattern,)))
    assert not found.allows(STRANGER, refused)
    assert found.allows(STRANGER, allowed)


def test_the_order_in_which_bots_are_written_does_not_matter() -> None:
    bots: dict[str, tuple[str, ...]] = {"BadBot": ("/",), "yeti": ("/a",), "Yeti": ("/b",), "*": ("/c",)}
    turned = dict(reversed(bots.items()))
    assert _robots(bots=bots) == _robots(bots=turned)
    assert not rfc9309.parse(_robots(bots=bots)).allows("Yeti", "/a")
    assert not rfc9309.parse(_robots(bots=bots)).allows("Yeti", "/b")


@settings(max_examples=60, deadline=None)
@given(text, text, text, text, text)
def test_no_text_adds_a_line(path: str, name: str, own: str, licence: str, sitemap: str) -> None:
    body = _robots(disallow=(path,), bots={name: (own,)}, license=licence, sitemaps=(sitemap,))
    for line in body.decode("ascii").split("\n"):
        assert line in ("", "Disallow:") or line.startswith(STARTS)
    assert rfc9309.parse(body).allows("Yeti", "/") or path or own
