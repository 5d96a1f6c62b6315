"""Settings of a source that have no effect where it stands: those of an address on a directory, and the reverse.

Pure. Refuses to judge values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from service.errors import Fault
from service.settings_sources import SourceSettings

_OF_AN_API: Final = ("items", "fields", "date_format", "paging")
_OF_AN_ADDRESS: Final = (
    *("interval", "sweep", "key_env", "key_file", "key_header", "key_scheme"),
    *("redirect_hosts", "allow_http", "networks", "ca_bundle", "proxy", "timezone"),
    *_OF_AN_API,
)
_OF_A_DIRECTORY: Final = ("follow_symlinks", "collections")

_WHAT: Final = {"auto": "a feed", "feed": "a feed", "wordpress": "a WordPress site", "ghost": "a Ghost site"}
"""What an address is that is no API of a map of fields."""

_TAKE_OUT: Final = "take it out"
_INSTEAD: Final = {"interval": "set refresh.interval, which is that of directories"}


def idle(source: SourceSettings) -> Iterator[Fault]:
    """A warning for each."""
    said = source.model_fields_set
    if source.path is not None:
        yield from (_fault(name, "a directory", _INSTEAD.get(name)) for name in _OF_AN_ADDRESS if name in said)
        return
    yield from (_fault(name, "an address") for name in _OF_A_DIRECTORY if name in said)
    if source.kind in _WHAT:
        hint = 'set kind = "json", if it is an API'
        yield from (_fault(name, _WHAT[source.kind], hint) for name in _OF_AN_API if name in said)


def _fault(name: str, what: str, hint: str | None = None) -> Fault:
    return Fault(f"source.{name}", f"has no effect on {what}", hint or _TAKE_OUT, level="warning")
