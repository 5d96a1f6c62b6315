"""H-20: whatever mixture of posts and pages there is and whatever the clock does, documents show what may be seen.

What may be seen is :mod:`service.visibility`'s word on the fields alone; the documents come through the index, the
publisher and the application. On the way each document's bytes and dates are followed: what the application serves is
what the publisher would say now, and another date goes with other bytes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from service.build import targets
from service.paths import Target, path_of
from service.publisher import Publisher
from service.sources.source import Change, Drop, Fields, Put
from tests.index.builders import NOW, apply, authors, put
from tests.publishing.published import SECOND, app_of, publisher_of

HOURS = st.integers(-60, 60)


@st.composite
def mixed(draw: st.DrawFn, name: str) -> Put:
    """A post or page of any kind, told apart from all others by its title, its URL and its tag."""
    collection = draw(st.sampled_from(("posts", "posts", "posts", "pages", "recipes")))
    fields: dict[str, Any] = {
        "title": f"title-of-{name}",
        "text": f"body-of-{name}",
        "tags": (f"tag-of-{name}",),
        "categories": ("news",),
        "authors": authors("Kim"),
        "visibility": draw(st.sampled_from(("public", "public", "public", "unlisted", "hidden"))),
        "collection": collection,
        "future": draw(st.sampled_from((False, False, True))),
        "expires": draw(st.none() | HOURS.map(later)),
        "noindex": draw(st.booleans()),
        "aliases": (f"https://example.org/old-{name}/",),
        "translation": draw(st.sampled_from(("", "shared"))),
        "language": draw(st.sampled_from((None, "ko"))),
    }
    fields["listed"] = not fields["noindex"] and draw(st.sampled_from((True, True, False)))
    if collection == "pages":
        fields["visibility"] = draw(st.sampled_from(("unlisted", "hidden")))
    return put(f"{name}-slug", draw(HOURS.map(later)), **fields)


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


steps = st.lists(
    st.tuples(HOURS, st.sampled_from("abcd").flatmap(lambda name: mixed(name) | st.just(Drop(f"{name}-slug.md")))),
    min_size=1,
    max_size=3,
)


def may_be_seen(fields: Fields, now: datetime) -> bool:
    """What the rule says, in words of its own: a public post, or a page or document beside the posts, in its time."""
    if fields.visibility == "hidden" or (fields.visibility == "unlisted" and fields.collection == "posts"):
        return False
    too_early = fields.published is not None and not fields.future and now < fields.published
    too_late = fields.expires is not None and now >= fields.expires
    return not too_early and not too_late


class Watched:
    """One site under a moving clock, and what each of its documents said last."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.client = app_of(publisher).test_client()
        self.fields: dict[str, Fields] = {}
        self.ever_seen: set[str] = set()
        self.latest = NOW - timedelta(days=9)
        self.said: dict[Target, tuple[bytes, datetime]] = {}

    def take(self, change: Change, now: datetime) -> None:
        apply(self.publisher.index, change, now=now)
        self.fields.pop(change.locator, None)
        if isinstance(change, Put):
            self.fields[change.locator] = change.fields
        self.look(now)

    def look(self, now: datetime) -> None:
        found = {target: self.publisher.document(target) for target in targets(self.publisher)}
        bodies = {target: document.body for target, document in found.items() if document is not None}
        assert bodies.keys() == found.keys()
        for target, document in found.items():
            assert document is not None
            self.follow(target, document.body, document.changed_at, now > self.latest)
        self.latest = max(self.latest, now)
        seen = {name for name, fields in self.fields.items() if may_be_seen(fields, now)}
        self.ever_seen |= seen
        everywhere = b"".join(bodies.values()) + b"".join(path_of(target).encode() for target in bodies)
        in_sitemaps = b"".join(body for target, body in bodies.items() if target.document.startswith("sitemap"))
        for name in (f"{letter}-slug.md" for letter in "abcd"):
            fields = self.fields.get(name)
            assert (f"title-of-{name[0]}".encode() in everywhere) <= (name in seen)
            assert (f"/{name[0]}-slug.html".encode() in everywhere) <= (name in seen)
            assert (f"body-of-{name[0]}".encode() in everywhere) <= (name in seen)
            assert (f"tag-of-{name[0]}".encode() in everywhere) <= (name in self.ever_seen), "a channel stays"
            may_be_listed = name in seen and fields is not None and fields.listed and not fields.noindex
            assert (f"/{name[0]}-slug.html".encode() in in_sitemaps) == may_be_listed
            self.ask(name, fields if name in seen else None)

    def ask(self, name: str, seen: Fields | None) -> None:
        """What is asked for by URL answers for what may be seen, and for nothing else."""
        url = f"https://example.org/{name.removesuffix('.md')}.html"
        old = f"https://example.org/old-{name[0]}/"
        absent = {404, 410} if name in self.ever_seen else {404}  # what was never out is not even said to be gone
        found = {200} if seen else absent
        assert self.client.get("/meta", query_string={"url": url}).status_code in found
        assert self.client.get("/meta", query_string={"url": old}).status_code in found
        assert self.client.get(f"/meta/{name.removesuffix('.md')}.html.json").status_code in found
        assert self.client.get(f"/meta/old-{name[0]}.html").status_code in ({301} if seen else absent)
        embeddable = seen is not None and seen.collection != "pages"
        assert self.client.get("/oembed", query_string={"url": url}).status_code in ({200} if embeddable else absent)

    def follow(self, target: Target, body: bytes, changed_at: datetime, forward: bool) -> None:
        """The application serves what the publisher says; dates never go back, and move where bytes do.

        A date made of two (a site's sitemap: its posts' and its pages') may stand still while the clock does.
        """
        answer = self.client.get(path_of(target))
        assert (answer.status_code, answer.data == body) == (200, True), path_of(target)
        before = self.said.get(target)
        if before is not None:
            assert changed_at >= before[1], f"the date of {path_of(target)} went back"
            assert changed_at > before[1] or body == before[0] or not forward, (
                f"the date of {path_of(target)} stands still"
            )
        self.said[target] = body, changed_at


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))  # shrinking would take minutes
@given(st.tuples(*map(mixed, "abcd")), steps)
def test_H20_no_document_shows_what_may_not_be_seen_whatever_the_clock_does(
    posts: tuple[Put, ...], moves: list[tuple[int, Change]]
) -> None:
    with publisher_of(*posts) as publisher:
        watched = Watched(publisher)
        watched.fields = {post.locator: post.fields for post in posts}
        watched.look(NOW)
        for hours, change in moves:
            publisher.index.advance(later(hours))
            watched.look(later(hours))
            watched.take(change, later(hours) + SECOND)
