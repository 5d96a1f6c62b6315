"""What keeps settings from working, found before anything is scanned, asked or served: ``config --check`` and a start.

Every fault is found by the code that would stumble over it later, and told with the place where it was said. Refuses to
ask an upstream, and to judge content.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import service.index  # as in service.runtime
from service.errors import Fault, Faults, Problem, SourceUnavailable, StorageUnavailable
from service.hosts import host_of
from service.index.ownership import refusal
from service.lock import unusable
from service.runtime import doubled, hook_key, located, owners, source_name
from service.settings import Settings, SourceSettings
from service.settings_idle import idle
from service.sites import Hosted, hosted_or_faults
from service.sources.files import Tree
from service.state_home import state_directory
from service.upstream.faults import faults as faults_of_address


def faults(settings: Settings, *, elsewhere: bool = False, writes: bool = True) -> list[Fault]:
    """What is wrong with settings, the other sites' with them. Where there are several, no source stops a start.

    ``elsewhere``: they are for another machine, so that what is not on this one is a warning. Who ``writes`` no state
    directory can do with one that is read-only.
    """
    others, found = hosted_or_faults(settings)
    found += _own(settings, alone=not others, writes=writes)
    for site in others:
        found += _astray(settings, site)
        found += (fault.at(fault.where or site.setting) for fault in _own(site.settings, alone=False, writes=writes))
    return [fault.as_warning() if fault.here and elsewhere else fault for fault in found]


def require(settings: Settings, warn: Callable[[str], None], *, writes: bool = True) -> None:
    """Before a start: ``warn`` of what can be lived with. Raises Faults for the rest."""
    refuse(faults(settings, writes=writes), warn)


def beside(settings: Settings) -> list[Fault]:
    """What to say to whoever builds or checks one site: files of other sites that cannot be used, and what of its own
    can be lived with. What cannot stops them where it is opened; what another machine may have is none of theirs."""
    own = (fault for fault in _own(settings, alone=True, writes=False) if fault.level != "error")
    return [fault for fault in (*hosted_or_faults(settings)[1], *own) if not fault.here]


def refuse(found: Sequence[Fault], warn: Callable[[str], None]) -> None:
    """``warn`` of warnings; raises Faults where there is an error."""
    wrong = [fault for fault in found if fault.level == "error"]
    for fault in found:
        if fault.level != "error":
            warn(str(fault))
    if wrong:
        raise Faults(wrong)


def problem(fault: Fault) -> Problem:
    """The fault as a line of the report."""
    path, _, line = fault.where.rpartition(":")
    known = line.isdecimal()
    message = f"{fault.setting}: {fault.message}"
    place, number = (path, int(line)) if known else (fault.where or "settings", 0)
    return Problem(place, number, int(known), fault.level, "settings-fault", message, fault.hint)


def _own(settings: Settings, *, alone: bool, writes: bool) -> Iterator[Fault]:
    """Of one site."""
    yield from doubled(settings)
    yield from _twice(settings)
    if settings.source:
        yield from _state(settings, writes=writes)
    for source in settings.source:
        for fault in (
            *faults_of_address(source),
            *idle(source),
            *_hook(source),
            *_directory(source, settings, alone=alone),
        ):
            yield located(settings, source, fault)


def _state(settings: Settings, *, writes: bool) -> Iterator[Fault]:
    """A state directory that cannot be used, or for who ``writes`` it one of another site."""
    directory = state_directory(settings)
    message, hint = "", "name another directory with --state"
    if why := unusable(directory, writes=writes):
        message = f"{directory}: {why}"
    elif writes:
        from service.index.remembered import Remembered  # with SQLAlchemy, which a build does not need to look

        with contextlib.suppress(StorageUnavailable):  # told by whoever opens it
            message, hint = refusal(directory, Remembered(directory).owned(), owners(settings))
    if message:
        where = settings.places.of_key("service", "state") if settings.service.state is not None else ""
        yield Fault("service.state", message, hint, here=True, where=where, exit_code=4)


def _twice(settings: Settings) -> Iterator[Fault]:
    """Sources that are one, under two names; several lists of one API's answer are several sources."""
    seen = dict[tuple[str, str], str]()
    for source in settings.source:
        name, first = source_name(source), seen.setdefault((source.place, source.items), source_name(source))
        if name != first:
            key, what = ("url", "address") if source.url else ("path", "directory")
            message = f"{first!r} and {name!r} are the same {what}, so every post is there twice"
            yield located(settings, source, Fault(f"source.{key}", message, "take one out", level="warning"))


def _astray(main: Settings, site: Hosted) -> Iterator[Fault]:
    """A site that says of itself that it is on a host which shows another one, the main site as a rule."""
    own = urlsplit(site.settings.service.url or site.settings.site.url).netloc
    if own and host_of(own) not in site.hosts:
        message = f"the site says of itself that it is at {own}, so its feeds lead there and not to itself"
        hint = f"name that host in [sites], or set [service] url = 'https://{site.name}' in its file"
        where = main.places.of_key("sites", site.name)
        yield Fault(site.setting, message, hint, level="warning", where=where)


def _hook(source: SourceSettings) -> Iterator[Fault]:
    try:
        if source.hook and not hook_key(source):
            message = f"no hook: {source.hook} is to sign, and there is no secret"
            yield Fault("source.hook", message, "name it in hook_secret_env or hook_secret_file", level="warning")
    except Fault as fault:
        yield fault


def _directory(source: SourceSettings, settings: Settings, *, alone: bool) -> Iterator[Fault]:
    """A directory that cannot be read stops a start where nothing of it was published before."""
    if source.path is None:
        return
    try:
        with Tree(source.path):
            return
    except SourceUnavailable as error:
        lives_on = not alone or _published(settings)
        yield Fault(
            "source.path",
            str(error),
            level="warning" if lives_on else "error",
            here=True,
            exit_code=SourceUnavailable.exit_code,
        )


def _published(settings: Settings) -> bool:
    """Whether something of these sources was published before, which is served while they cannot be read."""
    directory = state_directory(settings)
    if not os.path.isdir(directory):  # noqa: PTH112 - is_dir() raises where a name is too long
        return False
    with contextlib.suppress(StorageUnavailable), contextlib.closing(service.index.Index.open(directory)) as index:
        return index.ready()
    return False
