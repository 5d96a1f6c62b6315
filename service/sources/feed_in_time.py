"""Reading a feed document in a process of its own, which the kernel ends at its limit of time.

What reads feeds has expressions that take the square of what they are given (a name of a megabyte before an ``@``, as
many line breaks before the first element), and Python lets nothing else run meanwhile: one hostile feed would stop the
whole worker. Small documents cannot cost much and are read where they are.
"""

from __future__ import annotations

import pickle
import signal
from typing import Any, Final

from service.sources import apart
from service.sources.feed_document import FeedDocument, NotAFeed
from service.sources.feed_reading import read_document

SMALL: Final = 16 * 1024
"""Bytes up to which a document is read in this process: the worst of them takes two seconds."""
SECONDS: Final = 60.0
"""Processor time for one document: what an ordinary one of 20 MB takes."""
_WALL: Final = 4
"""How many times as long it may take by the clock: processors are shared."""


def read_in_time(
    body: bytes, url: str, json: Any = None, *, charset: str = "", seconds: float = SECONDS
) -> FeedDocument:
    """As :func:`service.sources.feed_reading.read_document`; raises NotAFeed, too, where it is not done in time."""
    if len(body) <= SMALL or json is not None or not apart.possible():
        return read_document(body, url, json, charset=charset)

    def work(_: None) -> bytes | str:
        _limit(seconds)
        try:
            return pickle.dumps(read_document(body, url, charset=charset))
        except NotAFeed as error:
            return str(error)

    try:
        (said,) = apart.apart(work, [None], 1, alone=True)
    except apart.Died:
        raise NotAFeed(f"cannot be read within {seconds:g} s; it is left as it is") from None
    if isinstance(said, str):
        raise NotAFeed(said)
    document: FeedDocument = pickle.loads(said)  # noqa: S301 - from our own child, by a pipe nobody else has
    return document


def _limit(seconds: float) -> None:
    """Ask the kernel to end this process after so much processor time; by the clock, too: it might wait for a lock that
    another thread held as it was forked."""
    for timer, number, after in (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, _WALL * seconds),
    ):
        signal.signal(number, signal.SIG_DFL)
        signal.setitimer(timer, after)
