"""Which of the posts that claim the same URL or id is published (C-17): pure, and the same whatever came first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from service.errors import Problem


@dataclass(frozen=True, slots=True)
class Claim:
    """A visible post as a claimant. ``published`` is in microseconds; ``live`` is what the index holds so far."""

    number: int
    source: str
    locator: str
    url: str
    guid: str
    explicit: bool
    published: int
    live: bool = False

    @property
    def rank(self) -> tuple[bool, int, str, str]:
        """Smallest first: a URL that the author wrote, then the earlier publication, then the place of the file."""
        return (not self.explicit, self.published, self.locator, self.source)


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a claim lost: the winner, and what both of them claim."""

    winner: Claim
    over: Literal["url", "id"]


def resolve(claims: Iterable[Claim]) -> dict[int, Loss | None]:
    """For each post its loss, or None where it is published.

    Best rank first, a claim wins unless a winner before it has its URL or its id: so a loser blocks nobody. Complete
    only if every visible post that shares a URL or id with one of ``claims`` is among them.
    """
    urls: dict[str, Claim] = {}
    ids: dict[str, Claim] = {}
    result: dict[int, Loss | None] = {}
    for claim in sorted(claims, key=lambda claim: claim.rank):
        if claim.url in urls:
            result[claim.number] = Loss(urls[claim.url], "url")
        elif claim.guid in ids:
            result[claim.number] = Loss(ids[claim.guid], "id")
        else:
            urls[claim.url] = ids[claim.guid] = claim
            result[claim.number] = None
    return result


def problem(loser: Claim, loss: Loss) -> Problem:
    """The line of the report for a post that is not published because of another one; it names both files."""
    winner, shared = loss.winner, loser.url if loss.over == "url" else loser.guid
    other = winner.locator if winner.source == loser.source else f"{winner.locator} (source {winner.source})"
    what, mend = ("URL", "a permalink") if loss.over == "url" else ("id", "an id")
    return Problem(
        path=loser.locator,
        line=0,
        column=0,
        level="error",
        code=f"duplicate-{loss.over}",
        message=f"not published: its {what} {shared} is that of {other}",
        hint=f"give one of the two {mend} of its own, or remove it",
    )
