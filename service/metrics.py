"""What ``/metrics`` says, in Prometheus' words: counters of this process, and the state of the index when asked.

Labels are few and fixed: a request has a kind and a status, never a path, so that no client can make the registry
grow. With ``PROMETHEUS_MULTIPROC_DIR`` set (before the process starts, as prometheus-client wants it) the counters of
all web processes are added up. Where a process serves several sites, those of other hosts have the label ``site``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from feeds.frozen import frozen
from service.paths import Group
from service.status import SourceStatus, Status

Kind = Group | Literal["redirect", "health", "hook", "other"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

log = logging.getLogger("feedmill.metrics")


class Metrics:
    """The counters of one application. Each has a registry of its own, so that tests may have many.

    ``site`` is a label of all of them where the application is that of another host than the default.
    """

    def __init__(self, site: str = "") -> None:
        self.site = site
        self._registry = CollectorRegistry()
        self._own = ("site",) if site else ()
        self._requests = Counter(
            "feedmill_requests", "Requests answered.", ["kind", "status", *self._own], registry=self._registry
        )
        self._children: dict[tuple[Kind, int], Counter] = {}
        renders = Counter("feedmill_renders", "Documents assembled for a request.", self._own, registry=self._registry)
        broken = Counter(
            "feedmill_broken_documents",
            "Renderings that could not be read back and were not served.",
            self._own,
            registry=self._registry,
        )
        front_bytes = Gauge(
            "feedmill_front_bytes",
            "Bytes of prepared answers.",
            self._own,
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self.renders = renders.labels(site) if site else renders
        self.broken = broken.labels(site) if site else broken
        self.front_bytes = front_bytes.labels(site) if site else front_bytes

    def count(self, kind: Kind, status: int, times: int = 1) -> None:
        """Count answers."""
        child = self._children.get((kind, status))
        if child is None:  # labels() looks the child up by strings, under a lock; both keys are few
            said = (kind, str(status), self.site) if self.site else (kind, str(status))
            child = self._children[kind, status] = self._requests.labels(*said)
        child.inc(times)

    def page(self, status: Callable[[], Status], now: datetime, neighbours: Sequence[Neighbour] = ()) -> bytes:
        """The text of ``/metrics``: what the default site says of itself and its neighbours, another of itself."""
        counted = CollectorRegistry()
        counted.register(_Merged(self._counted(neighbours)))
        state = CollectorRegistry()
        about = [(self.site, status), *((one.metrics.site, one.standing) for one in neighbours)]
        state.register(_Merged(_labelled(site, _StateCollector(ask(), now).collect()) for site, ask in about))
        return generate_latest(counted) + generate_latest(state)

    def _counted(self, neighbours: Sequence[Neighbour]) -> Iterator[Iterable[Metric]]:
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # the counters of all processes, and of all sites
            for metric in MultiProcessCollector(None).collect():  # type: ignore[no-untyped-call]  # as above
                if self.site:
                    metric.samples = [one for one in metric.samples if one.labels.get("site") == self.site]
                yield [metric]
            return
        yield self._registry.collect()
        for one in neighbours:
            yield one.metrics._registry.collect()


@frozen(frozen=True, slots=True)
class Neighbour:
    """Another site of the process, as the default site speaks of it."""

    metrics: Metrics
    status: Callable[[], Status]

    def standing(self) -> Status:
        """How it is doing: one whose index cannot be read is not ready, and takes nobody with it."""
        try:
            return self.status()
        except Exception:
            log.exception("the index of a site cannot be asked site=%s", self.metrics.site)
            return Status(ready=False, sources=(), problems={}, channels=0, posts=0)


class _Merged(Collector):
    """Several collections as one: metrics of one name are one metric."""

    def __init__(self, parts: Iterable[Iterable[Metric]]) -> None:
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        found: dict[str, Metric] = {}
        for part in self._parts:
            for metric in part:
                first = found.setdefault(metric.name, metric)
                if first is not metric:
                    first.samples.extend(metric.samples)
        return found.values()

    def describe(self) -> Iterable[Metric]:
        return ()  # else collecting would have to do, when it is registered


def _labelled(site: str, metrics: Iterable[Metric]) -> Iterator[Metric]:
    for metric in metrics:
        if site:
            metric.samples = [one._replace(labels={**one.labels, "site": site}) for one in metric.samples]
        yield metric


Of = Callable[[SourceStatus, datetime], float | None]
"""A value of a source at a moment; None where it has none."""

_OF_SOURCES: Final[tuple[tuple[str, str, Of], ...]] = (
    ("feedmill_source_posts", "Published posts of a source.", lambda one, _: one.posts),
    (
        "feedmill_source_unread",
        "Feeds of a source that cannot be read, closed APIs.",
        lambda one, _: one.unread,
    ),
    ("feedmill_source_stale", "1 where a source cannot be read.", lambda one, _: one.stale is not None),
    ("feedmill_source_held", "1 where a source's deletions are held.", lambda one, _: one.held is not None),
    (
        "feedmill_scan_age_seconds",
        "Seconds since a source's last complete scan.",
        lambda one, now: max(0.0, (now - one.last_scan).total_seconds()) if one.last_scan else None,
    ),
    (
        "feedmill_source_up",
        "1 where the last scan or pull succeeded.",
        lambda one, _: one.stale is None and one.last_scan is not None,
    ),
    (
        "feedmill_source_last_success_timestamp_seconds",
        "When a source's last complete scan or pull ended, since 1970.",
        lambda one, _: one.last_scan.timestamp() if one.last_scan else None,
    ),
)
"""Name, meaning and value of the gauges that each source has."""


class _StateCollector(Collector):
    """Values that the index knows: read when asked, the same in every process."""

    def __init__(self, status: Status, now: datetime) -> None:
        self._status = status
        self._now = now

    def collect(self) -> Iterable[Metric]:
        status = self._status
        yield GaugeMetricFamily("feedmill_ready", "1 once a complete scan is indexed.", value=int(status.ready))
        yield GaugeMetricFamily("feedmill_channels", "Channels in the index.", value=status.channels)
        yield GaugeMetricFamily("feedmill_posts", "Published posts.", value=status.posts)
        problems = GaugeMetricFamily("feedmill_problems", "Problems in the content.", labels=["code"])
        for code, number in sorted(status.problems.items()):
            problems.add_metric([code], number)
        yield problems
        for name, meaning, of in _OF_SOURCES:
            gauge = GaugeMetricFamily(name, meaning, labels=["source"])
            for source in status.sources:
                if (value := of(source, self._now)) is not None:
                    gauge.add_metric([source.name], float(value))
            yield gauge
        refreshes = CounterMetricFamily(
            "feedmill_source_refresh",
            "Scans and pulls since the index was made.",
            labels=["source", "result"],
        )
        for source in status.sources:
            refreshes.add_metric([source.name, "success"], source.refreshed)
            refreshes.add_metric([source.name, "failure"], source.failed)
        yield refreshes
