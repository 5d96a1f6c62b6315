"""The keys that mean the same in every directory of posts: title, summary, language, id, dates of change and expiry.

What tells one generator from another (where a date comes from, what hides a post, what its URL is) is not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from feeds.text import excerpt, single_line
from feeds.uri import WEB, ascii_url
from service.content.dates import DateError, Meaning, ParsedDate, exact, midnight, name_date, parse_date, rolled_over
from service.content.excerpts import author_summary
from service.content.scalars import Plain, as_bool, as_list_of_text, is_bool, shorten
from service.settings import LimitSettings
from service.sources.keys import Keys

TOLERANCE: Final = timedelta(days=1)
"""How far ahead a date of change may be: a forgotten zone is less than a day."""

EXPIRY: Final = ("expires", "expiry_date", "expirydate", "expiryDate")

_EXPIRY: Final = frozenset(EXPIRY)
IDS: Final = ("guid", "id", "uuid")
_NAMED: Final = frozenset(IDS)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{1,8}){0,4})(?:\.[A-Za-z0-9-]+)?")
_HEADING = re.compile(r"#{1,6}(?:\s|$)|(?:=+|-+)\s*$")


def title(keys: Keys, limits: LimitSettings) -> str:
    """The title on one line, cut at a word where it is too long; "" where there is none (C-32)."""
    text = single_line(keys.text("title"))
    if len(text) <= limits.title_length:
        return text
    message = f"the title has {len(text)} characters; {limits.title_length} are kept"
    keys.warn("title", "title-too-long", message, "shorten it")
    return excerpt(text, limits.title_length)


def summary(keys: Keys, names: Iterable[str], limits: LimitSettings, *, with_liquid: bool) -> str | None:
    """The first of the author's own summaries as plain text on one line; None where there is none.

    ``feature_text`` (Alembic) is Markdown whose headings repeat the title: they are left out.
    """
    for name in names:
        value = keys.get(name)
        if value is None or (isinstance(value, Plain) and is_bool(value)):
            continue
        written = keys.text(name)
        if not written:
            continue
        if name == "feature_text":
            written = "\n".join(line for line in written.split("\n") if not _HEADING.match(line.strip()))
        text = author_summary(written, limits.summary_length, with_liquid=with_liquid)
        if text:
            return text
    return None


def language(keys: Keys) -> str | None:
    """The BCP 47 tag of ``lang``, ``locale`` or ``language``, ``ko_KR.UTF-8`` included."""
    for key in ("lang", "locale", "language"):
        text = keys.text(key)
        tag = _tag(text) if text and len(text) < _LONGEST_TAG else None
        if tag:
            return tag
        if text:
            keys.warn(key, "language-invalid", f"{text!r} is not a language tag", "write one such as ko or en-GB")
    return None


_LONGEST_TAG: Final = 64


@lru_cache(maxsize=256)
def _tag(text: str) -> str | None:
    """A language tag as it is written in feeds; None for what is none."""
    match = _LANGUAGE.fullmatch(text)
    return "-".join((match[1].lower(), *map(_subtag, re.split("[-_]", match[2])[1:]))) if match else None


def _subtag(subtag: str) -> str:
    """Letter case as RFC 5646 §2.1.1 recommends it: Hans, KR."""
    return {4: subtag.title(), 2: subtag.upper()}.get(len(subtag), subtag.lower())


def explicit_id(keys: Keys, base: str, founded: datetime) -> str | None:
    """The author's own id, by the ladder ``guid``, ``id``, ``uuid``: a URI as it is, anything else made one."""
    for key in () if keys.lacks(_NAMED) else IDS:
        text = single_line(keys.text(key))
        if not text:
            continue
        if _UUID.fullmatch(text):
            return f"urn:uuid:{text.lower()}"
        return (ascii_url(text) if _URI.fullmatch(text) else "") or tag_uri(base, founded, text)
    return None


def tag_uri(base: str, founded: datetime, path: str) -> str:
    """A ``tag:`` URI (RFC 4151): the site's host and the day of its founding, then what tells the post from others."""
    parts = urlsplit(base)
    authority = parts.hostname or "localhost"
    specific = quote(f"{parts.path}/{path}".replace("//", "/"), safe="/%!$&'()*+,;=:@~")
    return f"tag:{authority},{founded:%Y-%m-%d}:{specific}"


def absolute(text: str, base: str, page: str = "") -> str | None:
    """A reference to a file as an absolute URL, in ASCII; None where it is none that the web can follow.

    ``base`` is the site's URL without a trailing slash. Without ``page`` a relative path counts from the site's root,
    as in jekyll-feed and jekyll-seo-tag; with it from there, as in HTML.
    """
    text = text.strip()
    if text.startswith("//"):
        text = f"{urlsplit(base).scheme}:{text}"
    elif not _SCHEME.match(text):
        text = urljoin(page, text) if page and not text.startswith("/") else f"{base}/{text.lstrip('/')}"
    url = ascii_url(text)
    return url if url.startswith(WEB) else None


def excerpt_only(keys: Keys) -> bool:
    """jekyll-feed's ``feed: {excerpt_only: true}``: the body is not syndicated."""
    feed = keys.get("feed")
    value = feed.get("excerpt_only") if isinstance(feed, dict) else None
    return value not in (None, "") and as_bool(value)


def paths(keys: Keys, *names: str) -> tuple[str, ...]:
    """Former paths of a post (``redirect_from``): a text or a list."""
    found: list[str] = []
    for name in names:
        found += keys.read(name, as_list_of_text) or ()
    return tuple(dict.fromkeys(found))


def date(keys: Keys, key: str, zone: ZoneInfo, meaning: Meaning, limits: LimitSettings) -> datetime:
    """The moment a key says. Raises Rejected: a post with a wrong date must not pass for one with a right one."""
    value = keys.get(key)
    if at := exact(value, zone, limits):
        return settled(at)
    try:
        parsed = parse_date(value, zone=zone, meaning=meaning, limits=limits)
    except DateError as error:
        raise keys.rejected(key, error.code, f"{key}: {error.message}", error.hint) from None
    _warn(keys, key, parsed)
    return settled(parsed.at)


def name_day(keys: Keys, stem: str, zone: ZoneInfo, meaning: Meaning, limits: LimitSettings) -> datetime | None:
    """The first moment of the day in a file name; None where it has none. Raises DateError."""
    day, _ = name_date(stem)
    if day is None:
        return None
    if rolled := rolled_over(stem):
        keys.warn("date", *rolled)
    return settled(midnight(day, zone=zone, meaning=meaning, limits=limits).at)


def _warn(keys: Keys, key: str, parsed: ParsedDate) -> None:
    """That a zone is missing is said once a post: who leaves it out does so everywhere."""
    if parsed.warning and not any(
        problem.code == parsed.warning[0] == "date-zone-missing" for problem in keys.problems
    ):
        keys.warn(key, *parsed.warning)


def settled(at: datetime) -> datetime:
    """The same moment with its offset written out: a doubled hour equals nothing in another zone (PEP 495)."""
    return at.astimezone(timezone(at.utcoffset() or timedelta()))


def expires(keys: Keys, zone: ZoneInfo, meaning: Meaning, limits: LimitSettings) -> datetime | None:
    """From when on the post is no longer published. An unreadable date is rejected: its author wants the post gone."""
    for key in () if keys.lacks(_EXPIRY) else EXPIRY:
        if keys.get(key) is not None:
            return date(keys, key, zone, meaning, limits)
    return None


def updated(
    keys: Keys, names: Iterable[str], zone: ZoneInfo, meaning: Meaning, limits: LimitSettings
) -> datetime | None:
    """The first of several keys that holds a date; an unreadable one is warned of and does not count."""
    return _first(keys, names, zone, meaning, limits)[1]


def changed(
    keys: Keys,
    names: Iterable[str],
    zone: ZoneInfo,
    meaning: Meaning,
    limits: LimitSettings,
    *,
    published: datetime | None,
    now: datetime,
) -> tuple[datetime | None, datetime | None]:
    """When the author last changed the post, and None; or None with a warning where that is more than a day ahead of
    ``now``, and the moment from which it counts.

    Search engines stop believing a ``lastmod`` to come, and readers would hold the post on top. A date that is not
    after the post's own publication is no mistake: the whole post is to come.
    """
    key, at = _first(keys, names, zone, meaning, limits)
    if at is None or at - TOLERANCE <= now or (published is not None and at <= published):
        return at, None
    message = f"{key}: {at.isoformat(sep=' ')} is still to come, so it does not count"
    keys.warn(key, "updated-in-future", message, "correct the date")
    return None, at - TOLERANCE


def _first(
    keys: Keys, names: Iterable[str], zone: ZoneInfo, meaning: Meaning, limits: LimitSettings
) -> tuple[str, datetime | None]:
    for key in names:
        value = keys.get(key)
        if value is None:
            continue
        try:
            parsed = parse_date(value, zone=zone, meaning=meaning, limits=limits)
        except DateError as error:
            keys.warn(key, error.code, f"{key}: {error.message}", error.hint)
            continue
        _warn(keys, key, parsed)
        return key, settled(parsed.at)
    return "", None


def is_hidden(keys: Keys, *signs: tuple[str, bool]) -> bool:
    """Whether a key hides a post; ``signs`` are keys, each with the value that shows. What is neither true nor false
    hides, with a warning: its author may have meant it (C-41)."""
    hidden = False
    for key, shown in signs:
        value = keys.get(key)
        if value is None:
            continue
        if is_bool(value):
            hidden = hidden or as_bool(value) is not shown
        else:
            what = shorten(value) if isinstance(value, str) else "this"
            keys.warn(key, f"{key}-ambiguous", f"{key}: {what} is neither true nor false; the post is hidden")
            hidden = True
    return hidden
