"""The recorded sites as our loader reads them, and the records of what Hugo made of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import DirectorySource
from service.sources.source import Change, Context, SiteFacts
from tests.sources.hugo import record
from tests.sources.support import png

LIMITS = LimitSettings()
NOW = datetime.fromisoformat(record.NOW)


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((record.GOLDEN / f"{name}.json").read_text("utf-8"))
    return found


BUILT = [name for name in record.names() if "pages" in golden(name)]
ABORTED = [name for name in record.names() if "aborts" in golden(name)]


def load(name: str, root: Path) -> tuple[SiteFacts, Context, dict[str, Change]]:
    record.unpack(name, root)
    for path in root.rglob("*.png"):  # Hugo never looks; we pass over a picture that is none
        path.write_bytes(png(10, 20))
    source = DirectorySource(SourceSettings(path=root), SiteSettings(), LIMITS, clock=NOW.timestamp)
    facts, context, _ = source.open()
    return facts, context, {change.locator: change for change in source.scan({})}
