"""What ``/metrics`` says, in Prometheus' words: counters of this process, and the state of the index when asked.

Labels are few and fixed: a request has a kind and a status, never a path, so that no client can make the registry
grow. With ``PROMETHEUS_MULTIPROC_DIR`` set (before the process starts, as prometheus-client wants it) the counters of
all web processes are added up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.paths import Group
from service.status import Status

Kind = Group | Literal["redirect", "health", "hook", "other"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of one application. Each has a registry of its own, so that tests may have many."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("feedmill_requests", "Requests answered.", ["kind", "status"], registry=self._registry)
        self._children: dict[tuple[Kind, int], Counter] = {}
        self.renders = Counter("feedmill_renders", "Documents assembled for a request.", registry=self._registry)
        self.broken = Counter(
            "feedmill_broken_documents",
            "Renderings that could not be read back and were not served.",
            registry=self._registry,
        )
        self.front_bytes = Gauge(
            "feedmill_front_bytes", "Bytes of prepared answers.", registry=self._registry, multiprocess_mode="livesum"
        )

    def count(self, kind: Kind, status: int, times: int = 1) -> None:
        """Count answers."""
        child = self._children.get((kind, status))
        if child is None:  # labels() looks the child up by strings, under a lock; both keys are few
            child = self._children[kind, status] = self._requests.labels(kind, str(status))
        child.inc(times)

    def page(self, status: Callable[[], Status], now: datetime) -> bytes:
        """The text of ``/metrics``."""
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped in prometheus-client
            return generate_latest(registry) + generate_latest(_StateCollector(status, now))
        return generate_latest(self._registry) + generate_latest(_StateCollector(status, now))


class _StateCollector(Collector):
    """Values that the index knows: read when asked, the same in every process."""

    def __init__(self, status: Callable[[], Status], now: datetime) -> None:
        self._status = status
        self._now = now

    def collect(self) -> Iterable[Metric]:
        status = self._status()
        yield GaugeMetricFamily("feedmill_ready", "1 once a complete scan is indexed.", value=int(status.ready))
        yield GaugeMetricFamily("feedmill_channels", "Channels in the index.", value=status.channels)
        yield GaugeMetricFamily("feedmill_posts", "Posts in the index.", value=status.posts)
        problems = GaugeMetricFamily("feedmill_problems", "Problems in the content.", labels=["code"])
        for code, number in sorted(status.problems.items()):
            problems.add_metric([code], number)
        yield problems
        posts = GaugeMetricFamily("feedmill_source_posts", "Posts of a source.", labels=["source"])
        stale = GaugeMetricFamily("feedmill_source_stale", "1 where a source cannot be read.", labels=["source"])
        held = GaugeMetricFamily("feedmill_source_held", "1 where a source's deletions are held.", labels=["source"])
        age = GaugeMetricFamily(
            "feedmill_scan_age_seconds", "Seconds since a source's last complete scan.", labels=["source"]
        )
        for source in status.sources:
            posts.add_metric([source.name], source.posts)
            stale.add_metric([source.name], int(source.stale is not None))
            held.add_metric([source.name], int(source.held is not None))
            if source.last_scan is not None:
                age.add_metric([source.name], max(0.0, (self._now - source.last_scan).total_seconds()))
        yield from (posts, stale, held, age)
