"""How a build's documents are handed out: each once, those that need the same posts together, the last ones few."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from service.build import Channel, _shares
from service.paths import Target
from service.team import MOST_SHARED

CHANNELS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"]), unique=True, max_size=8)
PAGES = st.lists(st.sampled_from(["p", "q/r", "s.html", "s.html/t", "u.json/v"]), unique=True)


def wanted(channels: list[str], pages: list[str]) -> list[Target]:
    feeds = [Target("category", slug, name) for slug in channels for name in ("rss.xml", "atom.xml", "sitemap.xml")]
    return feeds + [Target("site", "", name, page) for page in pages for name in ("meta/P.html", "meta/P.json")]


@given(CHANNELS, PAGES, st.integers(1, 4), st.sets(st.sampled_from("abcdefgh")))
def test_every_document_is_in_one_share_or_contested(
    channels: list[str], pages: list[str], helpers: int, large: set[str]
) -> None:
    alone: set[Channel] = {("category", slug) for slug in large}
    contested: list[Target] = []
    targets = wanted(channels, pages)
    shares = list(_shares(targets, contested, len(targets), helpers, alone))
    assert [*chain(*shares)] == [target for target in targets if target not in contested]
    assert {target.part for target in contested} == {page for page in pages if ".html/" in page or ".json/" in page}
    for share in shares:
        assert len(share) <= MOST_SHARED + 2
        assert len({target.slug for target in share if target.slug in large}) <= 1
        if any(target.slug in large for target in share):
            assert len({target.slug for target in share}) == 1
    for slug in channels:
        assert sum(any(target.slug == slug for target in share) for share in shares) == 1


def test_shares_get_shorter_towards_the_end() -> None:
    targets = wanted([], [f"p{number}" for number in range(500)])
    sizes = [len(share) for share in _shares(targets, [], len(targets), 2, ())]
    assert sizes[0] == MOST_SHARED
    assert sizes[-1] == 2
    assert sizes == sorted(sizes, reverse=True)
