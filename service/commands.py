"""What the commands do, free of argument parsing: serve, work, refresh, build. ``check`` is in ``service.checking``.

Each puts the parts of the wiring together for one purpose. What people read on a terminal goes through ``echo``
functions that the command line passes in; everything else is logged.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service import collecting, logs, report, worker
from service.census import Census
from service.errors import SettingsError, SourceUnavailable, StorageUnavailable
from service.index import Index
from service.index.census import census
from service.lock import holder
from service.paths import Group
from service.runtime import Opened, hook_keys, open_sources, open_writer, renderer, source_name, state_directory
from service.settings import Settings
from service.sites import Hosted, hosted
from service.worker import Report

if TYPE_CHECKING:
    from service.build import Built
    from service.team import Team

log = logging.getLogger("feedmill")

Echo = Callable[[str], None]

REFRESH_PATIENCE: Final = 600.0
"""Seconds ``refresh`` waits for a running worker to do what it was asked."""


def serve(settings: Settings, echo: Echo, *, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT, with a refresh worker for each site as a child process where ``with_worker``."""
    from service import server  # Flask and uvicorn: half a second that the other commands need not wait

    logs.configure(settings.service.log_level)
    others = hosted(settings)
    for one in (settings, *(site.settings for site in others)):
        _look_at_hooks(one)
    sock = server.bind(settings.service)
    with contextlib.closing(sock), contextlib.ExitStack() as workers:
        if with_worker:
            settings, others = _all_settled(settings, others, server.url_of(sock))
            workers.enter_context(_working(settings, others))
        else:
            for one in (settings, *(site.settings for site in others)):
                if holder(state_directory(one)) is None:
                    log.warning("no worker runs on %s: start feedmill worker", state_directory(one))
        collecting.staying()
        hosts = "".join(f"and for {site.name} " for site in others)
        server.serve(
            settings,
            lambda url: echo(f"Feedmill serves at {url}/ {_everywhere(settings)}{hosts}(stop with Ctrl-C)"),
            sock=sock,
            metrics_directory=state_directory(settings) / "metrics",
            others=others,
        )


def _all_settled(settings: Settings, others: Sequence[Hosted], own: str) -> tuple[Settings, tuple[Hosted, ...]]:
    """The settings of the main site and of the others as :func:`_settled` has them. Raises SettingsError."""
    main = _settled(settings, own, alone=not others)
    settled = list[Hosted]()
    for site in others:
        try:
            settled.append(Hosted(site.hosts, _settled(site.settings, "", alone=False)))
        except SettingsError as error:
            raise SettingsError(f"{site.setting}: {error}") from None
    return main, tuple(settled)


def _settled(settings: Settings, own: str, *, alone: bool) -> Settings:
    """The settings of a site that is ours to write: its URL is known, or was found in what it published before.

    A site that is not ``alone`` may be unreadable even so: its worker goes on trying, and the others are served.
    """
    try:
        settings = _with_url(settings, own)
    except SourceUnavailable as error:
        if alone:
            raise
        log.error("a site cannot be read yet; serving the others: %s", error)
    open_writer(Opened(settings, (), ())).close()  # ours to write, and of these sources: say so before serving
    return settings


@contextlib.contextmanager
def _working(settings: Settings, others: Sequence[Hosted]) -> Iterator[None]:
    """A worker process for each site, so that what befalls one leaves the others alone."""
    from service.supervisor import WorkerProcess

    children = [WorkerProcess(settings), *(WorkerProcess(site.settings, site.name) for site in others)]
    for child in children:
        child.start()
    try:
        yield
    finally:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop()


def _look_at_hooks(settings: Settings) -> None:
    """Say at the start what would keep a hook shut. Raises SettingsError where its secret is not where it should be."""
    open_ones = hook_keys(settings)
    for source in settings.source:
        name = source_name(source)
        if source.hook and name not in open_ones:
            log.warning("no hook source=%s: no secret; name one in hook_secret_env or hook_secret_file", name)


def _with_url(settings: Settings, own: str) -> Settings:
    """The settings with the site's URL settled, as the last resort by our own address, where there is one.

    Where the sources cannot be read now, but were before, their last good documents are served: the worker goes on
    trying.
    """
    try:
        settled = open_sources(settings, (lambda: own) if own else None).settings
    except SourceUnavailable as error:
        with contextlib.closing(Index.open(state_directory(settings))) as index:
            if not index.ready():
                raise
        log.warning("serving what was published before: %s", error)
        return settings
    if settled.site.url != settings.site.url:
        log.warning("the site's URL is unknown; using our own address url=%s (set site.url to publish)", own)
    return settled


def work_for_all(settings: Settings, stop: threading.Event) -> None:
    """Keep the index of every site fresh until ``stop`` is set: ourselves where there is one, else by children."""
    others = hosted(settings)
    if not others:
        work(settings, stop)
        return
    logs.configure(settings.service.log_level)
    settings, others = _all_settled(settings, others, "")
    with _working(settings, others):
        stop.wait()


def work(settings: Settings, stop: threading.Event, *, site: str = "") -> None:
    """Keep the index fresh until ``stop`` is set. ``site`` is what the log calls it where there are several."""
    logs.configure(settings.service.log_level, site=site)
    opened = open_sources(settings)
    with contextlib.closing(open_writer(opened)) as index:
        log.info("worker started state=%s sources=%s", index.directory, ",".join(s.name for s in opened.sources))
        collecting.staying()
        worker.run(
            opened.settings,
            opened.sources,
            index,
            stop=stop,
            render_suspicious=renderer(opened.settings, index),
        )


def refresh(settings: Settings, echo: Echo, *, force: bool) -> None:
    """Scan now: ourselves, or by asking the worker that holds the state directory, and then waiting for it."""
    logs.configure(settings.service.log_level)
    directory = state_directory(settings)
    if holder(directory) is None:
        opened = open_sources(settings)
        with indexed(opened, force=force) as (index, _):
            echo(_standing(index))
        return
    _ask_worker(directory, force=force)
    with contextlib.closing(Index.open(directory)) as index:
        echo(_standing(index))


def build_site(
    settings: Settings,
    out: Path,
    *,
    groups: Collection[Group],
    force: bool,
    progress: Callable[[int, int], None] | None,
    team: Team | None = None,
) -> tuple[Built, Census, int]:
    """Index the content, then write the documents of ``groups`` below ``out``; also what became of the posts, and how
    many errors the content has."""
    from service.build import build  # 110 ms with every format and template, for whoever writes documents
    from service.publisher import Publisher

    logs.configure(settings.service.log_level)
    if "page" not in groups:
        settings = settings.model_copy(update={"paths": settings.paths.model_copy(update={"channel_pages": False})})
    opened = open_sources(settings)
    _refuse_output_in_content(opened.settings, out)
    directory = state_directory(settings)
    with contextlib.ExitStack() as stack:
        if holder(directory) is None:
            index, _ = stack.enter_context(indexed(opened, force=force))
        else:  # a server runs on this content: its worker scans, we only read
            _ask_worker(directory, force=force)
            index = stack.enter_context(contextlib.closing(Index.open(directory)))
        built = build(Publisher(index, opened.settings), out, groups=groups, progress=progress, team=team)
        return built, census(index, datetime.now(UTC)), index.counts().errors


@contextlib.contextmanager
def indexed(opened: Opened, *, force: bool) -> Iterator[tuple[Index, Report]]:
    """The index after one scan of the sources, held by us as its writer. Raises SourceUnavailable if none was read."""
    with contextlib.closing(open_writer(opened)) as index:
        done = worker.tick(
            opened.sources,
            index,
            datetime.now(UTC),
            refresh=opened.settings.refresh,
            force=force,
            render_suspicious=renderer(opened.settings, index),
        )
        if all(source.error for source in done.sources) and not index.counts().posts:
            raise SourceUnavailable("; ".join(f"{source.name}: {source.error}" for source in done.sources))
        yield index, done


@contextlib.contextmanager
def published(opened: Opened) -> Iterator[Index]:
    """The index of the state directory, for reading: what is published now, whoever writes it.

    Raises StorageUnavailable where there is none, or one of other sources.
    """
    directory = state_directory(opened.settings)
    with contextlib.closing(Index.open(directory)) as index:
        known = {status.name for status in index.status()}
        if not index.ready():
            raise StorageUnavailable(f"{directory}: holds no index yet; run feedmill refresh, or leave --state out")
        if known != {source.name for source in opened.sources}:
            raise StorageUnavailable(f"{directory}: belongs to other sources ({', '.join(sorted(known))})")
        yield index


def _refuse_output_in_content(settings: Settings, out: Path) -> None:
    """A page written into a plain folder would be read as a post by the next scan; ``_site`` and ``.out`` are not."""
    target = out.resolve()
    for source in settings.source:
        if source.path is None:
            continue
        root = source.path.resolve()
        if target == root or (
            target.is_relative_to(root)
            and not any(part.startswith(("_", ".")) for part in target.relative_to(root).parts)
        ):
            raise StorageUnavailable(
                f"{out}: lies within the content and would be read as posts; "
                "choose a directory outside, or one whose name starts with _ such as _site"
            )


def _ask_worker(directory: Path, *, force: bool) -> None:
    """Have the worker that holds the directory scan, and wait until it has. Raises StorageUnavailable."""
    worker.request_refresh(directory, force=force)
    waiting = directory / worker.REQUESTS / ("force" if force else "scan")
    deadline = time.monotonic() + REFRESH_PATIENCE
    try:
        while waiting.exists() or waiting.with_suffix(worker.TAKEN).exists():
            if holder(directory) is None or time.monotonic() > deadline:
                raise StorageUnavailable(f"{directory}: the worker did not answer; is it running?")
            time.sleep(0.05)
    finally:
        waiting.unlink(missing_ok=True)  # nobody waits any more: a later worker must not obey it


def _standing(index: Index) -> str:
    """How each source stands, a line each, for people."""
    lines = []
    for source in index.status():
        line = f"{source.name}: {report.counted(source.posts, 'post')}"
        if source.stale:
            line += f"; not scanned: {source.stale}"
        if source.held is not None:
            line += f"; {source.held.lost} are missing but held back (feedmill refresh --force believes it)"
        lines.append(line)
    counts = index.counts()
    if counts.errors or counts.warnings:
        errors, warnings = report.counted(counts.errors, "error"), report.counted(counts.warnings, "warning")
        lines.append(f"{errors}, {warnings} (feedmill check says more)")
    return "\n".join(lines)


def _everywhere(settings: Settings) -> str:
    """A word for whoever reads the loopback address of a server that listens on every interface."""
    return "and on every interface " if settings.service.host in ("0.0.0.0", "::") else ""  # noqa: S104 - compared
