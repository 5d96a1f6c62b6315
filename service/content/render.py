"""A raw body becomes what feeds carry: Liquid, then Markdown, HTML or text, then the sanitiser. Total: never raises.

Whatever a body does, the answer is valid HTML of bounded size; where rendering fails, or may not be tried, that is the
escaped beginning of the body, with a problem that says why. Refuses to read files, clocks or the index.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from feeds.frozen import frozen
from feeds.text import excerpt, plain, xml_legal
from service.content import goldmark, guards, liquid_names, markdown, sanitize
from service.content.excerpts import escaped_excerpt, excerpt_of_raw, jekyll_excerpt
from service.settings import LimitSettings
from service.sources.source import Context, Fields, Links, Markup

_PARAGRAPH = re.compile(r"\n\s*\n")


@frozen(frozen=True, slots=True)
class Rendering:
    """A post's body and summary in their last form, and codes and messages of what went wrong on the way."""

    html: str
    """Sanitised, URLs absolute; "" for an empty body."""
    summary: str
    """Plain text on one line."""
    problems: tuple[tuple[str, str], ...] = ()


class _Unrenderable(Exception):
    """A body that must not go through the parsers: code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = (code, message)


def render(
    fields: Fields,
    body: str,
    page: Mapping[str, Any],
    context: Context,
    links: Links,
    limits: LimitSettings,
    excerpt_length: int,
) -> Rendering:
    """The body and summary of a post. ``page`` is what Liquid sees as ``page``; ``page["path"]`` is the file's place.

    ``excerpt_length`` is in characters. Raises nothing: a body that cannot be rendered becomes its escaped excerpt.
    """
    problems: dict[tuple[str, str], None] = {}
    try:
        if fields.treatment == "escape":
            return escaped(fields, body, excerpt_length)
        body = xml_legal(body)
        sizes = {image.url: (image.width, image.height) for image in fields.pictures if image.width and image.height}
        base = sanitize.Base(fields.url, context.url, str(page.get("path") or ""), links, sizes)
        source = body
        if fields.liquid:
            written, notes = _liquid(body, page, context, links)
            source = xml_legal(written)
            problems.update(dict.fromkeys(notes))
        markup = _bounded(_to_html(source, fields.markup, limits.table_cells), limits)
        content = sanitize.clean(markup, base).strip()
        if len(content.encode()) > limits.html_bytes:
            raise _too_large(limits)
        for path in base.unresolved:
            problems[("link-unresolved", f"{path!r} is no post or page of this source")] = None
        if fields.summary is not None:
            summary = fields.summary
        else:
            source, ended = jekyll_excerpt(body, fields.excerpt_separator)
            text = _excerpt_text(source, fields, page, context, links) if ended else _beginning(markup, excerpt_length)
            summary = excerpt(text, excerpt_length)
        return Rendering(content, summary, tuple(problems))
    except _Unrenderable as error:
        problems[error.problem] = None
    except Exception as error:  # rule 5: one bad post is a line in the report, never an outage
        problems[("render-failed", f"{type(error).__name__}: only an excerpt is published")] = None
    return escaped(fields, body, excerpt_length, tuple(problems))


def escaped(fields: Fields, body: str, excerpt_length: int, problems: tuple[tuple[str, str], ...] = ()) -> Rendering:
    """The rendering of a body that may not or could not be rendered: its escaped beginning. Raises nothing."""
    summary = excerpt_of_raw(body, excerpt_length) if fields.summary is None else fields.summary
    return Rendering(escaped_excerpt(body), summary, problems)


def to_html(source: str, markup: Markup, table_cells: int = markdown.TABLE_CELLS) -> str:
    """HTML of a source whose Liquid is rendered; not sanitised. Raises nothing."""
    return _to_html(xml_legal(source), markup, table_cells)


def _to_html(source: str, markup: Markup, table_cells: int) -> str:
    if markup == "markdown":
        return markdown.to_html(source, table_cells)
    if markup.startswith("goldmark"):
        return goldmark.to_html(
            source, table_cells, raw="+raw" in markup, breaks="+breaks" in markup, emoji="+emoji" in markup
        )
    if markup == "html":
        return source
    paragraphs = (html.escape(part.strip(), quote=False) for part in _PARAGRAPH.split(source))
    return "\n".join(f"<p>{part}</p>".replace("\n", "<br>\n") for part in paragraphs if part)


def jekyll_excerpt_text(
    fields: Fields, body: str, page: Mapping[str, Any], context: Context, links: Links
) -> tuple[str, bool]:
    """Jekyll's excerpt of a body as plain text, uncut, smart punctuation applied; and whether a separator ended it."""
    source, ended = jekyll_excerpt(body, fields.excerpt_separator)
    return _excerpt_text(source, fields, page, context, links), ended


def _excerpt_text(source: str, fields: Fields, page: Mapping[str, Any], context: Context, links: Links) -> str:
    if fields.liquid:
        source, _ = _liquid(source, page, context, links)
    return plain(to_html(source, fields.markup))


def _liquid(
    source: str, page: Mapping[str, Any], context: Context, links: Links
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """:func:`service.content.liquid.render`. Few sites have a body that does more than name values, and python-liquid
    and what it imports take a twentieth of a second: who serves has it ready all the same (``service.app``)."""
    text = liquid_names.rendered(source, page, context)
    if text is not None:
        return text, ()
    from service.content import liquid

    return liquid.render(source, page, context, links)


def _beginning(markup: str, length: int) -> str:
    """Enough of the text of ``markup`` to cut an excerpt from: the whole would cost more than all the rest."""
    text = plain(markup[: 3 * length + 256])
    return text if len(text) > length + 64 else plain(markup)


def _bounded(markup: str, limits: LimitSettings) -> str:
    """``markup`` if the sanitiser can take it in good time; what Liquid and Markdown made of a body passed no guard."""
    if len(markup) > limits.html_bytes:
        raise _too_large(limits)
    fault = guards.html_fault(markup, limits)
    if fault:
        raise _Unrenderable(*fault)
    return markup


def _too_large(limits: LimitSettings) -> _Unrenderable:
    return _Unrenderable("html-too-large", f"the rendered body is larger than {limits.html_bytes:,} bytes")
