"""``python -m bench``: measure, then print one table of medians and ratios on standard output.

Takes two to three minutes on two cores, ``--quick`` less than one. Of the sections that have to be named ``sitemap``
and ``growth`` take up to half an hour each, ``--quick`` a few minutes; ``hotpath`` three; ``build`` five beside Hugo at
10,000 posts, with every peer as long as ``--limit`` lets them. Works in a temporary directory that is removed at the
end, talks to the loopback address only, and ends what it started.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

from bench import building, editing, growth, hotpath, indexing, latency, machine, record, rendering, serving, sitemaps
from bench.generators import PEERS
from bench.plan import CATEGORIES, FULL, QUICK, Ground, Plan, say
from bench.processes import ChildFailed
from bench.table import Group, show

SECTIONS: Final = ("index", "render", "serve", "edit")
"""What a run without arguments measures."""
NAMED: Final = ("sitemap", "growth", "hotpath", "build")
"""What has to be named: a million posts take their time and gigabytes of disk; of the peers few may be there."""
_OPTIONS: Final = {
    "posts": "build and growth: sizes, such as 1000,100000",
    "categories": "build: numbers of categories, such as 50,1000",
    "peers": f"build: of {', '.join(PEERS)} these, all or none (else hugo and hugo-pages)",
    "rounds": "build and hotpath: rounds",
    "limit": f"build: seconds after which a build is ended (else {FULL.limit:.0f})",
}


def main() -> int:
    """Measure what the arguments name; 1 where a part of it failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer posts, a round of each")
    known = (*SECTIONS, *NAMED)
    words = f"only these: {', '.join(known)} (without any: all but {', '.join(NAMED)})"
    parser.add_argument("sections", nargs="*", metavar="section", help=words)
    for flag, words in _OPTIONS.items():
        parser.add_argument(f"--{flag}", metavar=flag[0].upper(), help=words)
    parser.add_argument("--record", action="store_true", help="write the ratios into bench/RESULTS.md")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(known)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        plan = _planned(QUICK if arguments.quick else FULL, arguments)
    except ValueError as error:
        parser.error(str(error))
    began, neighbours = time.monotonic(), machine.Neighbours()
    groups: list[Group] = []
    failure = ""
    try:
        with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as directory:
            groups.extend(_measure(Ground(Path(directory)), plan, arguments.sections or SECTIONS))
    except ChildFailed as error:  # what was measured before is shown
        failure = f"bench: {error}"
    quiet, seconds = f"{machine.described()}; {neighbours.told()}", time.monotonic() - began
    show(groups, (quiet, f"measured in {seconds:.0f} s; loopback only"))
    if arguments.record:
        record.write(groups, quiet)
    if failure:
        print(failure, file=sys.stderr)
    return int(bool(failure))


def _measure(ground: Ground, plan: Plan, sections: Collection[str]) -> Iterator[Group]:
    """The groups, in the order in which each finds what it needs: the last index is the others' ground."""
    if "sitemap" in sections:
        say("sitemap")
        yield sitemaps.run(ground, plan)
    if "growth" in sections:
        yield growth.run(ground, plan)
    if "build" in sections:
        yield from building.run(ground, plan)
    if "hotpath" in sections:
        say("hotpath")
        yield hotpath.run(ground, plan)
        yield latency.run(ground, plan)
    if not set(SECTIONS) & set(sections):
        return
    say("corpora")
    indexing.prepare(ground, plan)
    if "index" in sections:
        say("index")
        yield indexing.run(ground, plan)
    else:
        indexing.index(ground, plan.large)
    for name, part in (("render", rendering), ("serve", serving), ("edit", editing)):
        if name in sections:
            say(name)
            yield part.run(ground, plan)


def _planned(plan: Plan, arguments: argparse.Namespace) -> Plan:
    """The plan, with what the options say otherwise. Raises ValueError."""
    posts, categories = _numbers(arguments.posts), _numbers(arguments.categories)
    if posts:
        plan = replace(plan, growth=posts, builds=tuple((size, CATEGORIES) for size in posts))
    if categories:
        sizes = dict.fromkeys(size for size, _ in plan.builds)
        plan = replace(plan, builds=tuple((size, terms) for size in sizes for terms in categories))
    if arguments.peers:
        names = {"all": ",".join(PEERS), "none": ""}.get(arguments.peers, arguments.peers)
        peers = tuple(filter(None, names.split(",")))
        if unknown := set(peers) - PEERS.keys():
            raise ValueError(f"no peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}, all, none")
        plan = replace(plan, peers=peers)
    rounds = _numbers(arguments.rounds)
    if rounds:
        plan = replace(plan, build_rounds=rounds[0], steady_rounds=rounds[0], load_rounds=rounds[0])
    return replace(plan, limit=float(arguments.limit or plan.limit))


def _numbers(text: str | None) -> tuple[int, ...]:
    numbers = tuple(int(part.replace("_", "")) for part in (text or "").split(",") if part)
    if any(each < 1 for each in numbers):
        raise ValueError(f"{text}: numbers from 1 on")
    return numbers


def _interrupted(*_: object) -> NoReturn:
    """SIGTERM unwinds like Ctrl-C: children end, the directory goes."""
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
