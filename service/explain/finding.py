"""Which post somebody means: by a path as typed, a bare name, an id, a JSON path, or its page's URL in any spelling.

Refuses to choose among several.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import posixpath
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from feeds.frozen import frozen
from feeds.text import single_line
from feeds.uri import ascii_url
from service.content.dates import DateError, name_date
from service.errors import UsageError
from service.explain.channels import LOOPBACK, channel_at
from service.heading import Heading
from service.index.addresses import key_of
from service.index.inspection import Place, at, places, told_at, urls, with_id
from service.index.reader import Reader
from service.index.remembered import Departed, Remembered
from service.index.state_schema import FormerFile

MOST_COMPARED: Final = 20_000
"""Names among which a near one is looked for: comparing costs 20 µs each."""

MOST_HIDDEN: Final = 1_000_000
"""URLs among which one of a hidden post is looked for."""


@frozen(frozen=True, slots=True)
class Found:
    """What a word means. ``outside`` is the file it names where no source holds it, ``channel`` says in words which
    channel's address it is, ``near`` is what may be meant. ``url`` is the address by which the places were found,
    ``left`` the file that is no more, or holds its post no more, and ``gone`` the page that was there once."""

    places: tuple[Place, ...] = ()
    url: str = ""
    left: FormerFile | None = None
    gone: Departed | None = None
    outside: str = ""
    channel: str = ""
    near: tuple[str, ...] = ()


def find(said: str, roots: Sequence[tuple[str, Path]], index: Reader, head: Heading, remembered: Remembered) -> Found:
    """What ``said`` means. ``roots`` are directories by the names of their sources. Raises UsageError for a directory.

    An id as documents show it, a URL, a path of the answer that an API gave (``$.posts[3]``). Else a path, which counts
    from the working directory, then from each source; what is no file may be the path of a page, then the name of a
    file with or without extension and date, or an upstream's name of an item. Last, what was there once.
    """
    ids = _ids(said)
    if ids and (meant := with_id(index, ids)):
        return Found(tuple(meant), url=said.strip() if "://" in said else "")
    if said.startswith("$"):
        return _at_path(said, index)
    known = None if "://" in said else places(index)
    addresses = [said] if known is None else [head.site.url + said.lstrip("/"), _joined(head.site.url, said)]
    if known is not None:
        files = list(_files(said, roots))
        if files:
            return Found(tuple(dict.fromkeys(files)))
        if os.path.lexists(said) and not os.path.isdir(said):  # noqa: PTH112 - is_dir() raises where a name is too long
            return Found(outside=os.path.abspath(said))  # noqa: PTH100 - resolve() would follow the link that was named
        wanted = _plain(said)
        if meant := [place for place in known if _plain(place[1]) == wanted]:
            return Found(tuple(meant))
    for url in addresses:
        if meant := by_url(url, index, head):
            return Found(tuple(meant), url=url)
    if known is not None and (meant := [place for place in known if wanted in _names(place[1])]):
        return Found(tuple(meant))
    for url in addresses:
        if meant := hidden_at(url, index, head):
            return Found(tuple(meant), url=url)
    if known is not None and (left := _former(said, roots, remembered)) is not None:
        meant = with_id(index, [left.id]) or by_url(left.url, index, head)
        return Found(tuple(meant), left=left, gone=remembered.departed(_keys(left.url, head)))
    past = remembered.departed([key for url in addresses for key in _keys(url, head)], ids)
    if past is not None:
        return Found(gone=past)
    if known is not None and said and any(map(os.path.isdir, (said, *(str(root / said) for _, root in roots)))):
        raise UsageError(f"{said}: is a directory; name a post, such as _posts/2025-01-01-title.md")
    channel = channel_at(said, index, head) if "/" in said else ""
    return Found(channel=channel) if channel else Found(near=_near(said, index, known))


def _ids(said: str) -> list[str]:
    """The ids that somebody may mean who copied one out of a document: there it is an ASCII URI."""
    line = single_line(said)
    return [*dict.fromkeys(filter(None, (line, ascii_url(line), unquote(line))))]


def _at_path(said: str, index: Reader) -> Found:
    """The item at a JSON path; the report alone has these. Raises UsageError."""
    meant = told_at(index, said.strip())
    if not meant:
        raise UsageError(
            f"{said}: nothing is reported of that JSON path, and those of items that were read are not kept; name the "
            "item by its id or by URL"
        )
    return Found(tuple(meant))


def by_url(url: str, index: Reader, head: Heading) -> list[Place]:
    """The posts whose page a URL means, former URLs included. Our own address and loopback stand for the site's."""
    keys = _keys(url, head)
    for group in (keys, [key.partition("?")[0] for key in keys]):
        found = at(index, group)
        if found:
            return found
    return []


def hidden_at(url: str, index: Reader, head: Heading) -> list[Place]:
    """The hidden posts that would have a URL: nothing may lead to them, so the index has no address of theirs."""
    keys = {key.partition("?")[0] for key in _keys(url, head)}
    return [place for own, place in urls(index, MOST_HIDDEN) if key_of(own) in keys] if keys else []


def _keys(url: str, head: Heading) -> list[str]:
    """A URL's keys in the index: as it is, and as one of the site's where it is on our own address or loopback."""
    try:
        parts = urlsplit(url)
        ours = {urlsplit(head.service_url).hostname, *LOOPBACK}
        candidates = [url]
        if parts.hostname in ours:
            site = urlsplit(head.site.url)
            candidates.append(parts._replace(scheme=site.scheme, netloc=site.netloc).geturl())
        return [key for candidate in candidates if (key := key_of(candidate))]
    except ValueError:
        return []


def _joined(base: str, path: str) -> str:
    try:
        return urljoin(base, path)
    except ValueError:
        return ""


def _files(said: str, roots: Sequence[tuple[str, Path]]) -> Iterator[Place]:
    """The file that a path names in a source, seen from here and from the source's root."""
    for name, root in roots:
        for typed in (said, os.path.join(root, said.lstrip("/"))):  # noqa: PTH118 - a link may lead up: no resolving
            if not os.path.lexists(typed) or os.path.isdir(typed):  # noqa: PTH112 - as above
                continue
            for path in (os.path.abspath, os.path.realpath):
                inside = os.path.relpath(path(typed), path(root))
                if not inside.startswith(".."):
                    yield name, inside
                    break


def _former(said: str, roots: Sequence[tuple[str, Path]], remembered: Remembered) -> FormerFile | None:
    """The file that a path named in a source while it had a post. Raises UsageError where several are meant."""
    known = remembered.former_files()
    paths = {name: _inside(said, root) for name, root in roots}
    wanted = _plain(said)
    exact = [file for file in known if _plain(file.locator) in {wanted, *paths.get(file.source, ())}]
    found = exact or [file for file in known if wanted in _names(file.locator)]
    if len({(file.source, _plain(file.locator)) for file in found}) > 1:
        names = ", ".join(f"{file.locator} of {file.source}" for file in found[:5])
        raise UsageError(f"{said}: several files that are no more were called that ({names}); name one by its URL")
    return found[0] if found else None


def _inside(said: str, root: Path) -> set[str]:
    """Where a path, seen from here, leads within a directory."""
    with contextlib.suppress(ValueError):  # a word that is no path
        return {_plain(os.path.relpath(path(said), path(root))) for path in (os.path.abspath, os.path.realpath)}
    return set()


def _names(locator: str) -> set[str]:
    """What a file is called for short: its name, with extension and date in front or without them."""
    path = PurePosixPath(_plain(locator))
    found = {path.name, path.stem, posixpath.splitext(_plain(locator))[0]}
    with contextlib.suppress(DateError):
        rest = name_date(path.stem)[1]
        found |= {rest, rest + path.suffix}
    return found


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", posixpath.normpath(path.strip())).strip("/").casefold()


def _near(said: str, index: Reader, known: Sequence[Place] | None = None) -> tuple[str, ...]:
    """A few places and URLs that look alike, best first."""
    locators = [locator for _, locator in (places(index) if known is None else known)][:MOST_COMPARED]
    found = urls(index, MOST_COMPARED)
    by_name: dict[str, str] = {}
    for locator in locators:
        for name in sorted(_names(locator)):
            by_name.setdefault(name, locator)
    for url, (_, locator) in found:
        by_name.setdefault(posixpath.basename(unquote(urlsplit(url).path).rstrip("/")).casefold(), locator)
    last = _plain(unquote(said.partition("://")[2].partition("?")[0] if "://" in said else said))
    close = [
        *difflib.get_close_matches(posixpath.basename(last), by_name, n=5),
        *difflib.get_close_matches(posixpath.splitext(posixpath.basename(last))[0], by_name, n=5),
    ]
    return tuple(dict.fromkeys(by_name[name] for name in close))[:5]
