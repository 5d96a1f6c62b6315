"""What the index hands out: frozen records, and the two directions between dates and integers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from feeds.frozen import frozen
from feeds.model import ChannelKind
from service.documents import KINDS as KINDS
from service.sources.source import Fields

if TYPE_CHECKING:
    import sqlalchemy

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Columns: TypeAlias = "sqlalchemy.Row[*tuple[Any, ...]]"
"""A row as SQLAlchemy hands it out."""

Topic = Literal["news", "pages", "problems", "sitemap"]
"""What documents are about beside channels and shards: what is news, any page that is out, what is wrong, any page or
term that sitemaps list."""

Subject = tuple[ChannelKind | Literal["shard"] | Topic, str]
"""What a document is about, and so what has to change for it to change: a channel by kind and slug, a shard of the
sitemap by number, or a topic."""

NEWS_SPAN: Final = timedelta(days=2)
"""How long after its first publication a post is news (Google's news sitemap)."""


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970; exact, unlike ``timestamp()``. ``moment`` is aware."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment_of(value: int) -> datetime:
    """The inverse of :func:`micros`, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down: what an HTTP date can say."""
    return micros(moment) // 1_000_000


@frozen(frozen=True, slots=True)
class ChannelRow:
    """A channel: the whole site (key, slug and label empty) or one term.

    ``changed_at`` has whole seconds and never goes back; several changes within one second put it ahead of the clock
    by as many seconds, so the response must not send it before its time (RFC 9110 §8.8.2.1). ``newest`` is the latest
    edit date among its live posts. ``language`` is set where the channel is a language.
    """

    number: int
    kind: ChannelKind
    key: str
    slug: str
    label: str
    posts: int
    revision: int
    changed_at: datetime
    newest: datetime | None
    language: str | None


class Ref(NamedTuple):
    """A post in a window: enough to find its rendered entry by digest."""

    number: int
    digest: str
    published: datetime


@frozen(frozen=True, slots=True)
class Row:
    """A post as it is published. ``fields.id`` is its guid; ``published`` is set even where ``fields`` has none."""

    number: int
    source: str
    locator: str
    fields: Fields
    digest: str
    published: datetime


LocationRow = tuple[str, int | None, str, str]
"""A page that sitemaps list, as SQLite hands it out, because there may be a million of them: its URL, its date in
microseconds since 1970, its pictures on a line each, and the name that it shares with other pages ("" where no other
has it, as most pages have a name and no other)."""


class Translation(NamedTuple):
    """A version of a page in a language ("" where it names none)."""

    language: str
    url: str


@frozen(frozen=True, slots=True)
class ShardRow:
    """A shard of the sitemap: how much it lists, and its latest edit date. ``changed_at`` as in :class:`ChannelRow`."""

    number: int
    urls: int
    bytes: int
    newest: datetime | None
    changed_at: datetime


class Standing(NamedTuple):
    """A channel that a live post stands in, and how many posts of it are newer."""

    channel: ChannelRow
    newer: int


class Rendered(NamedTuple):
    """A body that the worker rendered under a deadline."""

    html: str
    summary: str


@frozen(frozen=True, slots=True)
class Applied:
    """What one transaction did: changes by kind, and how many channels got a new revision. ``moved``: posts whose files
    went and that are in other files now; they are not ``dropped``."""

    put: int
    rejected: int
    dropped: int
    channels: int
    moved: int = 0


@frozen(frozen=True, slots=True)
class Hold:
    """A shrinkage that is not believed yet (C-16): ``lost`` of ``known`` posts, ``scans`` equal observations so far.

    ``digest`` names the set of posts that would vanish, ``counted`` is when the last observation counted (seconds since
    1970).
    """

    digest: str
    scans: int
    lost: int
    known: int
    counted: int


@frozen(frozen=True, slots=True)
class Schedule:
    """What is remembered of asking a remote source. ``memory`` is the source's own (``Pulled.memory``).

    ``attempted`` is when the last answer, or failure, was taken in, ``next_pull`` when it is to be asked again,
    ``not_before`` until when the upstream wants to be left alone, ``failures`` how many there were in a row.
    """

    memory: str = ""
    attempted: datetime | None = None
    next_pull: datetime | None = None
    not_before: datetime | None = None
    failures: int = 0


UNAVAILABLE: Final = "unavailable"
"""The reason of a directory that cannot be read."""


@frozen(frozen=True, slots=True)
class Staleness:
    """Why a source could not be read: a line for people, a short code, an HTTP status (0: none)."""

    line: str
    reason: str = UNAVAILABLE
    status: int = 0


@frozen(frozen=True, slots=True)
class SourceStatus:
    """How a source stands: its last complete scan or pull, why it is stale ("" where it is not), what is held back.

    ``posts`` are those in feeds, ``pages`` what is published beside them, ``unpublished`` what is known beyond these:
    drafts, what is scheduled or expired, copies of other posts. ``unread`` names the parts of it that could not be had
    when the rest was: feeds of a list, with why.

    ``reason``, ``status`` and ``stale_since`` say more of why. ``refreshed`` and ``failed`` count scans and pulls since
    the index was made. ``schedule`` is a remote source's; a directory has an empty one.
    """

    name: str
    scanned_at: datetime | None
    stale: str
    held: Hold | None
    posts: int
    reason: str = ""
    status: int = 0
    stale_since: datetime | None = None
    refreshed: int = 0
    failed: int = 0
    schedule: Schedule = Schedule()
    pages: int = 0
    unpublished: int = 0
    unread: tuple[str, ...] = ()


@frozen(frozen=True, slots=True)
class Counts:
    """Totals for metrics and pages. ``bytes`` is the size of the index on disk."""

    posts: int
    live: int
    channels: int
    errors: int
    warnings: int
    bytes: int
