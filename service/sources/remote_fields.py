"""What every post from an API gets alike: bounded texts and terms, a look at its body, visibility that hides in doubt.

An adapter says what an item means; here that becomes :class:`service.sources.source.Fields` within the limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import urlsplit

from feeds.text import excerpt, single_line, xml_legal
from service.content import guards
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings
from service.sources.json_values import Node
from service.sources.remote import Post
from service.sources.source import Context, Fields, SiteFacts

_DRAFTS: Final = frozenset(
    ("draft", "pending", "private", "future", "trash", "auto-draft", "scheduled", "inherit", "hidden")
)


def is_out(status: str) -> bool:
    """Whether a status lets a post be seen: an unknown word does, the words for unfinished ones never do."""
    return status.strip().lower() not in _DRAFTS


def finished(fields: Fields, body: str, path: str, limits: LimitSettings, problems: Iterable[Problem] = ()) -> Post:
    """A post within the limits: its title and summary cut, its terms bounded (C-23), its body judged at the door.

    ``path`` is its locator, for problems.
    """
    notes = list(problems)
    body = xml_legal(body.replace("\r\n", "\n").replace("\r", "\n"))
    if len(body) > limits.file_bytes:
        message = f"the body has {len(body)} characters, more than {limits.file_bytes}; only an excerpt is published"
        notes.append(Problem(path, 0, 0, "error", "file-too-large", message, "raise limits.file_bytes"))
        body, fields = "", replace(fields, summary=fields.summary or excerpt(body, limits.summary_length))
    treatment, faults = guards.inspect(body, fields.markup, path=path, first_line=1, limits=limits, with_liquid=False)
    title = single_line(fields.title)
    if not title:
        notes.append(Problem(path, 0, 0, "warning", "title-missing", "has no title", "give it one"))
    summary = single_line(fields.summary) if fields.summary else ""
    fields = replace(
        fields,
        title=excerpt(title, limits.title_length) or "Untitled",
        summary=excerpt(summary, limits.summary_length) or None,
        categories=_bounded(fields.categories, "categories", path, limits, notes),
        tags=_bounded(fields.tags, "tags", path, limits, notes),
        treatment=treatment,
    )
    return Post(fields, body, (*notes, *faults))


def _bounded(
    labels: Iterable[str], what: str, path: str, limits: LimitSettings, notes: list[Problem]
) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(excerpt(line, limits.label_length) for label in labels if (line := single_line(label))))
    if len(found) > limits.terms_per_post:
        message = f"{len(found)} {what}; the first {limits.terms_per_post} are kept"
        notes.append(Problem(path, 0, 0, "warning", f"too-many-{what}", message))
    return found[: limits.terms_per_post]


def context_of(site: SiteSettings, facts: SiteFacts) -> Context:
    """How the bodies of a source's posts are read: settings over what the upstream says of itself."""
    url = site.url or facts.url
    return Context(
        url,
        urlsplit(url).path,
        site.timezone or facts.timezone or "UTC",
        site.language or facts.language,
        literal_code=True,
    )


def when(node: Node, zone: tzinfo, limits: LimitSettings) -> datetime | None:
    """A date that only helps to ask; None for one that cannot be read."""
    try:
        return node.moment(zone, limits)
    except Rejected:
        return None
