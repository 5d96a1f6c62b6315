"""The recorded sites as our loader reads them, and the records of what Jekyll made of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import DirectorySource
from service.sources.source import Change, Context, SiteFacts
from tests.sources.jekyll import archive, record
from tests.sources.support import png, write

LIMITS = LimitSettings()
NOW = datetime.fromisoformat(record.NOW)
STAND_IN = "https://stand-in.example"


PICTURES = {
    "defaults": ("default.png", "maps.png", "own.png"),
    "feed": ("m.png",),
    "seo": ("a.png",),
    "source-dir": ("src/pic.png",),
}
"""What the sites speak of and do not have: Jekyll never looks, and we pass over a picture that is not there."""


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((record.GOLDEN / f"{name}.json").read_text("utf-8"))
    return found


BUILT = [name for name in archive.names() if "posts" in golden(name)]
ABORTED = [name for name in archive.names() if "aborts" in golden(name)]


def load(name: str, root: Path) -> tuple[SiteFacts, Context, dict[str, Change]]:
    settings = SourceSettings(path=archive.unpack(name, root))
    write(settings.path, {picture: png(10, 20) for picture in PICTURES.get(name, ())})
    source = DirectorySource(settings, SiteSettings(), LIMITS, clock=NOW.timestamp)
    facts, context, _ = source.open()
    if not facts.url:  # what the wiring does: a site that says no URL gets one from the settings
        source = DirectorySource(settings, SiteSettings(url=STAND_IN), LIMITS, clock=NOW.timestamp)
        context = source.open()[1]
    return facts, context, {change.locator: change for change in source.scan({})}
