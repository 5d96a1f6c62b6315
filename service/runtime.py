"""The wiring: from settings to sources, state directory, index and publisher.

The only module that knows how the parts are put together; the commands, the WSGI entry point and the benchmarks start
here. Refuses to parse arguments and to print.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import service.index  # its names are taken when they are needed, and SQLAlchemy with them
from feeds.frozen import frozen
from feeds.revisions import REVISIONS
from service.errors import Fault, Problem, SettingsError, SourceUnavailable
from service.index.ownership import Owner
from service.index.reading import Reading
from service.pulling.arrived import Remote
from service.settings import Settings, SourceSettings
from service.signatures import Scheme, key_of
from service.sources.defaults import DefaultedPulling, Defaults, taking, with_defaults
from service.sources.directory import open_source
from service.sources.source import Source
from service.state_home import content, keep_home, state_directory
from service.upstream.answer import Client
from service.upstream.secrets import secret

if TYPE_CHECKING:
    from flask import Flask

    from service.content.render import Rendering
    from service.front import Front
    from service.hooks import Hooks
    from service.index import Index, Row
    from service.metrics import Neighbour
    from service.publisher import Publisher
    from service.sites import Hosted
    from service.tick import RenderSuspicious

log = logging.getLogger("feedmill")

MOST_PROCESSES: Final = 4
"""Beyond that the one that writes the index is what the others wait for."""

CACHE: Final = "upstream"
"""Directory below the state directory for what upstreams answered."""


@frozen(frozen=True, slots=True)
class Opened:
    """Directories that were opened once, under settings whose site URL is known, and remote sources that were not asked
    yet: where there are no directories, it is what these say."""

    settings: Settings
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    remotes: tuple[Remote, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of all sources, in the order of the settings."""
        return [source_name(source) for source in self.settings.source]


def require_sources(settings: Settings) -> tuple[SourceSettings, ...]:
    """The configured sources; UsageError where there is none, Fault where two share a name."""
    for fault in doubled(settings):
        raise fault
    return content(settings)


def doubled(settings: Settings) -> Iterator[Fault]:
    """A fault for each source that has the name of one before it: reports and the index tell them by their names."""
    seen = set[str]()
    for source in settings.source:
        name = source_name(source)
        if name in seen:
            fault = Fault("source.name", f"two sources are called {name!r}", "give one of them a name of its own")
            yield located(settings, source, fault)
        seen.add(name)


def source_name(source: SourceSettings) -> str:
    """What a source is called in reports and in the index."""
    return source.name or (urlsplit(source.url).hostname or "" if source.url else source.root.resolve().name)


def handed(settings: Settings) -> Settings:
    """The same for a process that does not read the settings file: with the state directory said."""
    service = settings.service.model_copy(update={"state": state_directory(settings)})
    return settings.model_copy(update={"service": service})


def owners(settings: Settings) -> list[Owner]:
    """What tells these sources from those of another site."""
    found = [Owner(source.place, source.name) for source in settings.source]
    for table in settings.places.beside([source.location for source in settings.source]):
        with suppress(ValueError):  # nobody has judged what does not count
            found.append(Owner(SourceSettings(**table).place, left_out=True))
    return found


def open_publisher(settings: Settings) -> Publisher:
    """A publisher that reads the index of the settings' state directory, whether or not it is there yet."""
    from service.publisher import Publisher  # 100 ms with every format and template: a scan renders nothing

    return Publisher(service.index.Index.open(state_directory(settings)), settings)


def open_application(settings: Settings, others: Sequence[Hosted] = ()) -> tuple[Flask, dict[str, Front]]:
    """The application of the default site, which hands what is for the hosts of others to theirs; and their fronts.

    Raises SettingsError.
    """
    from service.app import create_app
    from service.hosts import ByHost

    def made(settings: Settings, **more: Any) -> Flask:
        publisher = open_publisher(settings)
        return create_app(publisher, settings, prefix=publisher.prefix, hooks=open_hooks(settings), **more)

    apps, neighbours = dict[str, "Flask"](), list["Neighbour"]()
    for site in others:
        other = made(site.settings, site=site.name)
        apps |= dict.fromkeys(site.hosts, other)
        neighbours.append(other.extensions["feedmill.neighbour"])
    app = made(settings, neighbours=neighbours)
    if apps:
        app.wsgi_app = ByHost(app.wsgi_app, apps)  # type: ignore[method-assign]  # Flask's own seam for middleware
    return app, {host: other.extensions["feedmill"] for host, other in apps.items()}


def open_writer(opened: Opened, *, adopt: bool = False, unsettled: bool = False) -> Index:
    """The index of the state directory, for its one writer. Raises StorageUnavailable where there is another, or where
    the directory is another site's and is not to ``adopt`` this one. ``unsettled``: not all that shapes documents is
    known, so nothing of it is taken for changed."""
    settings = opened.settings
    keep_home(settings)
    return service.index.Index.open(
        state_directory(settings),
        writer=True,
        sources=owners(settings),
        adopt=adopt,
        terms_limit=settings.limits.terms_per_site,
        shape=None if unsettled else _shape(settings),
    )


def _shape(settings: Settings) -> int:
    """A number for the settings that shape documents: when they change, Last-Modified has to move with the bytes."""
    whole = ("site", "feed", "paths", "metadata", "news", "robots")
    said = settings.model_dump_json(include={**dict.fromkeys(whole, True), "service": {"url", "show_problems"}})
    return int(hashlib.sha256(f"{said} {sorted(REVISIONS.items())}".encode()).hexdigest()[:12], 16)


def renderer(settings: Settings, index: Index) -> RenderSuspicious:
    """Renders a suspicious body in a process of its own, under the deadline of the limits."""
    limits = settings.limits

    def render(row: Row, text: str) -> Rendering:
        from service.content.deadline import render_within  # 65 ms with the parsers: few sites have such a body
        from service.sources.page import page_values

        context = index.context(row.source)
        page, body = page_values(row.fields, text, limits, path=row.locator, context=context)
        return render_within(
            limits.render_seconds,
            row.fields,
            body,
            page,
            context,
            index.url_of,
            limits,
            settings.feed.excerpt_length,
        )

    return render


def open_sources(
    settings: Settings,
    own_address: Callable[[], str] | None = None,
    *,
    ask: bool = True,
    give_way: Callable[[], None] | None = None,
    believe: bool = False,
) -> Opened:
    """Open every directory, and settle the site's URL: the settings' word, else the content's, else ``own_address()``.

    Where only an upstream can say it, and there are directories whose pages need it, that is what it said last; before
    it ever said anything it is asked, unless ``ask`` is false: then the settings come back without a URL. Raises
    SettingsError where nothing gives one, SourceUnavailable where a directory cannot be opened at all, or nobody could
    be asked. So is a directory without the generator's configuration that the index knows it by, unless whoever asks is
    to ``believe`` that: other URLs and ids would follow from it.
    """
    url, problems = settings.site.url, list[Problem]()
    directories = [source for source in require_sources(settings) if source.path is not None]
    remotes = tuple(_remote(source, settings) for source in settings.source if source.url)
    before = {} if believe else _configurations(settings, directories)
    opened = [_open(source, settings, url, give_way, before) for source in directories]
    if opened and not url and not any(facts_url for _, facts_url, _ in opened):
        if remotes:
            url = _told_url(remotes, settings, ask=ask)
        elif own_address is None:
            raise SettingsError(
                "site.url: neither the settings nor the content say where the site is; "
                "set [site] url in feedmill.toml, --url https://example.org, or url in the generator's configuration"
            )
        else:
            url = own_address()
        settings = with_site_url(settings, url)
        opened = [_open(source, settings, url, give_way, before) for source in directories]
        remotes = tuple(replace(remote, site_url=url) for remote in remotes)
    for _, _, found in opened:
        problems.extend(found)
    return Opened(settings, tuple(source for source, _, _ in opened), tuple(problems), remotes)


def _configurations(settings: Settings, directories: Sequence[SourceSettings]) -> dict[str, str]:
    """The file by which each directory was read last, by the source's name, as the index has it."""
    directory = state_directory(settings)
    if not directories or not os.path.lexists(directory / service.index.FILE_NAME):
        return {}
    with closing(service.index.Index.open(directory)) as index:
        return {name: index.facts_of(name).configuration for name in map(source_name, directories)}


def _told_url(remotes: Sequence[Remote], settings: Settings, *, ask: bool) -> str:
    """Where the site is, as an upstream said last; else as the first that answers says now."""
    with closing(service.index.Index.open(state_directory(settings))) as index:
        known = next((url for remote in remotes if (url := index.facts_of(remote.name).url)), "")
    errors = []
    for remote in remotes if ask and not known else ():
        try:
            known = remote.pulling.pull({}, "", datetime.now(UTC)).facts.url
        except SourceUnavailable as error:
            errors.append(f"{remote.name}: {error}")
        if known:
            break
    if ask and not known:
        why = "; ".join(errors) or "no upstream says so"
        raise SourceUnavailable(f"site.url: unknown, and nobody could be asked: {why}; set [site] url in feedmill.toml")
    return known


def _remote(source: SourceSettings, settings: Settings) -> Remote:
    from service.sources.opening import open_remote  # feedparser and its like: a directory needs none of it

    name, defaults = source_name(source), Defaults(source.defaults)
    client, take = _client_of(name, source, settings), taking(Reading, defaults)
    made = open_remote(name, source, settings.site, settings.limits, take=take, client=client)
    return Remote(DefaultedPulling(made, defaults), source.interval, settings.site.url)


def _client_of(name: str, source: SourceSettings, settings: Settings) -> Callable[[], Client]:
    """Makes the client of each pull of a source; what it keeps between two lies in the state directory.

    Raises Fault where it could never ask: its key is not where the settings say, for one.
    """
    from service.upstream.client import open_client  # requests and its cache: a directory needs none of it

    try:
        return open_client(source, settings.limits, name=name, cache_directory=state_directory(settings) / CACHE)
    except Fault as fault:
        raise located(settings, source, fault) from None


def with_site_url(settings: Settings, url: str) -> Settings:
    """The same settings with another ``site.url``."""
    return settings.model_copy(update={"site": settings.site.model_copy(update={"url": url})})


def with_state(settings: Settings, directory: Path) -> Settings:
    """The same settings with another ``service.state``."""
    return settings.model_copy(update={"service": settings.service.model_copy(update={"state": directory})})


def hook_keys(settings: Settings) -> dict[str, tuple[Scheme, bytes]]:
    """How the hook of each source that has one is signed, by the source's name. Raises Fault."""
    keys = dict[str, tuple[Scheme, bytes]]()
    for source in settings.source:
        try:
            key = hook_key(source)
        except Fault as fault:
            raise located(settings, source, fault) from None
        if source.hook and key:
            keys[source_name(source)] = source.hook, key
    return keys


def hook_key(source: SourceSettings) -> bytes:
    """What the hook of a source is signed with; b"" where it has none. Raises Fault."""
    word = secret("source.hook_secret", source.hook_secret_env, source.hook_secret_file)
    if not source.hook or not word:
        return b""
    try:
        return key_of(source.hook, word)
    except ValueError as error:
        raise Fault(f"source.hook_secret of {source_name(source)!r}", str(error), here=True) from None


def located(settings: Settings, source: SourceSettings, fault: Fault) -> Fault:
    """A fault of one of the sources, where that was said, with its name where the place is none of its own."""
    keys = [word.rpartition(".")[2] for word in fault.setting.replace(" and ", " ").split() if "." in word]
    keys += [f"{key}{end}" for key in keys for end in ("_env", "_file")]
    where = settings.places.of_source(source.location, *keys)
    named = len(settings.source) == 1 or where.rpartition(":")[2].isdecimal() or " of " in fault.setting
    return fault.at(where, "" if named else f"{fault.setting} of {source_name(source)!r}")


def open_hooks(settings: Settings) -> Hooks:
    """The hooks of a site; each asks the worker of the site's state directory. Raises SettingsError."""
    from service.asking import request_refresh
    from service.hooks import Hook, Hooks
    from service.replays import Replays

    keys = hook_keys(settings)
    if not keys:
        return Hooks({}, None, 0)
    directory = state_directory(settings)
    hooks = {
        name: Hook(scheme, key, partial(request_refresh, directory, source=name))
        for name, (scheme, key) in keys.items()
    }
    return Hooks(hooks, Replays(directory), settings.service.body_bytes)


def _open(
    source: SourceSettings,
    settings: Settings,
    url: str,
    give_way: Callable[[], None] | None,
    before: Mapping[str, str],
) -> tuple[Source, str, tuple[Problem, ...]]:
    processes = settings.refresh.processes or min(os.cpu_count() or 1, MOST_PROCESSES)
    defaults = Defaults(source.defaults)
    take = taking(Reading, defaults)
    made = open_source(
        source,
        settings.site,
        settings.limits,
        take=take,
        processes=processes,
        give_way=give_way,
        configuration=before.get(source_name(source), ""),
    )
    made = with_defaults(made, defaults)
    try:
        facts, _, problems = made.open()
    except SourceUnavailable as error:
        error.source = source_name(source)
        raise
    return made, url or facts.url, problems
