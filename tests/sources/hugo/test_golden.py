"""Our loader against the real Hugo, field by field, over the sites beside this file.

The records are committed, so that this runs where Hugo is absent; where it is present they are made anew and compared.
Where we differ on purpose, the table says how and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin
from zoneinfo import ZoneInfo

import pytest

from feeds.text import plain
from feeds.uri import ascii_url
from service.content.render import render
from service.sources.page import page_values
from service.sources.source import Context, Put, Reject
from tests.sources.hugo import record
from tests.sources.hugo.replay import ABORTED, BUILT, LIMITS, NOW, golden, load

ZERO = "0001-01-01T00:00:00Z"

LATER = "Hugo reads a time in a file's name since 0.144; the page is where today's Hugo puts it"
WORDS = "a date in words is read; 0.111 passes over it in silence"
MINUTES = "a time without seconds is read; 0.111 passes over it in silence"
NUMBERS = "numbers of lines are no part of what is said"
OWN_FILE = "a file of the bundle, as in later versions; the address that 0.111 gives leads nowhere"
TICKED = (
    "Heading A “quoted” text – with dashes… and https://auto.example/ link. a b 1 2 Term Definition "
    "☑ done ☐ open struck text1. Line one line two. A note. ↩"
)
FORMS = "a form's control says nothing in a feed: a sign stands for it"
LINKED = "a feed has no scripts and no frames: a link leads to what is shown"
DAY = datetime(2024, 5, 8, 10, 20, 30, tzinfo=UTC)
FIRST = datetime(2024, 5, 1, tzinfo=ZoneInfo("Asia/Seoul"))

ON_PURPOSE: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "build-options/content/posts/render-never.md": {
        "url": ("https://build.example/posts/render-never/", "it has no page; here it is hidden")
    },
    "dates-chain/content/posts/2024-05-08-10-20-30-with-time.md": {
        "url": ("https://chain.example/posts/with-time/", LATER),
        "published": (DAY, LATER),
        "updated": (DAY, LATER),
    },
    "dates-seoul/content/posts/early-publishdate.md": {
        "updated": (datetime(2024, 5, 5, tzinfo=ZoneInfo("Asia/Seoul")), "a change that is still to come is none")
    },
    "dates-seoul/content/posts/words.md": {"published": (FIRST, WORDS), "updated": (FIRST, WORDS)},
    "images/content/posts/both/index.md": {"images": (["https://images.example/sub/posts/both/named.png"], OWN_FILE)},
    "odd-build/content/posts/json-only.md": {"url": ("https://odd-build.example/posts/json-only/", "it has no page")},
    "odd-bundles/content/posts/d/index.md": {
        "images": (
            [
                "https://odd-bundles.example/posts/d/pic.png",
                "https://odd-bundles.example/abs.png",
                "https://elsewhere.example/x.png",
            ],
            OWN_FILE,
        )
    },
    "odd-shortcodes/content/posts/code.md": {"content": ('<b>x</b> & "y" 한글', NUMBERS)},
    "odd-shortcodes/content/posts/figures/index.md": {
        "content": ("Title Caption bold Someone Inline figure. item", "the words are parted")
    },
    "odd-text/content/posts/code.md": {
        "content": ('x := "{{< figure src="a" >}}" indented {{< x >}} {{< inline >}}', NUMBERS)
    },
    "odd-text/content/posts/emoji.md": {
        "content": ("I ❤️ it, “quoted” – and https://bare.example/ too.", "quotation marks are set in all Markdown here")
    },
    "odd-text/content/posts/footnotes.md": {
        "content": ("Text1. More2. Note a. ↩ Note b. ↩", "the arrow without its variation")
    },
    "odd-text/content/posts/raw.md": {"content": ("inside S body", "the words are parted")},
    "odd-text/content/posts/tables.md": {"content": ("a b `x y` ☐ open ☑ done Term One Two", FORMS)},
    "odd-dates/content/posts/local.md": {
        "published": (datetime(2024, 3, 10, 7, 30, tzinfo=UTC), "a time that no clock showed: Go takes the hour before")
    },
    "odd-formats/content/posts/numbers.md": {"tags": (["1", "2.0", "yes"], "as its author wrote it")},
    "odd-open/content/Posts/Slug.md": {"tags": (["x"], "a tag is one whether or not it has a page")},
    "odd-permalinks/content/post/notes/note.md": {
        "url": ("https://odd-permalinks.example/sub/2023/11/note/", MINUTES),
        "published": (datetime(2023, 11, 5, 8, 9, tzinfo=UTC), MINUTES),
        "updated": (datetime(2023, 11, 5, 8, 9, tzinfo=UTC), MINUTES),
    },
    "odd-taxonomies/content/blog/c.md": {"categories": (["below"], "params of front matter, as in later versions")},
    "markdown/content/posts/goldmark.md": {"content": (TICKED, FORMS)},
    "shortcodes/content/posts/figure.md": {"content": ("Before. A *title* A caption After.", "the words are parted")},
    "shortcodes/content/posts/gist.md": {"content": ("gist.github.com/spf13/7896402", LINKED)},
    "shortcodes/content/posts/video.md": {"content": ("www.youtube.com vimeo.com A film", LINKED)},
    "shortcodes/content/posts/highlight.md": {
        "content": (
            'func main() { fmt.Println("<b>") } <p>한글</p>',
            "Hugo leaves its own HTML out where a shortcode stands between percent signs",
        )
    },
    "taxonomies-off/content/posts/a.md": {"tags": (["x"], "a tag is one whether or not it has a page")},
    "visibility-open/content/posts/expired.md": {"expires": (None, "buildExpired: it never ends")},
}


def moment(text: str) -> datetime | None:
    return None if text == ZERO else datetime.fromisoformat(text)


def theirs(page: Mapping[str, Any]) -> dict[str, Any]:
    """What Hugo made of a page, in the shape of :func:`ours`."""
    published = moment(page["publishdate"]) or moment(page["date"])
    lastmod = moment(page["lastmod"])
    terms = page["terms"]
    return (
        {
            "url": unquote(page["permalink"]),
            "published": published,
            "updated": max(filter(None, (published, lastmod)), default=None),
            "expires": moment(page["expirydate"]),
            "categories": keys_of(_first(terms, "categories", "themen", "rubriken")),
            "tags": keys_of(_first(terms, "tags", "schlagworte", "schlagwort")),
            "images": page["images"],
            "content": " ".join(page["content"].split()),
            "aliased": bool(page["aliases"]),
        }
        | ({"title": page["title"]} if page["title"] else {})
        | ({"authors": terms["authors"]} if "authors" in terms else {})
    )


def _first(terms: Mapping[str, list[str]], *names: str) -> list[str]:
    return next((terms[name] for name in names if terms.get(name)), [])


def keys_of(labels: Iterable[str]) -> list[str]:
    """Terms by what tells them apart: Hugo and the index call a term as its first post does, whatever its case."""
    return list(dict.fromkeys(label.casefold() for label in labels))


def ours(put: Put, context: Context, site_image: str | None) -> dict[str, Any]:
    fields = put.fields
    assert fields.url.isascii()
    page, body = page_values(fields, put.text, LIMITS, path=put.locator, context=context)
    made = render(fields, body, page, context, lambda _: None, LIMITS, 10_000)
    return {
        "url": unquote(fields.url),
        "published": fields.published,
        "updated": max(filter(None, (fields.published, fields.updated)), default=None),
        "expires": fields.expires,
        "title": fields.title,
        "categories": keys_of(fields.categories),
        "tags": keys_of(fields.tags),
        "authors": [author.name for author in fields.authors],
        "images": [image.url for image in fields.images] or ([site_image] if site_image else []),
        "content": " ".join(plain(made.html).split()),
        "summary": " ".join(made.summary.split()),
        "aliased": bool(fields.aliases),
    }


@pytest.mark.parametrize("name", BUILT)
def test_each_page_means_what_it_means_to_hugo(name: str, tmp_path: Path) -> None:
    facts, context, changes = load(name, tmp_path)
    differences = []
    for path, page in golden(name)["pages"].items():
        place = f"{name}/{path}"
        put = changes.get(path)
        if not isinstance(put, Put):
            differences.append(f"{place}: {put}")
            continue
        found = ours(put, context, facts.image)
        expected = theirs(page) | {key: value for key, (value, _) in ON_PURPOSE.get(place, {}).items()}
        differences += [
            f"{place} {key}: {value!r} is {found[key]!r}" for key, value in expected.items() if found[key] != value
        ]
    assert not differences, "\n".join(differences)


DRAFT = "C-41: what is neither true nor false may be a draft: its page is live, feeds go without it"
QUIET = {"visibility/content/posts/draft-word.md": DRAFT}


def is_out(put: Put) -> bool:
    fields = put.fields
    begun = fields.future or fields.published is None or fields.published <= NOW
    return fields.visibility != "hidden" and begun and (fields.expires is None or fields.expires > NOW)


@pytest.mark.parametrize("name", BUILT)
def test_what_hugo_lists_is_out_and_nothing_else(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    record_ = golden(name)
    rendered = {path for path, page in record_["pages"].items() if page["permalink"]}
    puts = [change for change in changes.values() if isinstance(change, Put)]
    listed = {put.locator for put in puts if is_out(put) and put.fields.listed}
    assert listed | {path.partition("/")[2] for path in QUIET if path.startswith(f"{name}/")} == rendered - HIDDEN


HIDDEN = {"content/posts/render-link.md", "content/posts/json-only.md", "content/posts/build-key.md"}
"""``render: link`` gives a page an address and nothing there; a page without HTML is none; ``build`` is today's key."""


@pytest.mark.parametrize("name", BUILT)
def test_posts_are_the_pages_of_the_main_sections(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    found = golden(name)
    main = {site["language"]: site["mainsections"] for site in found["sites"]}
    for path, page in found["pages"].items():
        put = changes[path]
        assert isinstance(put, Put)
        is_post = main[page["language"]] is None or page["type"].lower() in main[page["language"]]
        assert put.fields.collection == ("posts" if is_post else "pages"), path


@pytest.mark.parametrize("name", BUILT)
def test_translations_find_each_other_as_in_hugo(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    puts = {path: change for path, change in changes.items() if isinstance(change, Put)}
    for path, page in golden(name)["pages"].items():
        own = puts[path].fields.translation
        others = [
            put.fields.url
            for other, put in puts.items()
            if other != path and put.fields.translation == own and is_out(put)
        ]
        assert sorted(others if own else []) == sorted(page["translations"]), path


@pytest.mark.parametrize("name", BUILT)
def test_former_addresses_lead_where_hugos_redirects_lead(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    found = golden(name)
    puts = [change for change in changes.values() if isinstance(change, Put)]
    ours = {alias: put.fields.url for put in puts for alias in put.fields.aliases}
    base = found["sites"][0]["url"].rstrip("/")
    homes = {site["home"] for site in found["sites"]}
    made = {
        f"{base}/{path.removesuffix('index.html')}": target
        for path, target in found["redirects"].items()
        if target not in homes
    }
    assert {unquote(alias): unquote(url) for alias, url in ours.items()} == {
        unquote(alias): unquote(url) for alias, url in made.items()
    }


def test_sitemaps_list_what_hugos_do(tmp_path: Path) -> None:
    for name in ("sitemaps", "build-options", "languages-suffix", "visibility"):
        _, _, changes = load(name, tmp_path / name)
        found = golden(name)
        theirs = {unquote(url): day for url, day in found["sitemap"].items()}
        puts = [change for change in changes.values() if isinstance(change, Put)]
        listed = {unquote(put.fields.url): put for put in puts if is_out(put) and put.fields.listed}
        quiet = {"https://visible.example/posts/draft-word/", "https://build.example/posts/render-link/"}
        assert listed.keys() == theirs.keys() - quiet
        for url, put in listed.items():
            last = put.fields.updated or put.fields.published
            assert (last.isoformat() if last else None) == (theirs[url] or "").replace("Z", "+00:00") or last is None


@pytest.mark.parametrize("name", ["summaries", "summaries-cjk"])
def test_the_authors_summary_is_hugos(name: str, tmp_path: Path) -> None:
    _, context, changes = load(name, tmp_path)
    for path, page in golden(name)["pages"].items():
        put = changes[path]
        assert isinstance(put, Put)
        made = " ".join(ours(put, context, None)["summary"].split())
        if put.fields.excerpt_separator or (put.fields.summary is not None and not page["description"]):
            assert made == " ".join(page["summary"].split()), path
        else:
            assert made.startswith(" ".join(page["summary"].split())), path


@pytest.mark.parametrize("name", BUILT)
def test_the_site_says_of_itself_what_hugo_knows(name: str, tmp_path: Path) -> None:
    facts, _, _ = load(name, tmp_path)
    site = golden(name)["sites"][0]
    assert facts.title == site["title"]
    assert (
        facts.url == site["url"].rstrip("/") or facts.url == site["home"].rstrip("/") or len(golden(name)["sites"]) > 1
    )
    assert (facts.language or "") in (site["code"] or site["language"], "")


@pytest.mark.parametrize("name", ["harm-yaml", "harm-url"])
def test_what_makes_hugo_abort_costs_one_post_and_no_more(name: str, tmp_path: Path) -> None:
    assert name in ABORTED
    _, _, changes = load(name, tmp_path)
    good, bad = changes["content/posts/good.md"], changes["content/posts/bad.md"]
    assert isinstance(good, Put)
    assert isinstance(bad, Reject)
    assert [problem.level for problem in bad.problems] == ["error"]
    assert bad.problems[0].line > 1
    assert bad.problems[0].hint


def test_C39_a_shortcode_of_the_sites_own_aborts_hugo_and_costs_its_call(tmp_path: Path) -> None:
    assert "shortcodes-unknown" in ABORTED  # without its template, as here
    _, _, changes = load("shortcodes-unknown", tmp_path)
    put = changes["content/posts/good.md"]
    assert isinstance(put, Put)
    (problem,) = [found for found in put.problems if found.code == "shortcode-unknown"]
    assert (problem.level, problem.line, problem.column) == ("warning", 4, 1)


def test_a_permalink_of_a_later_version_is_read(tmp_path: Path) -> None:
    assert "permalinks-newer" in ABORTED  # by 0.111
    _, _, changes = load("permalinks-newer", tmp_path)
    put = changes["content/posts/good.md"]
    assert isinstance(put, Put)
    assert put.fields.url == "https://newer.example/posts/good/"


@pytest.mark.parametrize(
    "name", ["refs", "shortcodes", "bundles", "odd-refs", "odd-languages", "odd-subdir", "odd-mounts"]
)
def test_links_lead_where_hugos_lead(name: str, tmp_path: Path) -> None:
    _, context, changes = load(name, tmp_path)
    puts = {path: change for path, change in changes.items() if isinstance(change, Put)}
    for path, page in golden(name)["pages"].items():
        if path.endswith(("gist.md", "video.md", "escaped.md")):
            continue
        put = puts[path]
        values, body = page_values(put.fields, put.text, LIMITS, path=put.locator, context=context)
        by_path = {locator: other.fields.url for locator, other in puts.items()}
        by_path |= {PurePosixPath(locator).stem: url for locator, url in by_path.items()}
        made = render(put.fields, body, values, context, by_path.get, LIMITS, 1000)
        assert not made.problems
        found = re.findall(r'(?:href|src)="([^"]*)"', made.html)
        written = [re.sub(r'^\w+="|"$', "", link) for link in page["links"] or ()]
        assert found == [ascii_url(urljoin(page["permalink"], link)) for link in written], path


def test_the_table_of_differences_names_pages_that_exist() -> None:
    pages = {f"{name}/{path}" for name in BUILT for path in golden(name)["pages"]}
    assert pages >= ON_PURPOSE.keys() | QUIET.keys()


@pytest.mark.skipif(bool(record.missing()), reason=record.missing() or "hugo is here")
def test_the_records_are_what_hugo_says_today(tmp_path: Path) -> None:
    record.main(tmp_path)
    for path in sorted(record.GOLDEN.glob("*.json")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    assert len(list(tmp_path.iterdir())) == len(record.names())
