"""Logging of the service: one line an event on standard error, ``time level event key=value ...``.

Modules log with the standard library and write keys into the message; this one decides what a line looks like.
Control characters are escaped, because what is logged may have come over the network (H-21). A traceback follows its
event in lines that begin with spaces, as no event does.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from service.report import printable

LONGEST: Final = 4000
"""Characters of an event, and of a traceback: enough to tell why, too few to fill a disk."""

_INDENT: Final = "    "


class LineFormatter(logging.Formatter):
    """A record as one line, whatever is in it, and its traceback below it. ``site`` is at the end of the line, where
    there is one to name."""

    def __init__(self, site: str = "") -> None:
        super().__init__()
        self._ending = f" site={site}" if site else ""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text, below = record.getMessage(), ""
        if record.exc_info and record.exc_info[0] is not None:
            text += f" exception={record.exc_info[0].__name__}: {record.exc_info[1]}"
            lines = _cut(self.formatException(record.exc_info)).split("\n")
            below = "".join(f"\n{_INDENT}{printable(line)}" for line in lines if line.strip())
        event = f"{record.levelname.lower()} {printable(_cut(text))}{self._ending}"
        return f"{moment.removesuffix('+00:00')}Z {event}{below}"


def _cut(text: str) -> str:
    """What is too long without its middle: a traceback says most at its end."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


def configure(level: str, stream: TextIO | None = None, site: str = "") -> None:
    """Send everything from ``level`` (debug, info, warning, error) on to ``stream`` (standard error). Idempotent."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(site))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # At info uvicorn tells its life story, and watchfiles each event; what matters of it is said in our words.
    for name in ("uvicorn", "watchfiles"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
