"""Cold builds of the same posts, ours beside other generators': feeds of the site and of every category, and a sitemap.

Each build starts from nothing (no output, no state, no cache of its own; files in the page cache) and is looked into
before it counts. Ours and Hugo's take turns, round by round; what takes long has its turn in the first round only, and
is ended at a limit. Hugo builds twice, without its pages and with them: of our builds, feeds alone stand beside the one
and all documents beside the other as well. Refuses to speak of a peer that is absent otherwise than as skipped.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from bench import corpus, installed
from bench.generators import HUGO, HUGO_PAGES, PEERS, Generator, feedmill
from bench.generators.site import WINDOW, Corpus, Laid, proved
from bench.plan import Ground, Plan, say
from bench.processes import ChildFailed, Cost, TooLong, cost
from bench.table import Group, Row, beside, number

OURS: Final = (feedmill.SAME, feedmill.THREE, feedmill.CODED, feedmill.ALL)
EACH_ROUND: Final = (*OURS, HUGO.name, HUGO_PAGES.name)
_WORDS: Final = {
    feedmill.SAME: "Hugo's work, a sitemap for each category, and an index",
    feedmill.CODED: "feeds of author and languages and sitemaps of all channels too, .gz and .br of everything",
    feedmill.THREE: "the same in three formats",
    feedmill.ALL: "pages, metadata of every page and embeds too",
    HUGO.name: "RSS and sitemap, no pages",
    HUGO_PAGES.name: "RSS, sitemap, and a page for every post, category and the site",
    "Jekyll": "jekyll-feed, jekyll-sitemap, and its pages",
    "Pelican": "RSS and sitemap, no pages",
    "Eleventy": "plugin-rss and sitemap, no pages",
}


@dataclass(slots=True)
class _Contestant:
    """A generator with its site, and what its builds cost. ``ended`` says why there are no more of them."""

    of: Generator
    laid: Laid
    costs: list[Cost] = field(default_factory=list)
    built: str = ""
    late: bool = False
    ended: str = ""


def run(ground: Ground, plan: Plan) -> Iterator[Group]:
    """A group for each size. Raises ChildFailed where a build of ours fails, or is not what is due."""
    say("build: each once, not counted: what compiles itself has then done so")
    with _laid(ground, plan, 2 * WINDOW, 2) as (of, contestants, _):
        for contestant in contestants:
            _build(ground, plan, contestant, of)
    for posts, categories in plan.builds:
        yield _case(ground, plan, posts, categories)


def _case(ground: Ground, plan: Plan, posts: int, categories: int) -> Group:
    with _laid(ground, plan, posts, categories) as (of, contestants, skipped):
        for turn in range(plan.build_rounds):
            first = turn % len(contestants)
            for contestant in contestants[first:] + contestants[:first]:  # another one goes first in each round
                if not contestant.ended and (turn == 0 or contestant.of.name in EACH_ROUND):
                    say(f"build: {posts:,} posts, {categories:,} categories: {contestant.of.name}")
                    _build(ground, plan, contestant, of)
    title = f"Build, {posts:,} posts, {categories:,} categories"
    return Group(title, _note(plan, contestants, skipped), tuple(_rows(plan, contestants)))


@contextlib.contextmanager
def _laid(
    ground: Ground, plan: Plan, posts: int, categories: int
) -> Iterator[tuple[Corpus, list[_Contestant], list[str]]]:
    """A corpus, a site of it for each that is there, and why others are not; removed at the end."""
    place = ground.directory / f"build-{posts}-{categories}"
    of = Corpus(place / "content", posts, categories)
    corpus.write(of.root, posts, categories, bare=True)
    contestants: list[_Contestant] = []
    skipped: list[str] = []
    for generator in (*map(feedmill.generator, OURS), *(PEERS[name] for name in plan.peers)):
        if why := generator.absent():
            skipped.append(f"{why} ({installed.HINT})")
            continue
        at = place / re.sub("[^a-z]+", "-", generator.name.casefold())
        at.mkdir()
        contestants.append(_Contestant(generator, generator.lay(at, of)))
    try:
        yield of, contestants, skipped
    finally:
        shutil.rmtree(place)


def _build(ground: Ground, plan: Plan, contestant: _Contestant, of: Corpus) -> None:
    """One cold build, looked into."""
    name, laid = contestant.of.name, contestant.laid
    try:
        spent = cost(ground.directory, laid.command, patience=plan.limit)
        contestant.built = proved(name, laid, of)
    except TooLong:
        contestant.late, contestant.ended = True, f"{name} was ended after {plan.limit:.0f} s"
    except ChildFailed as error:
        if name in OURS:
            raise
        contestant.ended = f"{name} failed: {str(error)[-300:]}"
    else:
        contestant.costs.append(spent)
    finally:
        laid.clear(of.root.parent)
        os.sync()  # what one build wrote is not the next one's disk to wait for


def _rows(plan: Plan, contestants: list[_Contestant]) -> Iterator[Row]:
    costs_of = {one.of.name: one.costs for one in contestants}
    for contestant in contestants:
        name, costs = contestant.of.name, contestant.costs
        compared = (HUGO.name, HUGO_PAGES.name) if name == feedmill.ALL else (HUGO.name,)
        others = {other: costs_of[other] for other in compared if other != name and costs_of.get(other)}
        if contestant.late:
            words = [
                f"more than {number(plan.limit / statistics.median(cost.seconds for cost in theirs))} × {other}"
                for other, theirs in others.items()
            ]
            yield Row(f"{name}, ended at the limit", (plan.limit,), "s", "; ".join(words))
        if not costs:
            continue
        yield _row(name, "s", costs, others, lambda cost: cost.seconds)
        yield _row("  processor time", "s", costs, others, lambda cost: cost.processor_seconds)
        yield _row("  peak memory, largest process", "MB", costs, others, lambda cost: cost.peak_mb)
        if max(cost.processes for cost in costs) > 1:
            yield _row("  all its processes together", "MB", costs, others, lambda cost: cost.together_mb)


def _row(measure: str, unit: str, costs: list[Cost], others: dict[str, list[Cost]], of: Callable[[Cost], float]) -> Row:
    mine = tuple(map(of, costs))
    words = []
    for name, spent in others.items():
        theirs = tuple(map(of, spent))
        rounds = min(len(mine), len(theirs))  # one that had fewer turns stands beside those of the same rounds
        if rounds and min(theirs):
            words.append(beside(mine[:rounds], theirs[:rounds], name))
    return Row(measure, mine, unit, "; ".join(words))


def _note(plan: Plan, contestants: list[_Contestant], skipped: list[str]) -> str:
    skipped += [contestant.ended for contestant in contestants if contestant.ended]
    for line in skipped:
        say(f"build: skipped: {line}")
    built = "; ".join(f"{one.of.name}: {_WORDS[one.of.name]} ({one.built})" for one in contestants if one.built)
    return (
        f"cold, files in the page cache, posts without tags, one author; limit {plan.limit:.0f} s a build; ratios "
        f"are medians of the rounds' ratios. {built}." + (f" Skipped: {'; '.join(skipped)}." if skipped else "")
    )
