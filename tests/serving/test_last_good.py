"""A broken document is never served: the last good one is, until the next change, and the operator is told."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from feeds.metadata import Page
from service.errors import StorageUnavailable
from tests.serving.fakes import FakePublisher, environ, front_of, make_app, newsroom

SITE = "/rss.xml"
NEWS = "/categories/news/rss.xml"


@pytest.fixture
def publisher() -> FakePublisher:
    return newsroom()


@pytest.fixture
def client(publisher: FakePublisher) -> Any:
    return make_app(publisher).test_client()


def broken_since(publisher: FakePublisher, client: Any, path: str = SITE) -> bytes:
    """The bytes of a path that was served, of which the next version cannot be read back."""
    good: bytes = client.get(path).data
    publisher.broken = True
    publisher.publish("site", "", "another")
    return good


def readiness(client: Any) -> Any:
    return json.loads(client.get("/readyz").data)


def count(client: Any) -> float:
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("feedmill_broken_documents_total "))


def test_what_cannot_be_read_back_does_not_replace_the_last_good_bytes(publisher: FakePublisher, client: Any) -> None:
    before = client.get(SITE)
    good = broken_since(publisher, client)
    answer = client.get(SITE)
    assert (answer.status_code, answer.data) == (200, good)
    assert (answer.headers["ETag"], answer.headers["Last-Modified"]) == (
        before.headers["ETag"],
        before.headers["Last-Modified"],
    )
    assert client.get(SITE, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304


def test_it_is_rendered_logged_and_counted_once_a_change(
    publisher: FakePublisher, client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken_since(publisher, client)
    publisher.rendered.clear()
    with caplog.at_level(logging.ERROR, "feedmill"):
        for _ in range(5):
            client.get(SITE)
    assert len(publisher.rendered) == 1
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("a document cannot be made path=/rss.xml reason=Broken: line 1: not well-formed")
    assert "\n" not in line
    assert count(client) == 1
    publisher.publish("site", "", "and another")
    client.get(SITE)
    assert count(client) == 2


def test_a_renderer_that_fails_counts_as_broken_too(publisher: FakePublisher, client: Any) -> None:
    good = client.get(SITE).data
    publisher.publish("site", "", "another")

    def fail(_: object) -> None:
        raise ZeroDivisionError

    publisher.before_render = fail
    assert client.get(SITE).data == good
    assert (readiness(client)["broken"], count(client)) == ([SITE], 1)


def test_the_operator_sees_which_documents_are_old_and_stays_ready(publisher: FakePublisher, client: Any) -> None:
    broken_since(publisher, client)
    assert readiness(client)["broken"] == [], "nobody has asked for it"
    client.get(SITE)
    client.get("/readyz")
    assert client.get("/readyz").status_code == 200
    assert readiness(client)["broken"] == [SITE]


def test_a_hangul_path_is_named_so_that_it_can_be_asked_for(publisher: FakePublisher, client: Any) -> None:
    path = "/categories/%EC%A0%95%EC%B9%98/rss.xml"
    client.get(path)
    publisher.broken = True
    publisher.publish("category", "정치", "another")
    client.get(path)
    assert readiness(client)["broken"] == [path]


def test_the_next_good_change_heals_it(publisher: FakePublisher, client: Any) -> None:
    broken_since(publisher, client)
    client.get(SITE)
    publisher.broken = False
    publisher.publish("site", "", "good again")
    assert b"good again" in client.get(SITE).data
    assert readiness(client)["broken"] == []


def test_another_channels_change_does_not_try_it_again(publisher: FakePublisher, client: Any) -> None:
    broken_since(publisher, client)
    client.get(SITE)
    publisher.publish("category", "news", "fresh")
    publisher.rendered.clear()
    client.get(SITE)
    assert publisher.rendered == []


def test_without_an_older_version_it_is_a_500_that_no_cache_keeps(publisher: FakePublisher, client: Any) -> None:
    publisher.broken = True
    answer = client.get(SITE)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (500, "no-store")
    assert b"line 1" not in answer.data
    publisher.broken = False
    assert client.get(SITE).status_code == 200


def test_a_broken_document_is_none_of_its_neighbours_business(publisher: FakePublisher, client: Any) -> None:
    broken_since(publisher, client)
    client.get(SITE)
    publisher.broken = False
    assert client.get(NEWS).status_code == 200
    assert readiness(client)["broken"] == [SITE]


def test_while_the_index_cannot_be_read_a_stale_document_is_served_and_asked_for_again(
    publisher: FakePublisher, client: Any
) -> None:
    good = client.get(SITE).data
    publisher.publish("site", "", "another")
    front = front_of(client.application)
    front.store.forget([("site", "")])
    publisher.error = StorageUnavailable("index.db: locked")
    assert client.get(SITE).data == good
    assert (readiness_without_index(front), client.get(NEWS).status_code) == ([], 500)
    publisher.error = None
    assert b"another" in client.get(SITE).data, "as soon as the index can be read"


def readiness_without_index(front: Any) -> list[str]:
    found: list[str] = front.store.broken()
    return found


def test_a_document_that_vanished_is_a_404_and_no_longer_broken(publisher: FakePublisher, client: Any) -> None:
    client.get(NEWS)
    publisher.broken = True
    publisher.publish("category", "news", "another")
    client.get(NEWS)
    assert readiness(client)["broken"] == [NEWS]
    del publisher.bodies["category", "news"]
    publisher.changed = [("category", "news")]
    assert client.get(NEWS).status_code == 404
    assert readiness(client)["broken"] == []
    assert front_of(client.application).store._kept.get(NEWS) is None


def test_a_broken_document_that_left_memory_stays_on_the_operators_list(publisher: FakePublisher, client: Any) -> None:
    broken_since(publisher, client)
    client.get(SITE)
    front_of(client.application).store._kept.clear()  # as eviction does
    assert client.get(SITE).status_code == 500
    assert readiness(client)["broken"] == [SITE]


def test_a_change_that_overtakes_a_failing_rendering_is_looked_at(publisher: FakePublisher, client: Any) -> None:
    good = broken_since(publisher, client)
    front = front_of(client.application)

    def overtake(_: object) -> None:
        publisher.before_render = lambda _: None
        front.store.forget([("site", "")])

    publisher.before_render = overtake
    assert client.get(SITE).data == good
    publisher.broken = False
    assert b"another" in client.get(SITE).data


def test_what_is_asked_for_by_url_keeps_its_last_good_bytes_too(publisher: FakePublisher) -> None:
    publisher.pages["https://example.org/a/page"] = Page("post", "https://example.org/a/page", "A page")
    client = make_app(publisher).test_client()
    good = client.get("/meta?url=https://example.org/a/page").data
    publisher.broken = True
    publisher.changed = [("pages", "")]
    answer = client.get("/meta?url=https://example.org/a/page")
    assert (answer.status_code, answer.data) == (200, good)
    assert readiness(client)["broken"] == ["/meta/a/page.json"]


def test_codings_of_what_was_asked_for_by_url_count_in_memory(publisher: FakePublisher) -> None:
    publisher.pages["https://example.org/a/page"] = Page("post", "https://example.org/a/page", "A page")
    app = make_app(publisher)
    client, front = app.test_client(), front_of(app)
    client.get("/meta?url=https://example.org/a/page", headers={"Accept-Encoding": "identity"})
    before = front.store.size()
    client.get("/meta?url=https://example.org/a/page", headers={"Accept-Encoding": "gzip"})
    assert front.store.size() > before


def test_head_and_conditions_see_the_last_good_one(publisher: FakePublisher, client: Any) -> None:
    good = broken_since(publisher, client)
    answer = client.head(SITE)
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", str(len(good)))
    assert front_of(client.application).answer(environ(SITE, accept_encoding="gzip")) is not None
