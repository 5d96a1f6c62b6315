"""The other sites of a process: ``[sites]`` names a host and the settings file of the site it shows.

Each is a site of its own: settings, state directory, sources, hooks. What a process has but once (its socket, threads
and limits of connections) is the main file's. The environment and options speak of the main site alone; another file
says all there is to say. Refuses to open anything of a site.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from feeds.frozen import frozen
from service.errors import Fault, Faults, FeedmillError, SettingsError, UsageError
from service.hosts import host_of
from service.runtime import require_sources
from service.settings import Settings, load
from service.settings_layers import Layer
from service.settings_names import dotted
from service.state_home import state_directory

_OF_THE_PROCESS: Final = (
    *("host", "port", "processes", "threads", "log_level"),
    *("stall_timeout", "keep_alive", "head_bytes", "body_bytes"),
)
"""Keys of ``[service]`` that count in the main file only."""


@frozen(frozen=True, slots=True)
class Hosted:
    """A site beside the main one. ``hosts`` as :func:`service.hosts.host_of` has them."""

    hosts: tuple[str, ...]
    settings: Settings

    @property
    def name(self) -> str:
        """What it is called in metrics, in ``/readyz`` and in the log: the first of its hosts."""
        return self.hosts[0]

    @property
    def setting(self) -> str:
        """The key of the table that names it, for people."""
        return _setting(self.name)


def hosted(main: Settings) -> tuple[Hosted, ...]:
    """The other sites, read from their files, in the order of ``[sites]``; hosts of one file are one site.

    Raises Faults where a file cannot be read, has a wrong value, ``[sites]`` itself or no source, or two sites have one
    state directory.
    """
    found, faults = hosted_or_faults(main)
    if faults:
        raise Faults(faults)
    return found


def hosted_or_faults(main: Settings) -> tuple[tuple[Hosted, ...], list[Fault]]:
    """The other sites, as far as they can be read, and the faults of those that cannot."""
    hosts: dict[Path, list[str]] = {}
    for host, file in main.sites.items():
        hosts.setdefault(file.resolve(), []).append(host)
    found, faults = list[Hosted](), list[Fault]()
    states = {_state(main): "the main site"} if main.source else {}
    for names in hosts.values():
        try:
            site = Hosted(tuple(names), _read(main, names[0]))
            directory = _state(site.settings)
        except Faults as wrong:
            faults += wrong.faults
            continue
        if directory in states:
            message = f"{site.name} and {states[directory]} have the same state directory {directory}"
            faults.append(_fault(main, site.name, message, "give one of them another with [service] state"))
            continue
        states[directory] = site.name
        found.append(site)
    return tuple(found), faults


def named(main: Settings, host: str, options: Sequence[Layer] = ()) -> Settings:
    """The settings of the site that a host shows, under ``options``. Raises UsageError where ``[sites]`` has it not."""
    name = host_of(host)
    if name not in main.sites:
        known = ", ".join(main.sites) or "none; it needs a table [sites]"
        raise UsageError(f"--site {host!r}: there is no such site; those of the settings are {known}")
    return _read(main, name, options)


def dump_sites(sites: Sequence[Hosted]) -> str:
    """The sites as JSON for the web processes, defaults left out: a variable of the environment has 128 KB."""
    said = [
        {"hosts": site.hosts, "settings": site.settings.model_dump(mode="json", exclude_defaults=True)}
        for site in sites
    ]
    return json.dumps(said, ensure_ascii=False)


def restore_sites(text: str) -> tuple[Hosted, ...]:
    """What :func:`dump_sites` wrote."""
    return tuple(Hosted(tuple(one["hosts"]), Settings.model_validate(one["settings"])) for one in json.loads(text))


def _read(main: Settings, host: str, options: Sequence[Layer] = ()) -> Settings:
    process = {name: getattr(main.service, name) for name in _OF_THE_PROCESS}
    file = main.sites[host]
    try:
        settings = load([Layer("the main file", {"service": process}), *options], file, environ={})
        if settings.sites:
            raise SettingsError(f"{file} has [sites] of its own; only the main file may")
        if not settings.source:
            raise SettingsError(f"{file}: there is no [[source]]")
        require_sources(settings)
    except FeedmillError as error:
        raise Faults([_fault(main, host, line, "mend that file, or name another") for line in error.lines]) from None
    return settings


def _fault(main: Settings, host: str, message: str, hint: str) -> Fault:
    """Something is wrong with a site; where the main file names it."""
    return Fault(_setting(host), message, hint, where=main.places.of_key("sites", host))


def _state(settings: Settings) -> Path:
    return state_directory(settings).resolve()


def _setting(host: str) -> str:
    return dotted(("sites", host))
