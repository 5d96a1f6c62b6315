"""Logging of the service: one line an event on standard error, ``time level event key=value ...``.

Modules log with the standard library and write keys into the message; this one decides what a line looks like.
Control characters are escaped, because what is logged may have come over the network (H-21).
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from service.report import printable

LONGEST: Final = 4000
"""Characters of a line: enough for a traceback, too few to fill a disk."""


class LineFormatter(logging.Formatter):
    """A record as one line, whatever is in it. ``site`` is at the end of each, where there is one to name."""

    def __init__(self, site: str = "") -> None:
        super().__init__()
        self._ending = f" site={site}" if site else ""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = record.getMessage()
        if record.exc_info:
            text += f" exception={self.formatException(record.exc_info)}"
        if len(text) > LONGEST:
            text = f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"  # a traceback says most at its end
        return f"{moment.removesuffix('+00:00')}Z {record.levelname.lower()} {printable(text)}{self._ending}"


def configure(level: str, stream: TextIO | None = None, site: str = "") -> None:
    """Send everything from ``level`` (debug, info, warning, error) on to ``stream`` (standard error). Idempotent."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(site))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # At info uvicorn tells its life story, and watchfiles each event; what matters of it is said in our words.
    for name in ("uvicorn", "watchfiles"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
