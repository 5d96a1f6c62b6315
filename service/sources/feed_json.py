"""JSON Feed 1.0 and 1.1 (jsonfeed.org) as posts may be made of it. Pure.

Values of the wrong type count as missing, as the specification asks of readers. Refuses to invent ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from feeds.model import Author, Enclosure, Image
from feeds.text import single_line, xml_legal
from feeds.tokens import language_tag, media_type
from service.sources.feed_document import FeedDocument, FeedEntry, NotAFeed
from service.sources.json_values import Node, written
from service.sources.remote_fields import resolved

JSON_FEED: Final = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")


def json_feed(said: Node, url: str) -> FeedDocument:
    """What the value of a JSON document says. Raises NotAFeed where it is none."""
    if not _text(said["version"]).startswith(JSON_FEED) or not isinstance(said["items"].value, list):
        raise NotAFeed("is JSON, but no JSON Feed")
    language = language_tag(_text(said["language"]))
    authors = tuple(_authors(said, url))
    return FeedDocument(
        url=url,
        title=single_line(_text(said["title"])),
        description=single_line(_text(said["description"])),
        home=resolved(said["home_page_url"].value, url) or "",
        language=language,
        icon=resolved(said["favicon"].value, url),
        logo=resolved(said["icon"].value, url),
        authors=authors,
        entries=tuple(_entry(item, url, language, authors) for item in said["items"]),
        following=resolved(said["next_url"].value, url) or "",
    )


def _entry(item: Node, base: str, language: str | None, of_all: tuple[Author, ...]) -> FeedEntry:
    link = resolved(item["url"].value, base) or resolved(item["external_url"].value, base) or ""
    html, attachments = _text(item["content_html"]), tuple(_attachments(item, base))
    picture = resolved(item["image"].value, base) or resolved(item["banner_image"].value, base)
    tags = tuple(dict.fromkeys(single_line(text) for tag in item["tags"] if (text := _text(tag))))
    return FeedEntry(
        id=single_line(_text(item["id"])) or link,
        url=link or next((one.url for one in attachments), ""),
        title=single_line(_text(item["title"])),
        published=_moment(item["date_published"]),
        updated=_moment(item["date_modified"]),
        content=html or _text(item["content_text"]),
        html=bool(html),
        summary=single_line(_text(item["summary"])),
        authors=tuple(_authors(item, base)) or of_all,
        tags=tags,
        language=language_tag(_text(item["language"])) or language,
        images=(Image(picture),) if picture else (),
        enclosures=attachments,
    )


def _authors(said: Node, base: str) -> Iterator[Author]:
    for one in said["authors"] if said["authors"].value else (said["author"],):
        url = resolved(one["url"].value, base)
        if name := single_line(_text(one["name"])) or url:
            yield Author(name, url=url, avatar=resolved(one["avatar"].value, base))


def _attachments(item: Node, base: str) -> Iterator[Enclosure]:
    for one in item["attachments"]:
        if url := resolved(one["url"].value, base):
            kind = media_type(_text(one["mime_type"])) or "application/octet-stream"
            size, seconds = one["size_in_bytes"].size(), one["duration_in_seconds"].value
            duration = int(seconds) if isinstance(seconds, int | float) and 0 < seconds < _LONGEST else None
            yield Enclosure(url, kind, size, single_line(_text(one["title"])), duration)


_LONGEST: Final = 10**9


def _moment(said: Node) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(said).strip())
        found = (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
        return found if found.year > 1 else None  # Go's zero time
    except (ValueError, OverflowError):
        return None


def _text(said: Node) -> str:
    """Text, or a number as text (JSON Feed 1.1 on ids); "" for whatever is none."""
    value = said.value
    if isinstance(value, str):
        return xml_legal(value)
    return written(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
