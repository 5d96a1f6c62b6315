"""What a post says of itself in a few lines: Jekyll's excerpt of a body, and the excerpt that stands in for a body.

Refuses to sanitise and to know where a post comes from; cutting text for CJK and Latin readers is feeds.text.excerpt.
"""

from __future__ import annotations

import html
import re
from typing import Final

from feeds.text import excerpt, plain, xml_legal
from service.content.liquid_scan import BLOCKS, has_liquid, strip

ESCAPED_SOURCE: Final = 64 * 1024
"""Characters of a body that are looked at for an escaped excerpt."""
ESCAPED_LENGTH: Final = 2_000
"""Characters of an escaped excerpt."""

_DEFINITION = re.compile(r"^ {0,3}(\[[^\]\n]+\])(:.+)$", re.MULTILINE)
_LIQUID_TAG = re.compile(r"\{%-?\s*+(\w+)")
_FENCE = re.compile(r"^[ \t>]*+(?:`{3,}+|~{3,}+)[^\n]*+$", re.MULTILINE)


def jekyll_excerpt(body: str, separator: str) -> tuple[str, bool]:
    """The source of the excerpt as Jekyll::Excerpt takes it from the raw body, and whether something was left out.

    All before the first ``separator``, Liquid blocks closed that it cuts open, and the link definitions after it that
    the excerpt uses. The whole body where the separator is empty or absent.
    """
    head, found, tail = body.partition(separator) if separator else (body, "", "")
    if not found or not tail:
        return head, False
    head = _closed(head)
    labels = [(label, definition) for label, definition in _DEFINITION.findall(tail) if label in head]
    definitions = "\n".join(label + definition for label, definition in labels)
    return (f"{head}\n\n{definitions}" if definitions else head), True


def _closed(head: str) -> str:
    """``head`` with an end for each Liquid block that has none in it (Jekyll::Excerpt#sanctify_liquid_tags)."""
    if "{%" not in head:
        return head
    names = [name for name in _LIQUID_TAG.findall(head) if name in BLOCKS or name in ("raw", "comment")]
    for name in reversed(names):
        if not re.search(rf"\{{%-?\s*+end{name}\b", head):
            head += f"\n{{% end{name} %}}"
    return head


def author_summary(text: str, length: int, *, with_liquid: bool) -> str:
    """What the author wrote as excerpt or description, as one line of plain text of at most ``length`` characters.

    As jekyll-feed shows it: tags stripped, Markdown left as it is. ``with_liquid``: Liquid's tags are stripped too.
    """
    if with_liquid and has_liquid(text):
        text = strip(text)
    return excerpt(plain(text), length)


def escaped_excerpt(body: str) -> str:
    """The beginning of a body that cannot be rendered: its text without tags and Liquid, as one escaped paragraph.

    Takes linear time in the first 64 Ki characters and looks at no more. "" where nothing is left.
    """
    text = excerpt_of_raw(body, ESCAPED_LENGTH)
    return f"<p>{html.escape(text, quote=False)}</p>" if text else ""


def excerpt_of_raw(body: str, length: int) -> str:
    """The same as plain text of at most ``length`` characters."""
    source = xml_legal(body[:ESCAPED_SOURCE])
    if has_liquid(source):
        source = strip(source)
    return excerpt(plain(_FENCE.sub("", source)), length)
