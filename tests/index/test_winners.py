"""Who wins a URL or an id: pure."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from service.index.winners import Claim, resolve

claims = st.lists(
    st.builds(
        Claim,
        number=st.just(0),
        source=st.sampled_from(("one", "two")),
        locator=st.uuids().map(str),
        url=st.sampled_from("uvwx"),
        guid=st.sampled_from("ghij"),
        explicit=st.booleans(),
        published=st.integers(0, 3),
        pages=st.lists(st.sampled_from(("a/u", "a/v", "a/w")), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    max_size=12,
).map(
    lambda found: [
        replace(claim, number=number, position=("one", "two").index(claim.source))
        for number, claim in enumerate(found, start=1)
    ]
)


@given(claims, st.randoms(use_true_random=False))
def test_C17_the_outcome_does_not_depend_on_the_order_of_the_claims(found: list[Claim], rng: random.Random) -> None:
    shuffled = found[:]
    rng.shuffle(shuffled)
    assert resolve(shuffled) == resolve(found)


@given(claims)
def test_C17_winners_share_nothing_and_every_loser_shares_something_with_a_better_winner(found: list[Claim]) -> None:
    verdict = resolve(found)
    winners = [claim for claim in found if verdict[claim.number] is None]
    assert len({claim.url for claim in winners}) == len({claim.guid for claim in winners}) == len(winners)
    for key in {key for claim in winners for key in claim.pages}:
        assert len({claim.source for claim in winners if key in claim.pages}) == 1, "a page is that of one source"
    for claim in found:
        loss = verdict[claim.number]
        if loss is not None:
            assert loss.winner in winners
            assert loss.winner.rank < claim.rank
            assert (
                (loss.over == "url" and loss.winner.url == claim.url)
                or (loss.over == "id" and loss.winner.guid == claim.guid)
                or (loss.shared in claim.pages and loss.shared in loss.winner.pages)
            )


@given(claims)
def test_C17_the_source_that_stands_first_wins(found: list[Claim]) -> None:
    verdict = resolve(found)
    for claim in found:
        loss = verdict[claim.number]
        if loss is not None:
            assert loss.winner.position <= claim.position
