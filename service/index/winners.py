"""Which of the posts that claim the same page or id is published (C-17): pure, and the same whatever came first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from feeds.frozen import frozen
from service.errors import Level, Problem
from service.index.records import moment_of


@frozen(frozen=True, slots=True)
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
    position: int = 0
    """Of its source in the settings."""
    pages: tuple[str, ...] = ()
    """Keys (``addresses.key_of``) of its own page and of the one it says it is a copy of: what posts of several sources
    are compared by. Within one source a canonical URL is the author's word about search engines, no duplicate."""

    @property
    def rank(self) -> tuple[int, bool, int, str, str]:
        """Smallest first: the source that stands first in the settings, then a URL that the author wrote, then the
        earlier publication, then the place of the file."""
        return (self.position, not self.explicit, self.published, self.locator, self.source)


@frozen(frozen=True, slots=True)
class Loss:
    """Why a claim lost: the winner, and what both of them claim."""

    winner: Claim
    over: Literal["url", "id", "canonical"]
    shared: str = ""
    """The page's key, where they are posts of two sources about one page."""


def resolve(claims: Iterable[Claim]) -> dict[int, Loss | None]:
    """For each post its loss, or None where it is published.

    Best rank first, a claim wins unless a winner before it has its URL or its id, or is another source's post of the
    same page: so a loser blocks nobody. Complete only if every visible post that shares one of these with one of
    ``claims`` is among them.
    """
    urls: dict[str, Claim] = {}
    ids: dict[str, Claim] = {}
    pages: dict[str, dict[str, Claim]] = {}
    result: dict[int, Loss | None] = {}
    for claim in sorted(claims, key=lambda claim: claim.rank):
        if claim.url in urls:
            result[claim.number] = Loss(urls[claim.url], "url")
        elif claim.guid in ids:
            result[claim.number] = Loss(ids[claim.guid], "id")
        elif copied := _copied(claim, pages):
            result[claim.number] = copied
        else:
            urls[claim.url] = ids[claim.guid] = claim
            for key in claim.pages:
                pages.setdefault(key, {}).setdefault(claim.source, claim)
            result[claim.number] = None
    return result


def _copied(claim: Claim, pages: Mapping[str, Mapping[str, Claim]]) -> Loss | None:
    """Whether a winner of another source speaks of the same page: under its own URL, or as the one it is a copy of."""
    for key in claim.pages:
        others = [winner for source, winner in pages.get(key, {}).items() if source != claim.source]
        if others:
            winner = min(others, key=lambda other: other.rank)
            own = key == claim.pages[0] == winner.pages[0]
            return Loss(winner, "url" if own else "canonical", key)
    return None


def problem(loser: Claim, loss: Loss) -> Problem:
    """The line of the report for a post that is not published because of another one; it names both files."""
    winner = loss.winner
    # Which of two sources has a page is what the order of the settings is for. Ids are shared by mistake alone.
    chosen = winner.source != loser.source and loss.over != "id"
    level: Level = "notice" if chosen else "error"
    other = winner.locator if winner.source == loser.source else f"{winner.locator} (source {winner.source})"
    if loss.over == "canonical":
        message = f"not published: it is the same page as {other}; both say {loss.shared}"
        hint = "the source that stands first in the settings wins; name sources in another order, or mend canonical"
    else:
        what, mend = ("URL", "a permalink") if loss.over == "url" else ("id", "an id")
        message = f"not published: its {what} {loser.url if loss.over == 'url' else loser.guid} is that of {other}"
        hint = f"give one of the two {mend} of its own, or remove it"
        if winner.position == loser.position:
            message += f", which is served because {_because(winner, loser)}"
        if winner.source != loser.source:
            hint = f"the source that stands first in the settings wins; {hint}"
    return Problem(
        path=loser.locator,
        line=0,
        column=0,
        level=level,
        code=f"duplicate-{loss.over}",
        message=message,
        hint=hint,
    )


def _because(winner: Claim, loser: Claim) -> str:
    """Where the ranks of two posts of one source differ first."""
    if winner.explicit and not loser.explicit:
        return "its author wrote its URL"
    if winner.published != loser.published:
        return f"it is the older one (published {moment_of(winner.published):%Y-%m-%d})"
    return "its path comes first"
