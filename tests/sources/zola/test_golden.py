"""Our loader against the real Zola, field by field, over the sites beside this file.

The records are committed, so that this runs where Zola is absent; where it is present they are made anew and compared.
Where we differ on purpose, the table says how and why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import pytest

from feeds.text import plain
from feeds.uri import ascii_url
from service.content.render import Rendering, render
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import zola_letters
from service.sources.directory import DirectorySource
from service.sources.page import page_values
from service.sources.source import Change, Context, Put, Reject, SiteFacts
from tests.sources.jekyll import archive
from tests.sources.support import png
from tests.sources.zola import letters, record

LIMITS = LimitSettings()


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((record.GOLDEN / f"{name}.json").read_text("utf-8"))
    return found


BUILT = [name for name in record.names() if "pages" in golden(name)]
ABORTED = [name for name in record.names() if name.startswith("harm-")]

SECONDS = "dates have seconds here"
SIGNED = "an author is one wherever the page names them"
PLAIN = "quotation marks, definition lists and tasks are set as in all Markdown here; a note stands behind the text"
LINKED = "a feed has no scripts and no frames: a link leads to what is shown; Zola 0.22 loses what stands beside code"
CUT = "Zola says that a paragraph goes on"
NOTED = "a note stands behind the text, as in Jekyll's excerpts"
TEXT = (
    "Heading A “quoted” text – with dashes… :smile: struck and https://bare.example/. a b 1 2 ☑ done ☐ open Text1 raw. "
)
REST = "[!NOTE] Noted. fn main() {} Term Definition A note. ↩"
SHOWN = (
    "Before. www.youtube.com vimeo.com streamable.com https://gist.github.com/Keats/e5fb6aad409f28721c0ba14161644c57 "
    "A quote. — Vincent {{ youtube(id=“w7Ft2ymGmfc”) }} and {% quote(author=“x”) %}kept{% end %} "
    '<iframe src="https://www.youtube.com/embed/code"></iframe> inline. After.'
)

ON_PURPOSE: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "basics/content/blog/fraction.md": {"published": (datetime(2024, 5, 1, 10, tzinfo=UTC), SECONDS)},
    "basics/content/blog/terms.md": {"authors": (["Bea", "Cleo"], SIGNED)},
    "markdown/content/all.md": {"content": (TEXT + REST, PLAIN)},
    "markdown-smart/content/all.md": {"content": (TEXT + REST, PLAIN)},
    "shortcodes/content/a.md": {"content": (SHOWN, LINKED)},
    "summaries/content/footnote.md": {
        "content": ("Short1. A note. ↩", PLAIN),
        "summary": ("Short1. A note. ↩", NOTED),
    },
    "summaries/content/inline.md": {"summary": ("In short", CUT)},
}


def load(name: str, root: Path) -> tuple[SiteFacts, Context, dict[str, Change]]:
    archive.unpack(name, root, record.SITES)
    for path in root.rglob("*.png"):  # Zola never looks; we pass over a picture that is none
        path.write_bytes(png(10, 20))
    source = DirectorySource(SourceSettings(path=root), SiteSettings(), LIMITS)
    facts, context, _ = source.open()
    return facts, context, {change.locator: change for change in source.scan({})}


def moment(text: str | None) -> datetime | None:
    """A date as Zola's feeds have it: what names no zone is UTC."""
    found = datetime.fromisoformat(text) if text else None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def words(markup: str) -> str:
    return " ".join(plain(markup).split())


def theirs(page: Mapping[str, Any]) -> dict[str, Any]:
    """What Zola made of a page, in the shape of :func:`ours`."""
    terms = page["taxonomies"]
    return (
        {
            "url": unquote(page["permalink"]),
            "published": moment(page["date"]),
            "categories": terms.get("categories", []),
            "tags": terms.get("tags", []),
            "content": words(page["content"]),
        }
        | {key: page[key] for key in ("title",) if page[key]}
        | ({"updated": moment(page["updated"])} if page["updated"] else {})
        | ({"summary": page["description"]} if page["description"] else {})
        | ({"summary": words(page["summary"])} if page["summary"] and not page["description"] else {})
        | ({"authors": page["authors"]} if page["authors"] else {})
    )


def made(put: Put, context: Context, links: Mapping[str, str]) -> Rendering:
    page, body = page_values(put.fields, put.text, LIMITS, path=put.locator, context=context)
    return render(put.fields, body, page, context, links.get, LIMITS, 10_000)


def ours(put: Put, context: Context) -> dict[str, Any]:
    fields = put.fields
    assert fields.url.isascii()
    rendering = made(put, context, {})
    return {
        "url": unquote(fields.url),
        "published": fields.published,
        "updated": fields.updated,
        "title": fields.title,
        "categories": list(fields.categories),
        "tags": list(fields.tags),
        "authors": [author.name for author in fields.authors],
        "content": words(rendering.html),
        "summary": " ".join(rendering.summary.split()),
    }


@pytest.mark.parametrize("name", BUILT)
def test_each_page_means_what_it_means_to_zola(name: str, tmp_path: Path) -> None:
    _, context, changes = load(name, tmp_path)
    differences = []
    for path, page in golden(name)["pages"].items():
        place, put = f"{name}/{path}", changes.get(path)
        if not isinstance(put, Put):
            differences.append(f"{place}: {put}")
            continue
        found = ours(put, context)
        expected = theirs(page) | {key: value for key, (value, _) in ON_PURPOSE.get(place, {}).items()}
        differences += [
            f"{place} {key}: {value!r} is {found[key]!r}" for key, value in expected.items() if found[key] != value
        ]
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("name", BUILT)
def test_what_zola_writes_is_out_and_nothing_else(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    record_ = golden(name)
    out = {path for path, change in changes.items() if isinstance(change, Put) and change.fields.visibility != "hidden"}
    assert out == set(record_["pages"]) | {path for path in record_["sections"] if path in changes}


@pytest.mark.parametrize("name", BUILT)
def test_sections_are_pages_where_zola_has_them(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    for path, section in golden(name)["sections"].items():
        if path not in changes:  # one that Zola makes of its own accord
            continue
        put = changes[path]
        assert isinstance(put, Put)
        assert (unquote(put.fields.url), put.fields.collection) == (unquote(section["permalink"]), "pages"), path
        assert put.fields.title == section["title"] or not section["title"], path


@pytest.mark.parametrize("name", [name for name in BUILT if golden(name)["feeds"]])
def test_what_is_in_zolas_feeds_is_a_post_with_its_id_and_date(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    posts = {
        put.fields.id: put.fields
        for put in changes.values()
        if isinstance(put, Put) and put.fields.collection == "posts" and put.fields.visibility == "public"
    }
    feeds = {path: entries for path, entries in golden(name)["feeds"].items() if path.count("/") < 2}
    entries = {entry["id"]: entry for entries in feeds.values() for entry in entries}
    written = {page["permalink"]: f"{name}/{path}" for path, page in golden(name)["pages"].items()}
    for id_, entry in entries.items():
        if id_ not in written:
            continue  # Zola's feeds name pages that are not rendered: an address at which nothing is
        published = moment(entry["published"])
        assert published is not None
        assert posts[ascii_url(id_)].published == published.replace(microsecond=0), id_
    for id_, fields in posts.items():  # a language may have no feed of its own
        assert unquote(id_) in map(unquote, entries) or f"{fields.language}/atom.xml" not in feeds, id_


@pytest.mark.parametrize("name", BUILT)
def test_what_sitemaps_list_is_what_zolas_lists(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    record_ = golden(name)
    ours_ = {unquote(put.fields.url) for put in changes.values() if isinstance(put, Put) and put.fields.listed}
    known = record_["pages"] | record_["sections"]
    theirs_ = {page["permalink"] for path, page in known.items() if path in changes} & set(record_["sitemap"])
    assert ours_ == theirs_ - COPIES


COPIES = {"https://zola.example/sub/blog/terms/"}
"""A copy of a page elsewhere: ``canonical_url``."""


@pytest.mark.parametrize("name", BUILT)
def test_former_addresses_lead_where_zolas_redirects_lead(name: str, tmp_path: Path) -> None:
    facts, _, changes = load(name, tmp_path)
    found = {}
    for fields in (change.fields for change in changes.values() if isinstance(change, Put)):
        for alias in fields.aliases:
            path = unquote(alias).removeprefix(f"{facts.url}/")
            found[path if path.endswith(".html") else f"{path.rstrip('/')}/index.html"] = fields.url
    assert found == golden(name)["redirects"]


@pytest.mark.parametrize("name", BUILT)
def test_translations_find_each_other_as_in_zola(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    puts = {path: change for path, change in changes.items() if isinstance(change, Put)}
    for path, page in golden(name)["pages"].items():
        own = puts[path].fields
        others = [
            put.fields.url
            for other, put in puts.items()
            if other != path and own.translation and put.fields.translation == own.translation
        ]
        assert sorted(others) == sorted(page["translations"]), path
        assert (own.language or page["language"]) == page["language"], path


@pytest.mark.parametrize("name", ["links", "languages", "basics"])
def test_links_lead_where_zolas_lead(name: str, tmp_path: Path) -> None:
    _, context, changes = load(name, tmp_path)
    puts = {path: change for path, change in changes.items() if isinstance(change, Put)}
    known = {path: put.fields.url for path, put in puts.items() if put.fields.visibility != "hidden"}
    for path, page in golden(name)["pages"].items():
        rendering = made(puts[path], context, known)
        found = re.findall(r'(?:href|src)="([^"]*)"', rendering.html)
        written = re.findall(r'(?:href|src)="([^"]*)"', page["content"])
        broken = [link for link in written if link.startswith("@/")]
        assert found == [urljoin(page["permalink"], link) for link in written if link not in broken], path
        assert [message.split("'")[1] for _, message in rendering.problems] == broken, path


@pytest.mark.parametrize("name", ABORTED)
def test_what_makes_zola_abort_costs_one_post_and_no_more(name: str, tmp_path: Path) -> None:
    _, context, changes = load(name, tmp_path)
    good = changes.pop("content/good.md")
    assert isinstance(good, Put)
    (bad,) = changes.values()
    assert isinstance(bad, Put | Reject)
    said = [problem.code for problem in bad.problems]
    if isinstance(bad, Put):
        said += [code for code, _ in made(bad, context, {}).problems]
    assert said, name


def test_a_taxonomy_that_the_configuration_does_not_name_makes_zola_abort_and_is_read(tmp_path: Path) -> None:
    assert "unknown" in golden("unknown-taxonomy")["aborts"]
    _, _, changes = load("unknown-taxonomy", tmp_path)
    assert all(isinstance(change, Put) for change in changes.values())


def test_the_table_of_differences_names_pages_that_exist() -> None:
    assert {f"{name}/{path}" for name in BUILT for path in golden(name)["pages"]} >= ON_PURPOSE.keys()


@pytest.mark.skipif(bool(record.missing()), reason=record.missing() or "zola is here")
def test_the_records_are_what_zola_says_today(tmp_path: Path) -> None:
    record.main(tmp_path)
    for path in sorted(record.GOLDEN.glob("*.json")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    assert len(list(tmp_path.iterdir())) == len(record.names())


@pytest.mark.skipif(bool(record.missing()), reason=record.missing() or "zola is here")
def test_letters_of_other_scripts_are_what_zola_writes_today() -> None:
    assert letters.written() == zola_letters._TABLE.strip()
    some = letters.others()[::50]
    assert letters.recorded(*((code, code + 1) for code in some)) == {
        code: zola_letters._latin(chr(code)) for code in some
    }
    assert all(zola_letters.hangul(code) == said for code, said in letters.recorded(letters.HANGUL).items())
