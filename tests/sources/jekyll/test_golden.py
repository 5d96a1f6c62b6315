"""Our loader against the real Jekyll, field by field, over the sites beside this file.

The records are committed, so that this runs where Jekyll is absent; where it is present they are made anew and
compared. Where we differ on purpose, the table says how and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from feeds.text import single_line
from service.content.render import jekyll_excerpt_text
from service.sources.page import page_values
from service.sources.source import Context, Put, Reject, SiteFacts
from tests.sources.jekyll import archive, record
from tests.sources.jekyll.replay import ABORTED, BUILT, LIMITS, NOW, STAND_IN, golden, load

TEXT = "text before typing: the label and the title are what was written, not what YAML 1.1 sees in it"
DRAFT = "C-41: what is neither true nor false may be a draft"
UNDATED = "C-18: Jekyll takes the moment of the build, we that of the first sight"
SUMMARY = "a feed wants a summary: without an excerpt it is made from the body"
NOTE = {"date": (None, UNDATED)}

ON_PURPOSE: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "typed-terms/_posts/2024-06-01-norway.md": {
        "categories": (["no", "on", "Yes"], TEXT),
        "tags": (["no", "3.10", "012", "1:30", "0x1F", "1_000", "true", "2024-01-01"], TEXT),
    },
    "typed-terms/_posts/2024-06-01-title-number.md": {"title": ("3.10", TEXT)},
    "typed-terms/_posts/2024-06-01-title-no.md": {"title": ("no", TEXT)},
    "typed-terms/_posts/2024-06-01-title-int.md": {"title": ("0012", TEXT)},
    "visibility/_posts/2024-07-01-draft-string.md": {"visibility": ("unlisted", DRAFT)},
    "visibility/_posts/2024-07-01-draft-string-false.md": {"visibility": ("unlisted", DRAFT)},
    "excerpts/_posts/2024-08-01-excerpt-empty.md": {"excerpt": ("Body.", SUMMARY)},
    "excerpts/_posts/2024-08-01-separator-empty.md": {"excerpt": ("One. Two.", SUMMARY)},
    "excerpts/_posts/2024-08-01-windows.md": {"excerpt": ("One.", "C-04: carriage returns do not hide a separator")},
    "feed/_posts/2024-09-01-image-protocol-relative.md": {
        "image": ("https://cdn.example/y.png", "jekyll-feed makes a path of it that leads nowhere")
    },
    "feed/_posts/2024-09-01-list.md": {
        "author": ("Jane Kim", "jekyll-feed prints the list as Ruby would"),
        "email": ("jane@feed.example", "and so does not find the author's data"),
        "uri": ("https://jane.example/", "nor her page"),
    },
    "source-dir/src/_posts/2024-01-01-inside.md": {
        "image": ("https://source.example/blog/pic.png", "url: ends in a slash; only ids keep the doubled one")
    },
    **{f"sitemap/_notes/{name}.md": NOTE for name in ("off", "undated")},
    **{f"style-{style}/_notes/deep/A Note.md": NOTE for style in ("bare", "date", "none", "ordinal", "pretty")},
    **{f"style-{style}/_notes/deep/A Note.md": NOTE for style in ("slash", "suffix", "weekdate")},
}

HARM = "Jekyll publishes what it could not read: without its title, dated today"
QUARANTINED: Mapping[str, tuple[str, str]] = {
    "harm-yaml/_posts/2024-10-02-colon.md": ("yaml-syntax", HARM),
    "harm-yaml/_posts/2024-10-03-quote.md": ("yaml-syntax", HARM),
    "harm-yaml/_posts/2024-10-04-categories-map.md": ("value-invalid", HARM),
    "harm-yaml/_posts/2024-10-06-list.md": ("frontmatter-not-mapping", HARM),
    "dates-seoul/_posts/2024-04-20-yday.md": ("date-invalid", "a day of the year is more likely a slip"),
    "dates-new-york/_posts/2024-04-20-yday.md": ("date-invalid", "a day of the year is more likely a slip"),
    "dates-new-york/_posts/2024-04-20-spelled-zone.md": ("date-invalid", "C-22: Ruby drops a zone it does not know"),
}

MENDED: Mapping[str, str] = {
    "harm-yaml/_posts/2024-10-05-categories-number.md": "a number is a category like any other; Jekyll loses the date"
}


def theirs(post: Mapping[str, Any]) -> dict[str, Any]:
    """What Jekyll made of a post, in the shape of :func:`ours`."""
    found = {
        "url": unquote(post["url"]),
        "id": post["feed_id"],
        "date": datetime.fromisoformat(post["date"]),
        "title": single_line(post["title"]),
        "categories": labels(post["categories"]),
        "tags": labels(post["tags"]),
        "visibility": "unlisted" if post["draft"] or post["collection"] != "posts" else "public",
        "excerpt": " ".join(post["excerpt"].split()),
    }
    feed = post.get("feed")
    if feed:
        found |= {key: feed[key] or None for key in ("author", "email", "uri", "image", "language")}
        found |= {"updated": datetime.fromisoformat(feed["updated"]), "full_text": feed["full_text"]}
    return found


def ours(put: Put, facts: SiteFacts, context: Context) -> dict[str, Any]:
    fields = put.fields
    base = facts.url or STAND_IN
    assert fields.url.isascii()
    page, body = page_values(fields, put.text, LIMITS, path=put.locator, context=context)
    made, _ = jekyll_excerpt_text(fields, body, page, context, lambda _: None)
    author = fields.authors[0] if fields.authors else None
    return {
        "url": unquote(fields.url.removeprefix(base)),
        "id": fields.id if facts.url else urlsplit(fields.id).path,
        "date": fields.published,
        "title": fields.title,
        "categories": list(fields.categories),
        "tags": list(fields.tags),
        "visibility": fields.visibility,
        "excerpt": " ".join(made.split()),
        "summary": fields.summary,
        "author": author.name if author else None,
        "email": author.email if author else None,
        "uri": author.url if author else None,
        "image": fields.images[0].url if fields.images else None,
        "language": fields.language,
        "updated": fields.updated or fields.published,
        "full_text": fields.full_text,
    }


def labels(written: list[str]) -> list[str]:
    return list(dict.fromkeys(label for label in map(single_line, written) if label))


@pytest.mark.parametrize("name", BUILT)
def test_each_post_means_what_it_means_to_jekyll(name: str, tmp_path: Path) -> None:
    facts, context, changes = load(name, tmp_path)
    differences = []
    for path, post in golden(name)["posts"].items():
        place = f"{name}/{path}"
        if place in QUARANTINED or place in MENDED:
            continue
        put = changes[path]
        assert isinstance(put, Put), put
        found = ours(put, facts, context)
        expected = theirs(post) | {key: value for key, (value, _) in ON_PURPOSE.get(place, {}).items()}
        if found["summary"] == expected["excerpt"]:  # the author's own, which Jekyll takes for the excerpt
            found["excerpt"] = found["summary"]
        differences += [
            f"{path} {key}: {value!r} is {found[key]!r}" for key, value in expected.items() if found[key] != value
        ]
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("name", BUILT)
def test_what_jekyll_publishes_is_published_and_nothing_else(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    live = {
        f"{name}/{path}"
        for path, change in changes.items()
        if isinstance(change, Put)
        and change.fields.collection != "pages"
        and change.fields.visibility != "hidden"
        and (change.fields.future or change.fields.published is None or change.fields.published <= NOW)
    }
    assert live == {f"{name}/{path}" for path in golden(name)["posts"]} - QUARANTINED.keys()


@pytest.mark.parametrize("place", QUARANTINED)
def test_what_jekyll_would_publish_in_ruins_is_quarantined_with_a_place(place: str, tmp_path: Path) -> None:
    name, _, path = place.partition("/")
    _, _, changes = load(name, tmp_path)
    change = changes[path]
    assert isinstance(change, Reject)
    problem = change.problems[-1]
    assert (problem.level, problem.code, problem.path) == ("error", QUARANTINED[place][0], path)
    assert problem.line > 1
    assert problem.hint


@pytest.mark.parametrize("name", ABORTED)
def test_what_makes_jekyll_abort_costs_one_post_and_no_more(name: str, tmp_path: Path) -> None:
    _, _, changes = load(name, tmp_path)
    good = changes.pop("_posts/2024-10-01-good.md")
    assert isinstance(good, Put)
    ((path, bad),) = changes.items()
    assert isinstance(bad, Reject)
    assert [problem.level for problem in bad.problems] == ["error"]
    assert bad.problems[0].path == path
    assert bad.problems[0].hint


def test_a_number_of_categories_that_costs_jekyll_the_date_is_simply_a_category(tmp_path: Path) -> None:
    _, _, changes = load("harm-yaml", tmp_path)
    change = changes["_posts/2024-10-05-categories-number.md"]
    assert isinstance(change, Put)
    assert change.fields.categories == ("2024",)


def test_the_table_of_differences_names_posts_that_exist() -> None:
    posts = {f"{name}/{path}" for name in BUILT for path in golden(name)["posts"]}
    assert posts >= ON_PURPOSE.keys() | QUARANTINED.keys() | MENDED.keys()


@pytest.mark.skipif(bool(record.missing()), reason=record.missing() or "jekyll is here")
def test_the_records_are_what_jekyll_says_today(tmp_path: Path) -> None:
    record.main(tmp_path)
    for path in sorted(record.GOLDEN.glob("*.json")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    assert len(list(tmp_path.iterdir())) == len(archive.names())
