"""What one post of an API may cost: its people, addresses and ids are bounded like everything else it says (C-23)."""

from __future__ import annotations

from typing import Any

import pytest

from service.sources.source import Put
from tests.sources.asked import HOME, NOW, Fake, as_json, opened, puts, rejects

POST = {"id": 1, "url": "/1", "title": "t", "content": "c", "date": "2026-01-01"}


def asked(**said: Any) -> Any:
    site = Fake(lambda *_: as_json([POST | said, POST | {"id": 2, "url": "/2"}]))
    return opened("json", site, url=f"{HOME}/posts", site={"url": HOME}, limits={"terms_per_post": 3}).pull({}, "", NOW)


def test_C23_authors_are_counted_and_their_names_cut() -> None:
    pulled = asked(authors=["x" * 10_000, *(f"Kim {number}" for number in range(1000))])
    first: Put = puts(pulled.changes)["1"]
    assert [len(author.name) < 300 for author in first.fields.authors] == [True] * 3
    assert [problem.code for problem in first.problems] == ["too-many-authors"]


@pytest.mark.parametrize("said", [{"url": "/" + "x" * 10_000}, {"id": "x" * 10_000}], ids=["url", "id"])
def test_C23_a_post_whose_address_or_id_is_a_book_is_refused_and_no_other(said: dict[str, Any]) -> None:
    pulled = asked(**said)
    assert (len(puts(pulled.changes)), len(rejects(pulled.changes))) == (1, 1)
    assert "10" in next(iter(rejects(pulled.changes).values())).problems[0].message
