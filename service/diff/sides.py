"""Where the two sides of a comparison come from: a directory of a build, one feed document, or the web.

A directory's feeds are those its manifest names, else every file in it that is a feed. On the web the feeds of a root
are those that its manifest or its OPML lists and those of the other side, else the site's own three. Nothing outside a
directory is read, nothing outside a root is fetched.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final, Protocol
from urllib.parse import quote, unquote, urljoin, urlsplit

from service.build import MANIFEST
from service.diff.comparing import SITE_FEEDS, Diff, Side, compare
from service.diff.entries import MOST_BYTES, Entry, Feed, read_feed, read_opml, read_sitemap
from service.diff.fetching import Fetcher, web_address
from service.errors import SourceUnavailable
from service.paths import FEED_NAMES, Moved, decoded_path_of, parse
from service.sources.feed_document import NotAFeed

SITEMAP: Final = "sitemap.xml"
_OPML = "opml.xml"
_DEEPEST = 4
"""Names of a lone document's path by which the other side is asked for its feed."""
_SUFFIXES = (".xml", ".json", ".rss", ".atom", ".rdf")


class Place(Protocol):
    """One side, before its feeds are read. ``name`` is that of a lone document's feed, "" where it may have many."""

    said: str
    name: str

    def names(self) -> list[str]: ...

    def read(self, name: str) -> bytes | None: ...


@dataclass(slots=True)
class Document:
    """One feed that was named itself."""

    said: str
    name: str
    body: bytes

    def names(self) -> list[str]:
        return [self.name]

    def read(self, name: str) -> bytes | None:
        return self.body if name == self.name else None


@dataclass(slots=True)
class Directory:
    """A directory of a build, ours or another generator's."""

    said: str
    root: Path
    name: str = ""

    def names(self) -> list[str]:
        """Feeds by their path below the root; raises SourceUnavailable where it cannot be listed."""
        return self._manifest() or [name for name in self._files() if _may_be_feed(self.read(name))]

    def read(self, name: str) -> bytes | None:
        """A regular file below the root, None where there is none. Raises SourceUnavailable where it cannot be read."""
        path = self.root / name
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self.root.resolve()) or not S_ISREG(real.stat().st_mode):
                return None
            with real.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except OSError as error:
            raise SourceUnavailable(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None

    def _manifest(self) -> list[str]:
        body = self.read(MANIFEST)
        return _feeds_in_manifest(body) if body else []

    def _files(self) -> Iterator[str]:
        def fail(error: OSError) -> None:
            raise SourceUnavailable(f"{error.filename}: cannot be listed: {(error.strerror or '').lower()}")

        for directory, below, files in os.walk(self.root, onerror=fail):
            below.sort()
            for file in sorted(files):
                if file.lower().endswith(_SUFFIXES):
                    yield Path(directory, file).relative_to(self.root).as_posix()


@dataclass(slots=True)
class Root:
    """The root of a live site or service. ``url`` ends in a slash."""

    said: str
    url: str
    fetcher: Fetcher
    name: str = ""
    _kept: dict[str, bytes | None] = field(default_factory=dict)

    def names(self) -> list[str]:
        """What the root itself says it has; may be nothing."""
        return self._listed(MANIFEST, _feeds_in_manifest) or self._listed(_OPML, _feeds_in_opml)

    def read(self, name: str) -> bytes | None:
        if name not in self._kept:
            self._kept[name] = self.fetcher.get(self.url + quote(name, safe="/-._~")).body
        return self._kept[name]

    def _listed(self, name: str, read: Callable[[bytes], list[str]]) -> list[str]:
        """What a document lists. It need not be there; a server that has other troubles will say so at its feeds."""
        try:
            return read(self.read(name) or b"")
        except SourceUnavailable:
            return []


def diff(old: str, new: str, fetcher: Fetcher | None = None) -> Diff:
    """Compare what is published at two places: directories, files, or http(s) URLs of a feed or of a root.

    Raises UsageError for an address that cannot be fetched, SourceUnavailable where a side cannot be reached or holds
    no feed.
    """
    fetchers = (fetcher or Fetcher(), fetcher or Fetcher())
    places = open_place(old, fetchers[0]), open_place(new, fetchers[1])
    names = places[0].names(), places[1].names()
    wanted = _known(places[0], names[0], places[1], names[1]), _known(places[1], names[1], places[0], names[0])
    chosen = _chosen(places, wanted)
    shared: dict[bytes, Feed] = {}
    entries: dict[Entry, Entry] = {}
    sides = [_side(place, listed, shared, entries) for place, listed in zip(places, chosen, strict=True)]
    for side in sides:
        if not side.feeds:
            why = "; ".join(f"{name} {reason}" for name, reason in side.broken.items())
            raise SourceUnavailable(f"{side.place}: no feed is there" + (f": {why}" if why else ""))
    return compare(sides[0], sides[1], _pairs(sides[0], sides[1], alone=any(place.name for place in places)))


def open_place(said: str, fetcher: Fetcher) -> Place:
    """What a word of the command line names. Raises UsageError and SourceUnavailable."""
    url = web_address(said)
    if url:
        answer = fetcher.get(url)
        if answer.body is not None and _may_be_feed(answer.body):
            return Document(said, unquote(urlsplit(url).path).strip("/") or "feed", answer.body)
        page = urlsplit(answer.url).path
        above = "." if page.lower().endswith((".html", ".htm", ".php")) else f"{page}/"
        return Root(said, urljoin(answer.url, above.replace("//", "/")), fetcher)
    path = Path(said)
    if os.path.isdir(path):  # noqa: PTH112 - is_dir() raises where a name is too long
        return Directory(said, path)
    found = os.path.isfile(path)  # noqa: PTH113 - as above
    body = Directory(said, path.parent).read(path.name) if found else None
    if body is None:
        raise SourceUnavailable(f"{said}: there is no such directory or file")
    return Document(said, path.resolve().as_posix().strip("/"), body)


def _known(place: Place, own: list[str], other: Place, others: list[str]) -> list[str]:
    """A root on the web is also asked for what the other side has; where it lists nothing, for the usual feeds."""
    if not isinstance(place, Root):
        return own
    return [*own, *(() if other.name else others), *(() if own else SITE_FEEDS)]


def _chosen(places: tuple[Place, Place], names: tuple[list[str], list[str]]) -> tuple[list[str], list[str]]:
    """The feeds to read: all, or where one side is a lone document, of the other the one that answers to it."""
    old, new = names
    if places[0].name and not places[1].name:
        new = _counterpart(places[0], places[1], new)
    elif places[1].name and not places[0].name:
        old = _counterpart(places[1], places[0], old)
    return _in_order(old), _in_order(new)


def _counterpart(document: Place, place: Place, names: list[str]) -> list[str]:
    """By name, by where an old name moved to, else the site's feed in the same format or in any."""
    parts = PurePosixPath(unicodedata.normalize("NFC", document.name)).parts[-_DEEPEST:]
    suffixes = ["/".join(parts[start:]) for start in range(len(parts))]
    try:
        form = read_feed(document.read(document.name) or b"").form
    except NotAFeed:
        form = "rss"
    wanted = dict.fromkeys([*suffixes, *filter(None, map(_moved, suffixes)), FEED_NAMES[form], *FEED_NAMES.values()])
    return next(([name] for name in wanted if _may_be_feed(place.read(name))), names)


def _moved(name: str) -> str:
    """Where the feed of an old name is now (``feed.xml``, ``feed/<category>.xml``); "" for others."""
    meaning = parse(f"/{quote(name)}")
    return decoded_path_of(meaning.target)[1:] if isinstance(meaning, Moved) else ""


def _pairs(old: Side, new: Side, *, alone: bool) -> dict[str, str]:
    """Which feed is which: by name, by where an old name moved to; the only two there are, whatever their names."""
    after = [*new.feeds, *new.broken]
    if alone and len(old.feeds) == 1 and len(after) == 1:
        return {next(iter(old.feeds)): after[0]}
    found = {name: name for name in old.feeds if name in after}
    for name in old.feeds:
        moved = _moved(name)
        if name not in found and moved in after and moved not in old.feeds:
            found[name] = moved
    if not found and len(old.feeds) == len(after) == 1:
        found = {next(iter(old.feeds)): after[0]}
    return found


def _side(place: Place, names: Iterable[str], shared: dict[bytes, Feed], entries: dict[Entry, Entry]) -> Side:
    """Read every feed; equal documents and equal entries are kept once, because each post is in many feeds."""
    feeds: dict[str, Feed] = {}
    broken: dict[str, str] = {}
    notes: list[str] = []
    fetcher = place.fetcher if isinstance(place, Root) else None
    for name in names:
        if fetcher is not None and fetcher.left <= 0:
            notes.append("the limit on documents is reached: not every feed was fetched")
            break
        body = place.read(name)
        if body is None:
            continue
        shown = PurePosixPath(name).name if place.name else name
        try:
            feed = shared.get(body) or read_feed(body)
        except NotAFeed as error:
            broken[shown] = str(error)
            continue
        if body not in shared:
            feed = Feed(feed.form, tuple(entries.setdefault(entry, entry) for entry in feed.entries), feed.fault)
            shared[body] = feed
        feeds[shown] = feed
        if feed.fault:
            notes.append(f"{shown}: {feed.fault}; read as far as possible")
    return Side(place.said, feeds, broken, None if place.name else _sitemap(place, notes), tuple(notes))


def _sitemap(place: Place, notes: list[str]) -> frozenset[str] | None:
    """The URLs of the site's sitemap and of the shards it names; None where there is no sitemap."""
    fetcher = place.fetcher if isinstance(place, Root) else None
    if fetcher is not None and fetcher.left <= 0:
        return None
    try:
        found = read_sitemap(place.read(SITEMAP) or b"")
        if found is None:
            return None
        urls, is_index = found
        if not is_index:
            return frozenset(urls)
        pages: set[str] = set()
        for url in urls:
            if fetcher is not None and fetcher.left <= 0:
                notes.append("the limit on documents is reached: the sitemaps are not compared")
                return None
            name = unquote(urlsplit(url).path).rpartition("/")[2]  # shards lie beside their index
            body = place.read(name) if _is_safe(name) else None
            child = read_sitemap(body or b"")
            if child is None or child[1]:
                notes.append(f"{SITEMAP}: {url} is not there or no sitemap; the sitemaps are not compared")
                return None
            pages.update(child[0])
        return frozenset(pages)
    except (ValueError, SourceUnavailable) as error:
        notes.append(f"{SITEMAP}: {error}; the sitemaps are not compared")
        return None


def _feeds_in_manifest(body: bytes) -> list[str]:
    try:
        kept = json.loads(body)
    except (ValueError, RecursionError):
        return []
    names = kept if isinstance(kept, dict) else {}
    return [name for name in names if PurePosixPath(name).name in SITE_FEEDS and _is_safe(name)]


def _feeds_in_opml(body: bytes) -> list[str]:
    """OPML has absolute URLs below ``service.url``, which may be another address than the one that was asked."""
    urls = read_opml(body)
    ours = (url.removesuffix(name) for url in urls for name in SITE_FEEDS if url.endswith(f"/{name}"))
    base = min(ours, key=lambda url: (len(url), url), default="")
    found = (unquote(url.removeprefix(base)) for url in urls if base and url.startswith(base))
    return [name for name in found if _is_safe(name)]


def _is_safe(name: str) -> bool:
    """Whether a name that somebody else wrote stays below the root."""
    return bool(name) and "\\" not in name and not any(part in ("", ".", "..") for part in name.split("/"))


def _may_be_feed(body: bytes | None) -> bool:
    try:
        return body is not None and bool(read_feed(body).form)
    except NotAFeed:
        return False


def _in_order(names: Iterable[str]) -> list[str]:
    """The site's own feeds first, so that a limit costs the least that it can."""
    return sorted(dict.fromkeys(names), key=lambda name: (name.count("/"), name))
