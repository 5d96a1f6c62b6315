"""Who wins a URL or an id: pure."""

from __future__ import annotations

import random

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
    ),
    max_size=12,
).map(
    lambda found: [
        Claim(n, c.source, c.locator, c.url, c.guid, c.explicit, c.published) for n, c in enumerate(found, start=1)
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
    for claim in found:
        loss = verdict[claim.number]
        if loss is not None:
            assert loss.winner in winners
            assert loss.winner.rank < claim.rank
            assert loss.winner.url == claim.url if loss.over == "url" else loss.winner.guid == claim.guid
