"""Posts and their entries, each rendered when it is first needed and shared by every document that holds it.

Kept in memory under digests of everything they are made of, so nothing here is ever invalidated. Refuses to know
documents, and to render what may only be rendered under a deadline: it takes what the worker made of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from feeds.budget import fit
from feeds.formats import Format
from feeds.model import Post, Site, make_post
from service.content.render import Rendering, escaped, render
from service.heading import Heading
from service.index import ChannelRow, Index, Ref, Row
from service.memory import ByteLRU
from service.settings import Settings
from service.sources.page import page_values
from service.sources.source import Context

POST_OVERHEAD: Final = 2000
"""Bytes a Post costs beside its content and summary (measured with tracemalloc on the example newsroom, rounded up)."""

HEAD_ALLOWANCE: Final = 4096
"""Bytes a feed's head may take of its budget: a budget is a bound, not an aim."""


class Posts:
    """The posts of an index, as documents show them. Safe for threads."""

    def __init__(self, index: Index, settings: Settings) -> None:
        self.index = index
        self.settings = settings
        self.renders = 0
        """Bodies rendered since the process started."""
        self._cache: ByteLRU[bytes | Post] = ByteLRU(settings.cache.entry_bytes)

    # -- entries -------------------------------------------------------------------------------------------------

    def entries(self, row: ChannelRow, format_: Format, head: Heading) -> Sequence[bytes]:
        """A channel's window as entries, newest first: whole ones as far as the byte budget goes, then excerpts."""
        feed, said = self.settings.feed, head.said(row)
        refs = self.index.window(row.number, head.window(row))
        full_text = feed.full_text if said.full_text is None else said.full_text
        if not full_text:
            return self._in_format(refs, format_, head, full=False)
        whole = self._in_format(refs, format_, head, full=True)
        if HEAD_ALLOWANCE + sum(map(len, whole)) <= feed.byte_budget:
            return whole
        brief = self._in_format(refs, format_, head, full=False)
        kept = fit([*map(len, whole)], [*map(len, brief)], HEAD_ALLOWANCE, feed.byte_budget)
        return [w if keep else b for keep, w, b in zip(kept, whole, brief, strict=True)]

    def _in_format(self, refs: Sequence[Ref], format_: Format, head: Heading, *, full: bool) -> list[bytes]:
        """Entries in one format, from the cache where they are known."""
        keys = [(format_.name, full, ref.digest, head.digest) for ref in refs]
        known = [self._cache.get(key) for key in keys]
        posts = iter(self.of([ref for ref, entry in zip(refs, known, strict=True) if entry is None], head))
        entries = []
        for key, entry in zip(keys, known, strict=True):
            if not isinstance(entry, bytes):
                entry = format_.entry(next(posts), head.site, full)
                self._cache.put(key, entry, len(entry))
            entries.append(entry)
        return entries

    # -- posts ---------------------------------------------------------------------------------------------------

    def of(self, refs: Sequence[Ref], head: Heading) -> list[Post]:
        """Posts, from the cache where they are known; the others are read and rendered in one go."""
        known = [self._cache.get((ref.digest, head.digest)) for ref in refs]
        missing = [ref.number for ref, post in zip(refs, known, strict=True) if post is None]
        rows = iter(self.index.posts(missing) if missing else ())
        texts = self.index.texts(missing) if missing else {}
        contexts: dict[str, Context] = {}
        posts = []
        for ref, post in zip(refs, known, strict=True):
            if not isinstance(post, Post):
                row = next(rows)
                context = contexts.get(row.source) or self.index.context(row.source)
                contexts[row.source] = context
                post = self.make(row, texts[row.number], head.site, context)
                self._cache.put((ref.digest, head.digest), post, len(post.content) + len(post.summary) + POST_OVERHEAD)
            posts.append(post)
        return posts

    def described(self, rows: Sequence[Row], head: Heading) -> list[Post]:
        """Posts as far as their metadata say them: without content where they name a summary and a picture of their
        own, because nothing is taken from the content then, and it need not be rendered."""
        found: list[Post | None] = []
        for row in rows:
            post = self._cache.get((row.digest, head.digest))
            found.append(post if isinstance(post, Post) else _bare(row, head.site))
        missing = [
            Ref(row.number, row.digest, row.published) for row, post in zip(rows, found, strict=True) if post is None
        ]
        rendered = iter(self.of(missing, head) if missing else ())
        return [post or next(rendered) for post in found]

    def named(self, refs: Sequence[Ref], head: Heading) -> list[Post]:
        """Posts for who only links to them: without content and summary, so that no body is rendered."""
        known = [self._cache.get(("named", ref.digest, head.digest)) for ref in refs]
        rows = iter(self.index.posts([ref.number for ref, post in zip(refs, known, strict=True) if post is None]))
        posts = []
        for ref, post in zip(refs, known, strict=True):
            if not isinstance(post, Post):
                post = _made(next(rows), head.site, "", "")
                self._cache.put(("named", ref.digest, head.digest), post, POST_OVERHEAD)
            posts.append(post)
        return posts

    def make(self, row: Row, text: str, site: Site, context: Context) -> Post:
        """Render one post. Total: a body that cannot be rendered is published as its escaped excerpt."""
        rendering = self.rendering(row, text, context)
        return _made(row, site, rendering.summary, rendering.html)

    def rendering(self, row: Row, text: str, context: Context) -> Rendering:
        """A post's body by its treatment: rendered here, taken from what the worker rendered, or escaped."""
        fields, limits, length = row.fields, self.settings.limits, self.settings.feed.excerpt_length
        if fields.treatment == "deadline":
            kept = self.index.rendered(row.number, row.digest)
            if kept is not None:
                return Rendering(kept.html, kept.summary)
        page, body = page_values(fields, text, limits, path=row.locator, context=context)
        if fields.treatment != "lazy":
            return escaped(fields, body, length)
        self.renders += 1
        return render(fields, body, page, context, self.index.url_of, limits, length)


def _bare(row: Row, site: Site) -> Post | None:
    """A post without its content, where nobody who describes it looks at that: rendering takes the summary from the
    fields where they have one, and pictures of the content only stand in for those of the fields."""
    fields = row.fields
    if not fields.summary or not fields.images or fields.treatment == "deadline":  # the worker rendered its summary
        return None
    post = _made(row, site, fields.summary, "")
    return post if post.summary and post.images else None


def _made(row: Row, site: Site, summary: str, content: str) -> Post:
    fields = row.fields
    return make_post(
        id=fields.id,
        url=fields.url,
        title=fields.title,
        published=row.published,
        updated=fields.updated,
        summary=summary,
        content=content,
        authors=fields.authors or site.authors,
        categories=fields.categories,
        tags=fields.tags,
        language=fields.language,
        images=fields.images,
        enclosures=fields.enclosures,
        full_text=fields.full_text,
    )
