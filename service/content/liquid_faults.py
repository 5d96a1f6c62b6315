"""What is wrong with a Liquid template as far as it shows without rendering it: for a scan, which renders nothing.

It knows the names of what :mod:`service.content.liquid` can render and not the library behind them, which takes a
process that only scans a twentieth of a second to import; a test holds the names to what there is.
"""

from __future__ import annotations

import re
from typing import Final

from service.content.liquid_scan import Fault, scan

INCLUDES: Final = ("figure.html", "button.html", "video.html", "figure", "video")
FILTERS: Final = frozenset((
    "abs", "absolute_url", "append", "array_to_sentence_string", "at_least", "at_most", "base64_decode",
    "base64_encode", "base64_url_safe_decode", "base64_url_safe_encode", "capitalize", "ceil", "cgi_escape",
    "compact", "concat", "date", "date_to_long_string", "date_to_rfc822", "date_to_string", "date_to_xmlschema",
    "default", "divided_by", "downcase", "escape", "escape_once", "escapejs", "find", "find_index", "first",
    "floor", "has", "join", "jsonify", "last", "lstrip", "map", "markdownify", "minus", "modulo", "newline_to_br",
    "normalize_whitespace", "number_of_words", "plus", "prepend", "reject", "relative_url", "remove",
    "remove_first", "remove_last", "replace", "replace_first", "replace_last", "reverse", "round", "rstrip", "safe",
    "size", "slice", "slugify", "smartify", "sort", "sort_natural", "split", "squish", "strip", "strip_html",
    "strip_index", "strip_newlines", "sum", "times", "to_integer", "truncate", "truncatewords", "uniq", "upcase",
    "uri_escape", "url", "url_decode", "url_encode", "where", "xml_escape",
))  # fmt: skip

_FILTER = re.compile(r"\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|\|\s*+([A-Za-z_][\w-]*+)")

_OPEN = re.compile(r"\{[{%]")
_NAMED = re.compile(r"\{\{-?\s*+[\w.]{1,200}+\s*+-?\}\}")
"""A statement that shows what has a name, and nothing that could be wrong with it: ``{{ site.baseurl }}``."""


def inspect(source: str) -> list[Fault]:
    """What is wrong with a template as far as it shows without rendering it, in the order of the source."""
    if all(_NAMED.match(source, opening.start()) for opening in _OPEN.finditer(source)):
        return []  # most templates of posts are no more than that, and are told in a fifth of the time
    found = scan(source)
    faults = found.faults
    for piece in found.pieces:
        if piece.kind == "text":
            continue
        if piece.name == "include":
            file = include_name(piece.expression)
            if file not in INCLUDES:
                hint = f"a site's own includes are not run, only {', '.join(INCLUDES)}; it is left out of feeds"
                faults.append(
                    Fault(piece.start, "liquid-unknown-include", f"include {file!r} is not one of ours", hint)
                )
        elif piece.name in ("", "assign", "echo"):
            for match in _FILTER.finditer(piece.expression):
                if match[1] and match[1] not in FILTERS:
                    at = piece.expression_start + match.start(1)
                    hint = "the value stays as it is"
                    faults.append(Fault(at, "liquid-unknown-filter", f"no filter {match[1]!r}", hint))
    return sorted(faults)


def include_name(argument: str) -> str:
    """The file an ``include`` asks for: its first word."""
    return argument.split(None, 1)[0] if argument else ""
