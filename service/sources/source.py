"""The seam between content and index: what a source is, and what its scan yields.

A source reads and understands; it never writes, renders or decides what is live now. Everything that crosses this
seam is frozen data, so a scan may run in another process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Final, Literal, Protocol, runtime_checkable

from pydantic import TypeAdapter

from feeds.frozen import frozen
from feeds.model import Author, ChannelKind, Enclosure, Image
from service.errors import Problem

Markup = Literal[
    "markdown",
    "html",
    "text",
    "goldmark",
    "goldmark+raw",
    "goldmark+breaks",
    "goldmark+raw+breaks",
    "goldmark+emoji",
    "goldmark+raw+emoji",
    "goldmark+breaks+emoji",
    "goldmark+raw+breaks+emoji",
]
"""goldmark: Markdown as Hugo reads it; ``raw``: HTML in it is shown; ``breaks``: a line end is one on the page;
``emoji``: ``:tada:`` is a picture."""

Visibility = Literal["public", "unlisted", "hidden"]
"""public: in feeds. unlisted: its page is live, feeds leave it out (jekyll-feed on ``draft: true`` in ``_posts``,
collections that are not syndicated, pages; ``listed`` says whether sitemaps do, too). hidden: nowhere
(``published: false``)."""

Treatment = Literal["lazy", "deadline", "escape"]
"""How a body may be rendered: ``lazy`` in any process when first needed; ``deadline`` only by the worker, in a process
of its own under a time limit (the guards found it suspicious); ``escape`` never: its escaped excerpt is published."""


@frozen(frozen=True, slots=True)
class Fields:
    """A post as a scan understands it: everything but its rendered body.

    URLs are absolute. Dates are aware. ``published`` is None where the content gives no date: the index then uses the
    time it first saw the post (C-18). ``summary`` is plain text where the author wrote an excerpt or description,
    None where it has to be derived from the body.
    """

    id: str
    url: str
    title: str
    published: datetime | None
    markup: Markup
    updated: datetime | None = None
    expires: datetime | None = None
    """From this second on the post is no longer published."""
    future: bool = False
    """True: a publication date in the future does not hide it (Jekyll's ``future: true``)."""
    visibility: Visibility = "public"
    language: str | None = None
    summary: str | None = None
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    pictures: tuple[Image, ...] = ()
    """What its body shows of the site's files, as the scan found them: URL, size and kind; 0 by 0 where there is no
    picture to be seen. Rendering reads no files."""
    enclosures: tuple[Enclosure, ...] = ()
    liquid: bool = False
    """The body contains Liquid that has to be rendered."""
    excerpt_separator: str = ""
    """Splits the raw body; what stands before it is the summary's source. Empty: the whole body."""
    treatment: Treatment = "lazy"
    full_text: bool = True
    noindex: bool = False
    """The author asks search engines to stay away from the page."""
    listed: bool = True
    """Its page belongs in sitemaps: it exists once the post is out, may be indexed, is no redirect and no copy of a
    page elsewhere, and its author did not say ``sitemap: false``."""
    canonical: str | None = None
    """The page of which this one is a copy, where the author says so."""
    translation: str = ""
    """What the versions of this post in other languages have in common (``ref``, ``translation_key``); "": nothing."""
    explicit_url: bool = False
    """The author wrote the URL; it wins over a derived one where two posts claim the same (C-17)."""
    aliases: tuple[str, ...] = ()
    collection: str = "posts"
    """Jekyll's label; ``pages`` for what is no post at all (about, contact)."""
    explicit_id: bool = False
    """The author wrote the id; no id that was kept or pinned takes its place."""


@frozen(frozen=True, slots=True)
class Put:
    """A new or changed post, with the source text it was understood from (front matter and body, decoded, LF)."""

    locator: str
    fingerprint: str
    fields: Fields
    text: str
    problems: tuple[Problem, ...] = ()
    encoded: bytes | None = field(default=None, compare=False, repr=False)
    """``text`` in UTF-8, where whoever read it has it at hand. Who replaces the one replaces the other."""


@frozen(frozen=True, slots=True)
class Reject:
    """A post that cannot be loaded as it stands: the problems say why, the last good version stays published."""

    locator: str
    fingerprint: str
    problems: tuple[Problem, ...]


@frozen(frozen=True, slots=True)
class Drop:
    """A known post that is no longer there."""

    locator: str


class Taken(Protocol):
    """A Put as whoever takes it in wants it: a tuple of plain data (:class:`service.index.reading.Reading`)."""

    @property
    def locator(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    def __iter__(self) -> Iterator[Any]: ...


class Taker(Protocol):
    """Makes something else of each Put where it was read, possibly in another process."""

    def of(self, put: Put) -> Taken | Reject:
        """Plain data, or why the post cannot be stored."""
        ...

    def remade(self, data: tuple[Any, ...]) -> Taken:
        """What :meth:`of` made, from the same data."""
        ...


Change = Put | Taken | Reject | Drop


@frozen(frozen=True, slots=True)
class FormerFeed:
    """Where the site had a feed of what is a channel of ours: its subscribers are there."""

    kind: ChannelKind
    pattern: str
    """Its path below the site's URL: of each term, as :data:`service.sources.term_pages.Pattern`, or of one alone."""
    document: Literal["rss.xml", "atom.xml"]
    """What takes its place."""
    term: str = ""
    """The channel's term, where the path is that of one alone; the site has none."""


@frozen(frozen=True, slots=True)
class SiteFacts:
    """What the content itself says about the site; settings override it. Empty means: not said."""

    url: str = ""
    """Scheme, host and base path, without a trailing slash: every page URL starts with it."""
    title: str = ""
    description: str = ""
    language: str | None = None
    timezone: str = ""
    authors: tuple[Author, ...] = ()
    rights: str = ""
    icon: str | None = None
    logo: str | None = None
    feed_path: str = ""
    """Where the site's feed was until now, if not at /feed.xml: its subscribers are there."""
    former_feeds: tuple[FormerFeed, ...] = ()
    """Where others were, of terms and languages."""
    configuration: str = ""
    """The file of a generator that says what is said here: what it said holds while the file is gone."""
    image: str | None = None
    """A picture for pages that have none."""
    twitter: str = ""
    """The publication's account, with its @."""
    verification: tuple[tuple[str, str], ...] = ()
    """Console (as in ``settings.metadata.verification``) and code."""
    category_page: str = ""
    """Where the site has a page for each category, as ``settings.paths.category_page``; "": not known."""
    tag_page: str = ""
    author_page: str = ""
    remote: bool = False
    """An address says it, whose site may be another than ours."""


@frozen(frozen=True, slots=True)
class Context:
    """What rendering a body needs beside the post itself. Stored in the index, because a GET never reads content.

    ``site`` is what Liquid sees as ``site`` (JSON-able values only).
    """

    url: str
    """As :attr:`SiteFacts.url`: the base of root-relative links, ``baseurl`` included."""
    baseurl: str = ""
    timezone: str = "UTC"
    language: str | None = None
    site: Mapping[str, Any] = field(default_factory=dict)
    literal_code: bool = False
    """Braces in code are text: so everywhere but in Jekyll, which renders Liquid before it looks for code."""

    @property
    def digest(self) -> str:
        """Changes whenever rendering may change; part of every post's digest."""
        return hashlib.sha256(CONTEXT.dump_json(self)).hexdigest()[:16]


FIELDS: TypeAdapter[Fields] = TypeAdapter(Fields)
CONTEXT: TypeAdapter[Context] = TypeAdapter(Context)
FACTS: TypeAdapter[SiteFacts] = TypeAdapter(SiteFacts)

Links = Callable[[str], str | None]
"""Source path of a post or page, relative to the source's root (or a post's bare name), to its absolute URL."""


AWAITING: Final = "?"
"""Part of the fingerprint of what names files that were not there: it is read again at the first scan of a process, and
when they come."""

DOUBT: Final = "~"
"""Part of the fingerprint of what may have been read before its writer was done: it is read again, and soon."""

REST_CLOSED: Final = "rest-closed"
"""The code of a problem that tells of an API in whose place a feed was read, which says less."""

FEED_UNAVAILABLE: Final = "feed-unavailable"
"""The code of a problem that names a part of a source that could not be had, while the rest was."""

PARTS: Final = (FEED_UNAVAILABLE, REST_CLOSED)
"""What is told of a source beside its posts, as long as it lasts."""


@runtime_checkable
class Beginning(Protocol):
    """A source that can read its posts while its caller is busy with something else."""

    def begin(self) -> None:
        """Begin to read an opened source of which nothing is known, if that is worth while. The scan that follows goes
        on with it, or for itself where something is known after all."""
        ...

    def end(self) -> None:
        """End what was begun and is not gone on with."""
        ...


@runtime_checkable
class Looking(Protocol):
    """A source that can tell of single posts without a complete scan. Where it cannot, a scan has to."""

    @property
    def expected(self) -> int:
        """How many posts the scan under way has to read; 0: not known."""
        ...

    def locator(self, path: str) -> str | None:
        """What lies at a path, as an event names it; None where that is not the source's."""
        ...

    def look(self, known: Mapping[str, str], others: Collection[str]) -> list[Change] | None:
        """What is new in known posts against their fingerprints. None where it may concern more than these: also where
        there is anything at one of the ``others``, of which nothing is known."""
        ...


@frozen(frozen=True, slots=True)
class Pulled:
    """What asking an upstream came to: what :meth:`Source.open` and :meth:`Source.scan` give, all at once.

    ``changes`` are in no order but that drops come last. ``memory`` is what the source wants to be told next time (a
    cursor, when it last listed everything), as text of its own; it is kept once the changes are.
    """

    facts: SiteFacts
    context: Context
    changes: tuple[Change, ...]
    memory: str
    problems: tuple[Problem, ...] = ()


Progress = Callable[[int, int], None]
"""Told how many posts of how many (0: not known) a pull has read."""


class Pulling(Protocol):
    """A source that has to be asked over the network: it is slow, and asked apart from the index.

    ``known`` and ``memory`` are as the last pull that was taken in left them; ``complete`` asks for a whole listing,
    whatever ``memory`` says. Raises SourceUnavailable (``service.upstream.answer.UpstreamFailed`` where the upstream
    is to blame), and then nothing is known but that. One call at a time, in any thread.
    """

    name: str

    def pull(
        self,
        known: Mapping[str, str],
        memory: str,
        now: datetime,
        *,
        complete: bool = False,
        progress: Progress | None = None,
    ) -> Pulled: ...


class Source(Protocol):
    """Where posts come from.

    ``open`` reads what holds for the whole source (site config, author data) and must be called before ``scan``; it
    raises SourceUnavailable where the source cannot be read as a whole, so that nothing is taken for deleted.
    ``scan`` yields a change for each post that is new, changed or gone against the known fingerprints (by locator),
    and nothing for the others; it raises SourceUnavailable when it cannot finish, and then no Drop counts.
    """

    name: str

    def open(self) -> tuple[SiteFacts, Context, tuple[Problem, ...]]: ...

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]: ...

    def watch_paths(self) -> tuple[str, ...]:
        """Directories whose events make a scan worth while at once; empty where only the clock tells."""
        ...
