"""One post explained: where it is published, with which values and from which lines; or why it is not published.

Reads an index and the source's files; writes neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from feeds.dates import rfc3339
from feeds.model import Author, Image
from service.content.decode import decode
from service.errors import Rejected, UsageError
from service.explain.dialects import JekyllView, View, view
from service.explain.explanation import MEANINGS, Explanation, Standing, Status, Value
from service.explain.finding import Found, find
from service.explain.origins import Origins, origins
from service.explain.reading import Origin
from service.explain.remotes import remote_origins, why_kind
from service.index.addresses import key_of
from service.index.facts import Home
from service.index.index import Index
from service.index.inspection import Inspected, Place, former, inspect
from service.index.records import Row, micros
from service.index.remembered import Departed, Remembered
from service.index.state_schema import FormerFile
from service.paths import FEED_NAMES, channels_named
from service.publisher import Publisher
from service.runtime import Opened, source_name
from service.settings import LimitSettings, SourceSettings
from service.sources.files import Tree, Vanished
from service.sources.source import AWAITING, DOUBT, Drop, Reject, Source
from service.sources.walk import visible
from service.visibility import is_beside, span

_ANSWER_410: Final = "/meta and /oembed answer 410"
_COMES_BACK: Final = "it comes back with a post that has its URL, its id, or its title and text"


class Explainer:
    """Answers about the posts of an index and of the sources it was made from, as of ``now``.

    ``fresh``: the index was made just now, so that no file can have changed since. ``remembered`` is what is kept of
    posts that moved or left.
    """

    def __init__(self, index: Index, opened: Opened, now: datetime, *, fresh: bool, remembered: Remembered) -> None:
        self._index = index
        self._remembered = remembered
        self._settings = opened.settings
        self._publisher = Publisher(index, opened.settings)
        self._head = self._publisher.heading()
        self._now = now
        self._fresh = fresh
        self._sources: dict[str, tuple[SourceSettings, Source]] = {
            source.name: (settings, source)
            for settings, source in zip(
                (one for one in opened.settings.source if one.path is not None), opened.sources, strict=True
            )
        }

    def find(self, said: str) -> Found:
        """What a word means; raises UsageError for a directory."""
        roots = [(name, settings.path) for name, (settings, _) in self._sources.items() if settings.path]
        return find(said, roots, self._index, self._head, self._remembered)

    def gone(self, past: Departed) -> Explanation:
        """A page that was out and is no more."""
        reason = f"its page was out and is no more: {_ANSWER_410} since {rfc3339(past.since)}"
        values = [Value("url", past.url), Value("id", past.id, (), MEANINGS["id"]), Value("published", past.published)]
        values += [Value("file", past.file)] if past.file else []
        return Explanation("gone", reason, "", "", "", past.url, _COMES_BACK, url=past.url, values=tuple(values))

    def left(self, file: FormerFile, heirs: Sequence[Place], past: Departed | None) -> Explanation:
        """A file whose post was out and left it. ``heirs`` are the posts that have its id or URL, ``past`` is its page
        where that is gone."""
        since = rfc3339(datetime.fromtimestamp(file.at, UTC))
        for place in heirs:
            known = inspect(self._index, place)
            same = known is not None and known.row is not None and known.row.fields.id == file.id
            if same or key_of(file.url) in former(self._index, place):
                found = self.explain(place)
                note = f"moved: it was {visible(file.locator)}, {file.url}, until {since}"
                return replace(found, notes=(*found.notes, note))
        if heirs:
            now = f"its URL is that of {visible(heirs[0][1])} now"
        elif past is not None:
            now = f"{_ANSWER_410} since {rfc3339(past.since)}"
        else:
            now = "nothing answers at its URL"
        reason = f"its post was out until {since}: no feed holds it any more, and {now}"
        values = [Value("url", file.url), Value("id", file.id, (), MEANINGS["id"])]
        values += [Value("published", past.published)] if past else []
        path = visible(file.locator)
        return Explanation("gone", reason, file.source, "", "", path, _COMES_BACK, url=file.url, values=tuple(values))

    def outside(self, path: str) -> Explanation:
        """A file that no source holds."""
        roots = ", ".join(settings.place for settings, _ in self._sources.values())
        reason = f"it lies outside the content ({roots})"
        return Explanation(
            "outside", reason, "", "", "", visible(path), "move it there, or name its directory as a source"
        )

    def explain(self, place: Place, url: str = "") -> Explanation:
        """One file or item of a source, known to the index or not. ``url`` is the address by which it was found."""
        found = self._of_file(place) if place[0] in self._sources else self._of_item(place)
        if found.url and key_of(url) in [key for key, _ in self._former(place)]:
            return replace(found, notes=(*found.notes, f"moved: {url} leads to {found.url} now"))
        return found

    def _of_file(self, place: Place) -> Explanation:
        settings, source = self._sources[place[0]]
        with Tree(settings.root, follow=settings.follow_symlinks == "inside") as tree:
            seen = view(tree, settings, self._settings.site, self._settings.limits)
            known = inspect(self._index, place)
            base = Explanation("not-a-post", "", place[0], seen.kind, seen.why, visible(place[1]))
            if known is None:
                return self._unknown(base, seen, tree, place[1])
            text = known.text or _on_disk(tree, place[1], settings, self._settings.limits)
        problems = tuple(problem for origin, problem in known.problems if origin != "scan")
        base = replace(base, problems=problems, notes=tuple(self._news(source, known)))
        if known.row is None:
            if any(
                problem.code == "format-unread" for problem in problems
            ):  # the first of many, which are told of once
                return self._unknown(base, seen, tree, place[1])
            return self._rejected(base)
        reading, context = seen.reading(known.row.locator, text), self._index.context(place[0])
        where = origins(seen, reading, known.row, known.source_id, context, self._settings)
        return self._post(base, where, replace(known, text=text), known.row)

    def _of_item(self, place: Place) -> Explanation:
        """An item of an upstream, as it was when it was asked last."""
        settings = next((one for one in self._settings.source if source_name(one) == place[0]), None)
        known = inspect(self._index, place)
        if settings is None or known is None:
            raise UsageError(f"{place[1]}: is of {place[0]}, which is no source of the settings (any more)")
        base = Explanation("rejected", "", place[0], settings.remote_kind, why_kind(settings), visible(place[1]))
        problems = tuple(problem for origin, problem in known.problems if origin != "scan")
        base = replace(base, problems=problems, notes=tuple(self._staleness(place[0])))
        if known.row is None:
            return self._rejected(base)
        by_feed = any(problem.code == "rest-closed" and problem.path == place[0] for problem in self._index.problems())
        where = remote_origins(settings, known.row, known.source_id, self._settings, by_feed=by_feed)
        if not known.row.fields.full_text:
            note = "its upstream does not show its body to everybody: feeds have what it says in short"
            base = replace(base, notes=(*base.notes, note))
        return self._post(base, where, known, known.row)

    def _staleness(self, source: str) -> list[str]:
        status = next((one for one in self._index.status() if one.name == source), None)
        if status is None or not status.stale:
            return []
        since = f" since {rfc3339(status.stale_since)}" if status.stale_since else ""
        return [f"{source} cannot be read{since}, so this is what it said before: {status.stale}"]

    def _former(self, place: Place) -> list[tuple[str, str]]:
        """Keys of other URLs that lead to a post, and the URLs."""
        scheme = self._head.site.url.partition("://")[0]
        return [(key, f"{scheme}://{key}") for key in former(self._index, place)]

    # -- no post -------------------------------------------------------------------------------------------------

    def _unknown(self, base: Explanation, seen: View, tree: Tree, locator: str) -> Explanation:
        """A file that the scan passed over."""
        if not tree.exists(locator):
            return replace(base, reason="there is no such file")
        refused = seen.refused(locator)
        if refused:
            return replace(base, reason=refused.reason, hint=refused.hint)
        if tree.find(locator) is None:
            return replace(base, reason="it is a link that leads out of the source or nowhere, or no regular file")
        document = seen.document(locator) if isinstance(seen, JekyllView) else None
        if document is not None and document.page:
            reason = "it has no front matter: Jekyll copies it as it is"
            return replace(base, reason=reason, hint="begin it with two lines of ---")
        if isinstance(seen, JekyllView) and seen.config.limit_posts:
            reason = f"limit_posts: {seen.config.limit_posts} lets only the newest posts in"
            where = seen.config_origin("limit_posts")
            return replace(base, reason=f"{reason} ({where})")
        return replace(base, reason="it was not there at the last scan", hint="feedmill refresh scans again")

    def _rejected(self, base: Explanation) -> Explanation:
        first = next(iter(base.problems), None)
        if first is not None and first.code in ("front-matter-missing", "not-a-document"):
            return replace(base, reason=first.message, hint=first.hint)
        reason = "it cannot be loaded as it stands, and no earlier version of it is known"
        return replace(base, status="rejected", reason=reason, hint="mend what the problems below say")

    # -- posts ---------------------------------------------------------------------------------------------------

    def _post(self, base: Explanation, where: Origins, known: Inspected, row: Row) -> Explanation:
        context = self._index.context(row.source)
        where = {**where, **self._pinned(row)}
        status, reason, until = self._standing(known, row, where)
        post = self._publisher.posts.make(row, known.text, self._head.site, context)
        language = row.fields.language or context.language
        values = (
            ("id", post.id),
            ("title", post.title),
            ("published", post.published if known.live or row.fields.published else None),  # first seen: posts alone
            ("updated", post.updated),
            ("expires", row.fields.expires),
            ("language", language),
            ("authors", tuple(map(_person, post.authors))),
            ("categories", post.categories),
            ("tags", post.tags),
            ("summary", post.summary),
            ("images", tuple(map(_picture, post.images))),
            ("enclosures", tuple(f"{e.url} ({e.media_type}, {e.length or '?'} bytes)" for e in post.enclosures)),
            ("canonical", row.fields.canonical),
            ("translation", self._versions(row)),
            ("aliases", row.fields.aliases),
            ("former URLs", self._moved_from(known.place, row)),
        )
        meanings = {**MEANINGS, "id": "" if status == "page" or row.fields.collection == "pages" else MEANINGS["id"]}
        return replace(
            base,
            status=status,
            reason=reason,
            until=until,
            url=post.url,
            sitemap=self._sitemap(known, row, where),
            values=(
                Value("url", post.url, where.get("url", ())),
                *(Value(name, value, where.get(name, ()), meanings.get(name, "")) for name, value in values if value),
            ),
            standings=tuple(self._standings(row)),
            zone=context.timezone,
        )

    def _pinned(self, row: Row) -> Origins:
        """What of a post is a feed's that was imported."""
        pin = self._remembered.pin(row.fields.id)
        if pin is None:
            return {}
        origin = (Origin(f"pinned by import-feed: {pin.feed} (state.db)"),)
        dated = row.fields.published is not None and pin.published == micros(row.fields.published)
        return {"id": origin, "published": origin} if dated else {"id": origin}

    def _moved_from(self, place: Place, row: Row) -> tuple[str, ...]:
        """Where its page was, other than where its author says that it was."""
        said = {key_of(alias) for alias in row.fields.aliases}
        return tuple(url for key, url in self._former(place) if key not in said)

    def _versions(self, row: Row) -> tuple[str, ...]:
        """Languages and URLs of its versions; that they are out is what makes them versions."""
        name = row.fields.translation
        versions = self._index.translations([name]).get(name, ()) if name else ()
        return tuple(f"{version.language} {version.url}" for version in versions if version.url != row.fields.url)

    def _standing(self, known: Inspected, row: Row, where: Origins) -> tuple[Status, str, datetime | None]:
        """The first thing that keeps a post out of the feeds, in the order in which the index asks."""
        fields = row.fields
        start, end = span(fields)
        said = " and ".join(map(str, where.get("visibility", ())))
        if known.live:
            return "published", "", end
        if fields.visibility == "hidden":
            return "hidden", f"its author hides it ({said})" if said else "its author hides it", None
        if fields.visibility == "unlisted" and not is_beside(fields):
            draft = any(origin.what.rpartition(" ")[2] == "draft" for origin in where.get("visibility", ()))
            reason = f"it is a draft ({said})" if draft else f"feeds leave it out ({said})"
            return "draft" if draft else "unlisted", reason, None
        if end is not None and start is not None and end <= start:
            return "expired", f"it expires before it is published ({_all(where, 'expires')})", None
        if end is not None and self._now >= end:
            return "expired", f"it expired ({_all(where, 'expires')})", None
        if start is not None and self._now < start:
            return "future", f"its date is still to come ({_all(where, 'published')})", start
        lost = next((p for origin, p in known.problems if origin == "duplicate"), None)
        if lost is not None:
            return "duplicate", lost.message.removeprefix("not published: "), None
        if known.out:
            what = "a page" if fields.collection == "pages" else f"of the collection {fields.collection}"
            return "page", f"it is {what}, so no feed holds it", end
        return "unlisted", "the index has not caught up with the clock; the worker publishes it", None

    def _standings(self, row: Row) -> list[Standing]:
        found, gone = [], channels_named(self._settings.paths.gone)
        for standing in self._index.standings(row.number):
            channel = standing.channel
            feeds = self._head.channel(channel)
            found.append(
                Standing(
                    channel.kind,
                    channel.label,
                    feeds.url,
                    tuple((name, feeds.feed_url(name)) for name in FEED_NAMES),
                    standing.newer + 1,
                    channel.posts,
                    self._head.window(channel),
                    (channel.kind, channel.slug) in gone,
                )
            )
        return found

    def _sitemap(self, known: Inspected, row: Row, where: Origins) -> str:
        """Whether sitemaps list the page, and if not why."""
        if known.out and row.fields.listed:
            home = Home(self._head.site.url)
            return "listed" if home.has(row.fields.url) else f"not listed: sitemaps have pages of {home.host} alone"
        if not known.out:
            return "not listed: its page is not out"
        said = " and ".join(map(str, where.get("sitemap", ())))
        return f"not listed: {said}" if said else "not listed: it is no page that search engines are to find"

    # -- the file and the index ----------------------------------------------------------------------------------

    def _news(self, source: Source, known: Inspected) -> list[str]:
        """What the file says now where that is not what the index knows: edited, broken or gone since."""
        if self._fresh:
            return []
        name, locator = known.place
        others = {path: mark for path, mark in self._index.fingerprints(name).items() if path != locator}
        present = next((c for c in source.scan(others | {locator: ""}) if c.locator == locator), None)
        if isinstance(present, Drop) or present is None:
            return ["the file is gone; its last version stays until a scan is believed (feedmill refresh --force)"]
        if isinstance(present, Reject) and known.row is not None:
            lines = "; ".join(map(str, present.problems))
            return [f"the file cannot be loaded as it stands, so its last good version is what is served: {lines}"]
        if not isinstance(present, Reject) and _settled(present.fingerprint) != _settled(known.fingerprint):
            return ["the file has changed since the last scan; this is what was published before"]
        return []


def _settled(fingerprint: str) -> str:
    """A fingerprint whether or not its file had settled when it was read, and whatever it waits for."""
    return fingerprint.replace(DOUBT, "").replace(AWAITING, "")


def _on_disk(tree: Tree, locator: str, source: SourceSettings, limits: LimitSettings) -> str:
    """A file's text as it is now; "" where it cannot be read."""
    entry = tree.find(locator)
    try:
        return (
            decode(tree.read(entry, limits.file_bytes, source.encoding)[0], locator, source.encoding)[0]
            if entry
            else ""
        )
    except (Rejected, Vanished):
        return ""


def _all(where: Origins, name: str) -> str:
    return " and ".join(map(str, where.get(name, ()))) or "not said"


def _person(author: Author) -> str:
    more = ", ".join(filter(None, (author.email, author.url)))
    return f"{author.name} ({more})" if more else author.name


def _picture(image: Image) -> str:
    size = f" ({image.width}×{image.height})" if image.width and image.height else ""
    return f"{image.url}{size}"
