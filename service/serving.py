"""Serving and working: what runs until it is told to stop, for one site or for all of ``[sites]``.

Puts the parts of the wiring together for that. What people read on a terminal goes through ``echo`` functions that the
command line passes in; everything else is logged. Refuses to know requests and rounds.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from service import collecting, logs, preflight, worker
from service.errors import SettingsError, SourceUnavailable
from service.index import Index
from service.lock import holder
from service.priority import Aside
from service.pulling.schedule import staleness
from service.refresh import stale_problems
from service.runtime import Opened, handed, open_sources, open_writer, renderer, source_name
from service.settings import Settings
from service.sites import Hosted, hosted
from service.sources.dialects import detected_at
from service.state_home import state_directory

log = logging.getLogger("feedmill")


def serve(settings: Settings, echo: Callable[[str], None], *, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT, with a refresh worker for each site as a child process where ``with_worker``."""
    from service import server  # Flask and uvicorn: half a second that the other commands need not wait

    logs.configure(settings.service.log_level)
    preflight.require(settings, log.warning, writes=with_worker)
    others = hosted(settings)
    sock = server.bind(settings.service)
    with contextlib.closing(sock), contextlib.ExitStack() as workers:
        if with_worker:
            settings, others = _all_settled(settings, others, server.url_of(sock))
            workers.enter_context(_working(settings, others))
        else:
            settings = handed(settings)
            others = tuple(Hosted(site.hosts, handed(site.settings)) for site in others)
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
    """The settings of a site that is ours to write, for its worker: its URL is known, or was found in what it published
    before.

    A site that is not ``alone`` may be unreadable even so: its worker goes on trying, and the others are served.
    """
    try:
        settings = _with_url(settings, own)
    except SourceUnavailable as error:
        if alone:
            raise
        log.error("a site cannot be read yet; serving the others: %s", error)
    open_writer(Opened(settings, (), ())).close()  # ours to write, and of these sources: say so before serving
    return handed(settings)


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


def _with_url(settings: Settings, own: str) -> Settings:
    """The settings with the site's URL settled, as the last resort by our own address, where there is one.

    Where the sources cannot be read now, but were before, their last good documents are served: the worker goes on
    trying.
    """
    try:
        # A server starts whatever an upstream does.
        settled = open_sources(settings, (lambda: own) if own else None, ask=False).settings
    except SourceUnavailable as error:
        with contextlib.closing(Index.open(state_directory(settings))) as index:
            if not index.ready():
                raise
        log.warning("serving what was published before: %s", error)
        return settings
    if settled.site.url == own != settings.site.url:
        log.warning("the site's URL is unknown; using our own address url=%s (set site.url to publish)", own)
    return settled


def work_for_all(settings: Settings, stop: threading.Event) -> None:
    """Keep the index of every site fresh until ``stop`` is set: ourselves where there is one, else by children."""
    logs.configure(settings.service.log_level)
    preflight.require(settings, log.warning)
    others = hosted(settings)
    if not others:
        work(settings, stop)
        return
    settings, others = _all_settled(settings, others, "")
    with _working(settings, others):
        stop.wait()


def work(settings: Settings, stop: threading.Event, *, site: str = "") -> None:
    """Keep the index fresh until ``stop`` is set. ``site`` is what the log calls it where there are several."""
    logs.configure(settings.service.log_level, site=site)
    aside = Aside()
    try:
        opened = open_sources(settings, give_way=aside.give_way)
    except SourceUnavailable as error:
        _tell(settings, error)
        raise
    with contextlib.closing(open_writer(opened)) as index:
        log.info("worker started state=%s sources=%s", index.directory, ",".join(opened.names))
        for source in settings.source:
            if detected := detected_at(source):
                log.info("source=%s kind=%s: %s", source_name(source), detected.kind, detected.why)
        collecting.staying()
        worker.run(
            opened.settings,
            opened.sources,
            index,
            stop=stop,
            remotes=opened.remotes,
            names=opened.names,
            render_suspicious=renderer(opened.settings, index),
            aside=aside,
        )


def _tell(settings: Settings, error: SourceUnavailable) -> None:
    """A directory cannot be opened, and its worker goes: meanwhile what was published before is served as stale, which
    /readyz shows, as after a scan that failed."""
    with contextlib.closing(open_writer(Opened(settings, (), ()), unsettled=True)) as index:
        if error.source and index.ready():
            problems = stale_problems(error.source, str(error))
            index.mark_stale(error.source, datetime.now(UTC), staleness(error), problems)


def _everywhere(settings: Settings) -> str:
    """A word for whoever reads the loopback address of a server that listens on every interface."""
    return "and on every interface " if settings.service.host in ("0.0.0.0", "::") else ""  # noqa: S104 - compared
