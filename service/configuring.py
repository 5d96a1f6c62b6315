"""``feedmill config``: the effective settings, and what keeps them from working. Finds no fault of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

from service import preflight
from service.runtime import require_sources
from service.settings import Settings, presentable


def config(
    settings: Settings, echo: Callable[[str], None], warn: Callable[[str], None], *, only_check: bool, elsewhere: bool
) -> None:
    """Show the settings, unless they are only to be checked. Raises Faults or UsageError where a start
    would fail, the latter only where they are checked.

    ``elsewhere``: they are for another machine, so what this one lacks is warned of; who starts a service there may
    name the content, too.
    """
    if not only_check:
        echo(json.dumps(presentable(settings), indent=2, ensure_ascii=False))
    preflight.refuse(preflight.faults(settings, elsewhere=elsewhere), lambda line: warn(f"warning: {line}"))
    if only_check and not elsewhere:
        require_sources(settings)
