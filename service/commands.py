"""What commands do that end by themselves, free of argument parsing: refresh, sources, build; and what others share.

Each puts the parts of the wiring together for one purpose. What people read on a terminal goes through ``echo``
functions that the command line passes in; everything else is logged. ``serve`` and ``worker`` are in
``service.serving``, ``check`` in ``service.checking``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from service import asking, logs, standing, worker
from service.census import Census
from service.documents import Selection
from service.errors import Problem, SourceUnavailable, StorageUnavailable, UsageError, once_each
from service.index import Hold, Index
from service.index.census import census, contested
from service.index.ownership import ELSEWHERE
from service.lock import holder
from service.pulling.once import Watched, pull_once
from service.runtime import Opened, open_sources, open_writer, renderer, require_sources, source_name
from service.settings import Settings, SourceSettings
from service.sources.dialects import detected_at
from service.state_home import state_directory
from service.tick import TOLD
from service.worker import Report

if TYPE_CHECKING:
    from service.build import Built
    from service.team import Team

Echo = Callable[[str], None]


def refresh(
    settings: Settings,
    echo: Echo,
    *,
    sources: Sequence[str] = (),
    force: bool = False,
    adopt: bool = False,
    progress: Watched | None = None,
) -> int:
    """Refresh the named sources now, or all: ourselves, or by asking the worker that holds the state directory, and
    then waiting for it. The exit code of the command: 4 where one of them could not be read.

    To ``adopt`` is to go on with the state directory although no source of it is known there; no worker may hold it.
    Raises UsageError for a name that no source has.
    """
    logs.configure(settings.service.log_level)
    directory = state_directory(settings)
    wanted = _named(settings, sources)
    with contextlib.ExitStack() as stack:

        def ourselves() -> tuple[Index, Report]:
            opened = open_sources(settings, believe=force)
            return stack.enter_context(
                indexed(opened, force=force, only=wanted, insist=force, complete=True, adopt=adopt, progress=progress)
            )

        own = asking.in_turn(
            lambda: not adopt and _scanned(directory, sources, force=force),
            ourselves,
            patience=0 if adopt else asking.PATIENCE,
        )
        index = own[0] if own else stack.enter_context(contextlib.closing(Index.open(directory)))
        return _said(index, echo, wanted)


def sources(settings: Settings, echo: Echo, *, form: str) -> int:
    """Say how each source stands, by the index of the state directory; the exit code of the command: 1 where one is
    stale. Asks and scans nothing."""
    logs.configure("error")
    state = state_directory(settings)
    with contextlib.closing(Index.open(state)) as index:
        known = {status.name: status for status in index.status()}
    found = []
    for source in require_sources(settings):
        name, (shown, fault) = source_name(source), _as_read(source)
        found.append(standing.SourceStanding(name, shown, known.get(name), fault))
    echo(standing.FORMATS[form](found, datetime.now(UTC), state))
    return int(any(one.stale for one in found))


def _as_read(source: SourceSettings) -> tuple[SourceSettings, str]:
    """A source under the kind that it is read as, where that can be seen; and why its directory cannot be read."""
    try:
        detected = detected_at(source)
    except SourceUnavailable as error:
        return source, str(error)
    kind = detected.kind if detected else source.remote_kind
    return source.model_copy(update={"kind": kind}), ""


def _named(settings: Settings, names: Sequence[str]) -> list[str]:
    known = [source_name(source) for source in require_sources(settings)]
    for name in names:
        if name not in known:
            raise UsageError(f"there is no source {name!r}; there is {', '.join(known)}{once_each('--source', name)}")
    return [name for name in known if name in names] if names else known


def _said(index: Index, echo: Echo, names: Collection[str]) -> int:
    found = [status for status in index.status() if status.name in names]
    echo(standing.in_short(found, index.counts()))
    return SourceUnavailable.exit_code if any(status.stale for status in found) else 0


class SiteBuilt(NamedTuple):
    """What a build came to: the documents, what became of the posts, and how many errors the content has. By source:
    why it could not be read (``stale``), what of it is missing and held back (``held``). ``contested``: some posts that
    another file keeps out, with their sources."""

    built: Built
    posts: Census
    errors: int
    stale: dict[str, str]
    held: dict[str, Hold]
    contested: list[tuple[str, Problem]]


def build_site(
    opened: Opened,
    out: Path,
    wanted: Selection,
    *,
    force: bool,
    progress: Callable[[int, int], None] | None,
    pulled: Watched | None = None,
    team: Team | None = None,
) -> SiteBuilt:
    """Index the content, then write the documents that are wanted below ``out``."""
    from service.build import build  # 110 ms with every format and template, for whoever writes documents
    from service.publisher import Publisher

    directory = state_directory(opened.settings)
    with contextlib.ExitStack() as stack:
        own = asking.in_turn(
            lambda: _scanned(directory, force=force),
            lambda: stack.enter_context(indexed(opened, force=force, insist=force, progress=pulled)),
        )
        # By a server's worker: we only read.
        index = own[0] if own else stack.enter_context(contextlib.closing(Index.open(directory)))
        known = [source for source in index.status() if source.name in opened.names]
        unread = any(source.scanned_at is None for source in known)
        publisher = Publisher(index, opened.settings)
        built = build(publisher, out, wanted, progress=progress, team=team, keep=unread)
        stale = {source.name: source.stale for source in known if source.stale}
        held = {source.name: source.held for source in known if source.held is not None}
        posts = census(index, datetime.now(UTC))
        lost = contested(index, TOLD + 1) if posts.duplicates else []
        return SiteBuilt(built, posts, index.counts().errors, stale, held, lost)


@contextlib.contextmanager
def indexed(
    opened: Opened,
    *,
    force: bool,
    only: Collection[str] = (),
    insist: bool = False,
    complete: bool = False,
    adopt: bool = False,
    progress: Watched | None = None,
) -> Iterator[tuple[Index, Report]]:
    """The index after one scan of the directories and one pull of the remote sources, or of those in ``only``, held by
    us as its writer.

    ``force`` believes whatever they no longer have, ``insist`` asks an upstream that wants to be left alone,
    ``complete`` wants whole listings, ``adopt`` is :func:`open_writer`'s. Raises SourceUnavailable if none was read.
    """
    with contextlib.closing(open_writer(opened, adopt=adopt)) as index:
        done = refreshed(
            opened, index, force=force, only=only or opened.names, insist=insist, complete=complete, progress=progress
        )
        if all(source.error for source in done.sources) and not index.counts().posts:
            why = "; ".join(f"{source.name}: {source.error}" for source in done.sources)
            raise SourceUnavailable(why or "no source may be asked yet")
        yield index, done


def refreshed(
    opened: Opened,
    index: Index,
    *,
    force: bool,
    only: Collection[str],
    insist: bool = False,
    complete: bool = False,
    progress: Watched | None = None,
) -> Report:
    """What :func:`indexed` does, to an index that is open."""
    done = partial(
        worker.tick,
        index=index,
        refresh=opened.settings.refresh,
        names=opened.names,
        force=force,
        render_suspicious=renderer(opened.settings, index),
    )
    reports = [done([source for source in opened.sources if source.name in only], now=datetime.now(UTC))]
    remotes = [remote for remote in opened.remotes if remote.name in only]
    asked = pull_once(
        remotes,
        index,
        lambda: datetime.now(UTC),
        force=force,
        insist=insist,
        complete=complete,
        progress=progress,
    )
    with contextlib.closing(asked):
        reports += [done([arrived], now=datetime.now(UTC)) for arrived in asked]
    found = tuple(source for one in reports for source in one.sources)
    channels, rendered = (sum(getattr(one, name) for one in reports) for name in ("channels", "rendered"))
    return Report(found, channels, rendered, reports[-1].next_change)


def require_read(done: Report) -> None:
    """Raises SourceUnavailable where one of the sources was not read."""
    for source in done.sources:
        if source.error:
            raise SourceUnavailable(f"{source.name}: {source.error}")


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
        if known.isdisjoint(opened.names):  # what has just left the settings, or joined them, is no other directory's
            raise StorageUnavailable(f"{directory}: belongs to other sources ({', '.join(sorted(known))}); {ELSEWHERE}")
        yield index


def _scanned(directory: Path, sources: Sequence[str] = (), *, force: bool) -> bool:
    """Whether the worker that holds the directory has scanned; not where none does, or it was another command, and has
    ended."""
    if holder(directory) is None:
        return False
    try:
        ask_worker(directory, sources, force=force)
    except asking.Unanswered:
        return False
    return True


def ask_worker(directory: Path, sources: Sequence[str] = (), *, force: bool) -> None:
    """Have the worker that holds the directory refresh, and wait until it has. Raises StorageUnavailable."""
    asked = holder(directory)
    if asked is None:
        raise asking.Unanswered(f"{directory}: who held it has ended; try again")
    for source in sources or ("",):
        asking.request_refresh(directory, source=source, force=force, whole=True)
    how: asking.How = "force" if force else "whole"
    paths = [asking.waiting_file(directory, source, how) for source in sources or ("",)]
    asking.wait_for_answers(directory, paths, asked=asked)
