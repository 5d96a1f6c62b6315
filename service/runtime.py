"""The wiring: from settings to sources, state directory, index and publisher.

The only module that knows how the parts are put together; the commands, the WSGI entry point and the benchmarks start
here. Refuses to parse arguments and to print.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from feeds.revisions import REVISIONS
from service.errors import Problem, SettingsError, UsageError
from service.index import Index, Row
from service.index.reading import Reading
from service.settings import Settings, SourceSettings
from service.sources.defaults import Defaults, taking, with_defaults
from service.sources.directory import open_source
from service.sources.source import Source
from service.tick import RenderSuspicious

if TYPE_CHECKING:
    from service.content.render import Rendering
    from service.publisher import Publisher

MOST_PROCESSES: Final = 4
"""Beyond that the one that writes the index is what the others wait for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Sources that were opened once, under settings whose site URL is known."""

    settings: Settings
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]


def require_sources(settings: Settings) -> tuple[SourceSettings, ...]:
    """The configured sources; UsageError where there is none, SettingsError where two share a name."""
    if not settings.source:
        raise UsageError(
            "no content: name a directory (feedmill serve PATH), or set FEEDMILL_SOURCE or [[source]] path"
        )
    names = [source_name(source) for source in settings.source]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"source: two sources are called {name!r}; give one of them a name of its own")
    return settings.source


def source_name(source: SourceSettings) -> str:
    """What a source is called in reports and in the index."""
    return source.name or (urlsplit(source.url).hostname or "" if source.url else source.root.resolve().name)


def state_directory(settings: Settings) -> Path:
    """What Feedmill writes lies below it: the setting, else ``$XDG_STATE_HOME/feedmill/<digest of the sources>``."""
    if settings.service.state is not None:
        return settings.service.state.absolute()
    home = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    return Path(home) / "feedmill" / sources_digest(settings)


def sources_digest(settings: Settings) -> str:
    """Names one set of sources: a state directory belongs to one (DESIGN.md rule 10)."""
    paths = "\0".join(sorted(source.place for source in require_sources(settings)))
    return hashlib.sha256(paths.encode()).hexdigest()[:16]


def open_publisher(settings: Settings) -> Publisher:
    """A publisher that reads the index of the settings' state directory, whether or not it is there yet."""
    from service.publisher import Publisher  # 100 ms with every format and template: a scan renders nothing

    return Publisher(Index.open(state_directory(settings)), settings)


def open_writer(opened: Opened) -> Index:
    """The index of the state directory, for its one writer. Raises StorageUnavailable where there is another."""
    settings = opened.settings
    return Index.open(
        state_directory(settings),
        writer=True,
        sources=[source.place for source in settings.source],
        terms_limit=settings.limits.terms_per_site,
        shape=_shape(settings),
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


def open_sources(settings: Settings, own_address: Callable[[], str] | None = None) -> Opened:
    """Open every source, and settle the site's URL: the settings' word, else the content's, else ``own_address()``.

    Raises SettingsError where none of the three gives one, SourceUnavailable where a source cannot be opened at all.
    """
    url, problems = settings.site.url, list[Problem]()
    opened = [_open(source, settings, url) for source in require_sources(settings)]
    if not url and not any(facts_url for _, facts_url, _ in opened):
        if own_address is None:
            raise SettingsError(
                "site.url: neither the settings nor the content say where the site is; "
                "set url in _config.yml, [site] url in feedmill.toml, or --url https://example.org"
            )
        url = own_address()
        settings = with_site_url(settings, url)
        opened = [_open(source, settings, url) for source in settings.source]
    for _, _, found in opened:
        problems.extend(found)
    return Opened(settings, tuple(source for source, _, _ in opened), tuple(problems))


def with_site_url(settings: Settings, url: str) -> Settings:
    """The same settings with another ``site.url``."""
    return settings.model_copy(update={"site": settings.site.model_copy(update={"url": url})})


def _open(source: SourceSettings, settings: Settings, url: str) -> tuple[Source, str, tuple[Problem, ...]]:
    processes = settings.refresh.processes or min(os.cpu_count() or 1, MOST_PROCESSES)
    defaults = Defaults(source.defaults)
    take = taking(Reading, defaults)
    made = with_defaults(open_source(source, settings.site, settings.limits, take=take, processes=processes), defaults)
    facts, _, problems = made.open()
    return made, url or facts.url, problems
