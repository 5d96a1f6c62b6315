"""``python -m bench``: measure, then print one table of medians and ratios on standard output.

Takes two to three minutes on two cores, ``--quick`` less than one. Of the sections that have to be named ``sitemap``
takes a quarter of an hour, ``--quick`` two to three minutes, and ``hotpath`` two minutes. Works in a temporary
directory that is removed at the end, talks to the loopback address only, and ends what it started.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, NoReturn

from bench import editing, hotpath, indexing, rendering, serving, sitemaps
from bench.plan import FULL, QUICK, Ground, Plan
from bench.processes import ChildFailed
from bench.table import Group, show

SECTIONS: Final = ("index", "render", "serve", "edit")
"""What a run without arguments measures."""
NAMED: Final = ("sitemap", "hotpath")
"""What has to be named: a million posts take their time and gigabytes of disk; of nginx's kind little may be there."""


def main() -> int:
    """Measure what the arguments name; 1 where a part of it failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer posts, a round of each")
    known = (*SECTIONS, *NAMED)
    words = f"only these: {', '.join(known)} (without any: all but {', '.join(NAMED)})"
    parser.add_argument("sections", nargs="*", metavar="section", help=words)
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(known)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    signal.signal(signal.SIGTERM, _interrupted)
    plan, began, load = QUICK if arguments.quick else FULL, time.monotonic(), os.getloadavg()[0]
    try:
        with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as directory:
            groups = list(_measure(Ground(Path(directory)), plan, arguments.sections or SECTIONS))
    except ChildFailed as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - began
    show(groups, (_machine(), f"load average {load:.1f} at the start; measured in {seconds:.0f} s; loopback only"))
    return 0


def _measure(ground: Ground, plan: Plan, sections: Collection[str]) -> Iterator[Group]:
    """The groups, in the order in which each finds what it needs: the last index is the others' ground."""
    if "sitemap" in sections:
        _note("sitemap")
        yield sitemaps.run(ground, plan)
    if "hotpath" in sections:
        _note("hotpath")
        yield hotpath.run(ground, plan)
    if not set(SECTIONS) & set(sections):
        return
    _note("corpora")
    indexing.prepare(ground, plan)
    if "index" in sections:
        _note("index")
        yield indexing.run(ground, plan)
    else:
        indexing.index(ground, plan.large)
    for name, part in (("render", rendering), ("serve", serving), ("edit", editing)):
        if name in sections:
            _note(name)
            yield part.run(ground, plan)


def _note(what: str) -> None:
    print(f"bench: {what} ...", file=sys.stderr, flush=True)


def _machine() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"


def _interrupted(*_: object) -> NoReturn:
    """SIGTERM unwinds like Ctrl-C: children end, the directory goes."""
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
