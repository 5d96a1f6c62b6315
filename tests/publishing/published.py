"""A site in an index of its own, published: what the tests of documents ask, and the application over it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from service.app import create_app
from service.build import file_name, targets
from service.index import Index
from service.paths import DocumentName, Target, path_of
from service.publisher import Publisher
from service.settings import Settings
from service.sources.source import Change, Context, Put, SiteFacts
from tests.index.builders import CONTEXT, FACTS, NOW, apply, put
from tests.serving.fakes import front_of

SECOND = timedelta(seconds=1)


def page(name: str, published: datetime | None = None, **fields: Any) -> Put:
    """A page of the site that is no post, such as about."""
    return put(name, published, **{"collection": "pages", "visibility": "unlisted", **fields})


@contextmanager
def publisher_of(
    *changes: Change,
    settings: Settings | None = None,
    facts: SiteFacts = FACTS,
    context: Context = CONTEXT,
    now: datetime = NOW,
) -> Iterator[Publisher]:
    """A publisher over an index that took in these posts; the index is its writer's too."""
    with tempfile.TemporaryDirectory() as directory:
        index = Index.open(Path(directory), writer=True)
        try:
            apply(index, *changes, now=now, facts=facts, context=context)
            yield Publisher(index, settings or Settings())
        finally:
            index.close()


def app_of(publisher: Publisher) -> Any:
    """The application over a publisher at :data:`NOW`; every request polls, so that it sees every change."""
    app = create_app(publisher, publisher.settings, prefix=publisher.prefix, clock=lambda: NOW)
    front_of(app)._monotonic = iter(range(10**9)).__next__
    return app


def body(publisher: Publisher, target: Target) -> bytes:
    """The bytes of a document that there must be."""
    document = publisher.document(target)
    assert document is not None, path_of(target)
    return document.body


def site_document(name: DocumentName, part: str = "") -> Target:
    return Target("site", "", name, part)


def everything(publisher: Publisher) -> dict[str, bytes]:
    """Every document there is, by the name of its file."""
    return {file_name(target): body(publisher, target) for target in targets(publisher)}
