"""What every post from an API gets alike: bounded texts and terms, a look at its body, addresses that may be followed.

An adapter says what an item means; here that becomes :class:`service.sources.source.Fields` within the limits. Refuses
to judge who may see a post.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import urljoin, urlsplit

from feeds.model import Author
from feeds.text import excerpt, plain, single_line, xml_legal
from feeds.uri import ascii_url, is_web_url
from service.content import guards
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.adapter import Understood
from service.sources.counters import uncounted
from service.sources.json_values import Node
from service.sources.source import Context, Fields, SiteFacts
from service.upstream.answer import UpstreamFailed
from service.upstream.leading import elsewhere, origin

_LONGEST: Final = 8192
"""Characters of an id or a URL."""
_PLAIN: Final = re.compile(r"[\w.~:/?#@!$&'()*+,;=%-]{1,200}")


def finished(
    fields: Fields, body: str, path: str, limits: LimitSettings, problems: Iterable[Problem] = ()
) -> Understood:
    """A post within the limits: its title and summary cut, its terms bounded (C-23), its body judged at the door.

    ``path`` is its locator, for problems. Raises Rejected for an id or address of absurd length: each document has it.
    """
    notes = list(problems)
    for what, text in (("id", fields.id), ("URL", fields.url)):
        if len(text) > _LONGEST:
            message = f"its {what} has {len(text)} characters, more than {_LONGEST}: {text[:40]!r}"
            raise Rejected(Problem(path, 0, 0, "error", "item-invalid", message, "look at the API's answer"))
    body = xml_legal(body.replace("\r\n", "\n").replace("\r", "\n"))
    body = uncounted(body) if fields.markup == "html" else body
    if len(body) > limits.file_bytes:
        message = f"the body has {len(body)} characters, more than {limits.file_bytes}; only an excerpt is published"
        notes.append(Problem(path, 0, 0, "error", "file-too-large", message, "raise limits.file_bytes"))
        start = body[: limits.file_bytes]
        start = plain(start) if fields.markup == "html" else start
        body, fields = "", replace(fields, summary=fields.summary or excerpt(start, limits.summary_length))
    treatment, faults = guards.inspect(body, fields.markup, path=path, first_line=1, limits=limits, with_liquid=False)
    title = single_line(fields.title)
    if not title:
        notes.append(Problem(path, 0, 0, "warning", "title-missing", "has no title", "give it one"))
    summary = single_line(fields.summary) if fields.summary else ""
    fields = replace(
        fields,
        title=excerpt(title, limits.title_length) or "Untitled",
        summary=excerpt(summary, limits.summary_length) or None,
        authors=_people(fields.authors, path, limits, notes),
        categories=_bounded(fields.categories, "categories", path, limits, notes),
        tags=_bounded(fields.tags, "tags", path, limits, notes),
        treatment=treatment,
    )
    return Understood(fields, body, (*notes, *faults))


def _people(authors: Iterable[Author], path: str, limits: LimitSettings, notes: list[Problem]) -> tuple[Author, ...]:
    found: dict[str, Author] = {}
    for author in authors:
        name = excerpt(single_line(author.name), limits.label_length)
        found.setdefault(name, replace(author, name=name))
    return tuple(found[name] for name in _bounded(found, "authors", path, limits, notes))


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


def resolved(text: object, base: str) -> str | None:
    """A reference as an absolute http(s) URL in ASCII; None for anything else."""
    if not isinstance(text, str) or not text.strip():
        return None
    if is_web_url(text.strip()):
        return ascii_url(text.strip()) or None  # joining would drop an empty query
    try:
        joined = urljoin(base, text.strip())
    except ValueError:
        return None
    return (ascii_url(joined) or None) if is_web_url(joined) else None


def locator_of(id_: str) -> str:
    """An id as the locator of its post: as it is where it reads well, else its beginning and a digest of all of it."""
    if not id_ or _PLAIN.fullmatch(id_):
        return id_
    return f"{single_line(id_)[:60]} {hashlib.sha256(id_.encode('utf-8', 'replace')).hexdigest()[:16]}"


def followed(url: str, asked: str, settings: SourceSettings) -> str:
    """A URL that an answer from ``asked`` names, if the source may go there: held as redirects are.

    Raises UpstreamFailed for another host or port that ``redirect_hosts`` does not list.
    """
    if why := elsewhere(origin(url), origin(asked), settings):
        raise UpstreamFailed(f"{asked}: leads to {why}", "redirect")
    return url


def when(node: Node, zone: tzinfo, limits: LimitSettings) -> datetime | None:
    """A date that only helps to ask; None for one that cannot be read."""
    try:
        return node.moment(zone, limits)
    except Rejected:
        return None
