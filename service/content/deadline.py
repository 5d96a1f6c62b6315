"""Rendering in a process of its own, which the kernel stops at its limits of time and memory.

For bodies the guards found suspicious: a parser that loops or eats memory in C code cannot be stopped from within.
Only the worker comes here. The child gets everything as JSON on its standard input, links already looked up, and
answers with JSON; whatever else happens to it, the answer is the body's escaped excerpt and a problem.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from service.content import render as rendering
from service.content.base import SOURCE_SUFFIXES, source_paths
from service.content.liquid_dates import printed
from service.content.liquid_scan import scan
from service.content.render import Rendering
from service.settings import LimitSettings
from service.sources.source import CONTEXT, FIELDS, Context, Fields, Links

STARTUP_SECONDS: Final = 20.0
"""Wall time a child may take beside the rendering itself; on a busy machine starting Python takes seconds."""
MEMORY_BYTES: Final = 1 << 30
MOST_LINKS: Final = 1_000
"""Names of source files that are looked up for one body."""

_WORD = re.compile(r"[^\s\"'<>()\[\]]++")


def render_within(
    seconds: float,
    fields: Fields,
    body: str,
    page: Mapping[str, Any],
    context: Context,
    links: Links,
    limits: LimitSettings,
    excerpt_length: int,
) -> Rendering:
    """As :func:`service.content.render.render`, stopped after ``seconds`` of processor time. Raises nothing.

    Dates in ``page`` arrive as text. What is stopped or fails becomes the body's escaped excerpt, with the problem
    ``render-timeout`` or ``render-crashed``.
    """
    try:
        request = json.dumps(
            {
                "seconds": seconds,
                "fields": FIELDS.dump_python(fields, mode="json"),
                "body": body,
                "page": dict(page),
                "context": CONTEXT.dump_python(context, mode="json"),
                "links": _targets(body, str(page.get("path") or ""), links),
                "limits": limits.model_dump(mode="json"),
                "excerpt_length": excerpt_length,
            },
            default=printed,
        )
        child = subprocess.run(
            [sys.executable, "-m", "service.content.deadline"],
            input=request.encode("ascii"),
            capture_output=True,
            timeout=seconds + STARTUP_SECONDS,
            cwd=Path(__file__).resolve().parents[2],  # where -m finds this package, installed or not
            check=False,
        )
        if child.returncode == 0:
            answer = json.loads(child.stdout)
            return Rendering(answer["html"], answer["summary"], tuple((c, m) for c, m in answer["problems"]))
        timed_out = child.returncode < 0
    except subprocess.TimeoutExpired:
        timed_out = True
    except Exception:  # rule 5: one body must not stop the worker
        timed_out = False
    problem = (
        ("render-timeout", f"rendering took more than {seconds:g} s or {MEMORY_BYTES >> 20} MiB")
        if timed_out
        else ("render-crashed", "rendering failed in its own process")
    )
    return rendering.escaped(fields, body, excerpt_length, (problem,))


def _targets(body: str, path: str, links: Links) -> dict[str, str]:
    """The permalinks of all source files that ``body`` may name; the child cannot ask."""
    names = [piece.expression.strip("\"' /") for piece in scan(body).pieces if piece.name in ("link", "post_url")]
    for word in _WORD.findall(body):
        file = word.partition("#")[0].partition("?")[0]
        if file.lower().endswith(SOURCE_SUFFIXES):
            names += source_paths(file, path)
    found = ((name, links(name)) for name in list(dict.fromkeys(names))[:MOST_LINKS])
    return {name: url for name, url in found if url}


def _limit(seconds: float) -> None:
    """Ask the kernel to end this process after ``seconds`` of processor time, and to refuse it too much memory.

    A timer rather than RLIMIT_CPU, which counts whole seconds and those spent on starting. Where a platform has
    neither, the parent's own timeout is left.
    """
    try:
        import resource
        import signal
    except ImportError:
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main() -> None:
    """The child: one request in, one answer out."""
    request = json.loads(sys.stdin.buffer.read())
    _limit(request["seconds"])
    result = rendering.render(
        FIELDS.validate_python(request["fields"]),
        request["body"],
        request["page"],
        CONTEXT.validate_python(request["context"]),
        request["links"].get,
        LimitSettings.model_validate(request["limits"]),
        request["excerpt_length"],
    )
    answer = {"html": result.html, "summary": result.summary, "problems": result.problems}
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii"))


if __name__ == "__main__":
    main()
