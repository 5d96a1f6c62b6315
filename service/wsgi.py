"""The entry point for WSGI servers: ``service.wsgi:application``, content from FEEDMILL_SOURCE or feedmill.toml.

Where no worker keeps the index fresh, the first process indexes once and says so. Other processes, and later ones,
serve what is there.
"""

from __future__ import annotations

import contextlib
import logging

from flask import Flask

from service import logs, preflight
from service.commands import refreshed
from service.errors import SourceUnavailable, StorageUnavailable
from service.lock import holder
from service.runtime import open_application, open_sources, open_writer
from service.settings import Settings, load
from service.sites import hosted
from service.state_home import state_directory

log = logging.getLogger("feedmill")


def create(settings: Settings | None = None) -> Flask:
    """The application under the settings of the environment. Raises what ``feedmill serve`` would exit with."""
    settings = settings or load()
    logs.configure(settings.service.log_level)
    preflight.require(settings, log.warning, writes=False)
    others = hosted(settings)
    for one in (settings, *(site.settings for site in others)):
        try:
            _index_once(one)
        except SourceUnavailable as error:
            if not others:
                raise
            log.error("a site cannot be read; serving the others: %s", error)
    return open_application(settings, others)[0]


def _index_once(settings: Settings) -> None:
    alone = settings.refresh.model_copy(update={"processes": 1})  # the server's threads may run: nothing is forked here
    opened = open_sources(settings.model_copy(update={"refresh": alone}))
    try:
        writer = open_writer(opened)
    except StorageUnavailable as error:
        if holder(state_directory(settings)) is None:
            raise  # not somebody else at work: a directory of other sources, or one that cannot be written
        log.info("serving what another process indexes: %s", error)
        return
    with contextlib.closing(writer) as index:
        refreshed(opened, index, force=False, only=opened.names)
        log.warning(
            "no worker runs: indexed once posts=%d (start feedmill worker to follow changes)", index.counts().live
        )


def __getattr__(name: str) -> Flask:
    """``application`` is made when a server asks for it: importing this module alone reads nothing."""
    if name != "application":
        raise AttributeError(name)
    globals()[name] = made = create()
    return made
