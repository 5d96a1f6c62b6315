"""A remote source, and what asking it came to: a source to whoever takes it in, like a directory that was scanned.

So shrinkage guard, staleness, problems and transactions are those of :mod:`service.tick`, for every source. Refuses to
ask anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from feeds.frozen import frozen
from service.errors import Problem, SourceUnavailable
from service.index.records import Schedule
from service.pulling.schedule import after_failure, after_success
from service.sources.source import Change, Context, Pulled, Pulling, SiteFacts


@frozen(frozen=True, slots=True)
class Remote:
    """A configured remote source. ``interval`` in seconds. ``site_url`` is ``site.url``: with neither that nor a word
    of the upstream's nobody knows where its pages are."""

    pulling: Pulling
    interval: float
    site_url: str = ""

    @property
    def name(self) -> str:
        return self.pulling.name


@dataclass(slots=True, eq=False)
class Arrived:
    """What one pull of a source came to. ``number`` counts the pulls of the source in this process; ``before`` is what
    was remembered as it began; ``force`` believes whatever it takes away."""

    remote: Remote
    outcome: Pulled | Exception
    before: Schedule = field(default_factory=Schedule)
    number: int = 1
    force: bool = False
    whole: bool = True
    """Whether everything was to be listed, and not what is new alone."""
    rng: Random = field(default_factory=Random)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.remote.name

    def open(self) -> tuple[SiteFacts, Context, tuple[Problem, ...]]:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        facts = replace(self.outcome.facts, remote=True)
        if not (self.remote.site_url or facts.url):
            raise SourceUnavailable(
                "site.url: neither the settings nor the upstream say where the site is; "
                "set [site] url in feedmill.toml, or --url https://example.org"
            )
        if self.remote.site_url:
            facts = replace(facts, url=self.remote.site_url)
        return facts, self.outcome.context, self.outcome.problems

    def scan(self, known: Mapping[str, str]) -> Iterator[Change]:
        """What the pull found against what was known then; nothing else has taken in anything of this source since."""
        del known
        assert isinstance(self.outcome, Pulled)  # noqa: S101 - else it could not be opened
        yield from self.outcome.changes

    def watch_paths(self) -> tuple[str, ...]:
        return ()

    def schedule(self, now: datetime, error: Exception | None) -> Schedule:
        """What is remembered from now on: of an answer that was taken in, or of the error that it ended with."""
        if error is None:
            assert isinstance(self.outcome, Pulled)  # noqa: S101 - only that can be taken in
            return after_success(self.remote.interval, self.outcome.memory, now)
        return after_failure(self.before, error, now, self.rng)
