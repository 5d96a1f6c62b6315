"""What a template can name, and templates that do nothing else: ``{{ site.url }}``, ``{{ page.title }}``.

Most bodies with Liquid in them are such. They are rendered here, because python-liquid and what it imports take a
twentieth of a second before the first of them. Refuses whatever is more than that: :mod:`service.content.liquid` is for
all templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from service.content.liquid_dates import printed
from service.content.liquid_scan import scan
from service.content.literal import hide_code, show_code
from service.sources.source import Context

_NAMED = re.compile(r"(site|page)\.([A-Za-z_]\w*+)", re.ASCII)
_KEYWORDS: Final = frozenset(
    (
        *("true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "not", "in", "offset", "limit"),
        *("reversed", "cols", "continue", "with", "for", "as", "if", "else", "required"),
    )
)
"""Words that python-liquid takes for none of a path, wherever they stand."""
_LONGEST: Final = 1 << 18
"""Characters that may be written without counting octets, which python-liquid's limit is in."""


def rendered(source: str, page: Mapping[str, Any], context: Context) -> str | None:
    """What :func:`service.content.liquid.render` makes of a template without tags whose statements name values that are
    text, and of one that is not balanced; None for any other."""
    if not context.literal_code:
        return _rendered(source, page, context)
    text = _rendered(hide_code(source), page, context)
    return None if text is None else show_code(text)


def _rendered(source: str, page: Mapping[str, Any], context: Context) -> str | None:
    found = scan(source)
    if not found.balanced:
        return found.text()
    known = names(page, context)
    parts: list[str] = []
    for piece in found.pieces:
        if piece.kind == "text":
            parts.append(piece.expression)
            continue
        named = _NAMED.fullmatch(piece.expression) if piece.kind == "output" else None
        value = known[named[1]].get(named[2]) if named and named[2] not in _KEYWORDS else None
        if not isinstance(value, str) or "\r" in value:  # python-liquid writes no carriage returns
            return None
        parts.append(value)
    text = "".join(parts)
    return text if len(text) <= _LONGEST else None


def names(page: Mapping[str, Any], context: Context) -> dict[str, Mapping[str, Any]]:
    """What a template sees as ``site`` and ``page``."""
    site = {name: value for name, value in context.site.items() if name != "time"}
    return {
        "site": {**site, "url": site_root(context), "baseurl": context.baseurl},
        "page": {name: printed(value) if isinstance(value, datetime) else value for name, value in page.items()},
    }


def site_root(context: Context) -> str:
    """``site.url`` as Jekyll means it: without ``baseurl``."""
    return context.url.rstrip("/").removesuffix(context.baseurl.rstrip("/"))
