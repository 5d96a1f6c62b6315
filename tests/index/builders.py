"""Posts, scans and sources for tests of the index and the worker, in few words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from feeds.model import Author
from service.errors import Problem
from service.index import Applied, Index
from service.index.records import KINDS
from service.sources.source import Change, Context, Drop, Fields, Put, Reject, SiteFacts

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SITE = "https://example.org"
FACTS = SiteFacts(url=SITE, title="The Example")
CONTEXT = Context(url=SITE, language="en")


def at(days: float, seconds: float = 0) -> datetime:
    """That many days before (or, negative, after) NOW, and seconds later."""
    return NOW - timedelta(days=days) + timedelta(seconds=seconds)


def put(name: str, published: datetime | None = NOW, *, text: str = "", mark: str = "", **fields: Any) -> Put:
    """The post in ``<name>.md``: id and URL follow the name, the fingerprint everything."""
    values: dict[str, Any] = {
        "id": f"{SITE}/{name}",
        "url": f"{SITE}/{name}.html",
        "title": name.title(),
        "markup": "markdown",
        **fields,
    }
    made = Fields(published=published, **values)
    body = text or f"The body of {name}."
    return Put(f"{name}.md", f"{hash((made, body))}{mark}", made, body)


def authors(*names: str) -> tuple[Author, ...]:
    return tuple(map(Author, names))


def reject(name: str, message: str = "cannot be read") -> Reject:
    problem = Problem(f"{name}.md", 3, 1, "error", "yaml-syntax", message)
    return Reject(f"{name}.md", f"broken {message}", (problem,))


def drop(name: str) -> Drop:
    return Drop(f"{name}.md")


def apply(
    index: Index,
    *changes: Change,
    now: datetime = NOW,
    source: str = "posts",
    context: Context = CONTEXT,
    facts: SiteFacts = FACTS,
) -> Applied:
    return index.apply(source, changes, now, context=context, facts=facts)


def titles(index: Index, kind: Any = "site", slug: str = "", limit: int = 100) -> list[str]:
    """The titles in a channel's window, in its order."""
    row = index.channel(kind, slug)
    assert row is not None, f"there is no channel {kind} {slug!r}"
    return [row.fields.title for row in index.posts([ref.number for ref in index.window(row.number, limit)])]


def codes(index: Index) -> list[str]:
    return [problem.code for problem in index.problems()]


def contents(index: Index) -> dict[str, Any]:
    """Everything a reader can see, revisions and row numbers apart: to compare two indexes."""
    seen: dict[str, Any] = {"problems": index.problems(), "facts": index.facts()}
    for row in index.channels():
        refs = index.window(row.number, 1000)
        seen[f"{row.kind}/{row.slug}"] = (
            row.key,
            row.label,
            row.posts,
            row.newest,
            [(ref.digest, ref.published) for ref in refs],
            [(post.locator, post.fields) for post in index.posts([ref.number for ref in refs])],
        )
    return seen


@dataclass
class FakeSource:
    """A source whose files are a dictionary. ``error`` is raised by the next opens, ``error_midway`` by scans."""

    name: str = "posts"
    files: dict[str, Put | Reject] = field(default_factory=dict)
    facts: SiteFacts = FACTS
    context: Context = CONTEXT
    error: Exception | None = None
    error_midway: Exception | None = None
    paths: tuple[str, ...] = ()
    scans: int = 0

    def hold(self, changes: Iterable[Put | Reject]) -> None:
        """These files, and no others."""
        self.files = {change.locator: change for change in changes}

    def open(self) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        if self.error is not None:
            raise self.error
        return self.facts, self.context, ()

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        self.scans += 1
        for locator in known:
            if locator not in self.files:
                yield Drop(locator)
        for locator, change in self.files.items():
            if known.get(locator) != change.fingerprint:
                yield change
        if self.error_midway is not None:
            raise self.error_midway

    def watch_paths(self) -> tuple[str, ...]:
        return self.paths


def channels_since(index: Index, revision: int) -> list[tuple[str, str]]:
    """Kind and slug of the channels that changed; shards and topics have tests of their own."""
    return [subject for subject in index.changed_since(revision) if subject[0] in KINDS]
