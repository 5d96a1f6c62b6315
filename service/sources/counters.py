"""WordPress' numbers in a body: it counts the galleries, players and layouts of one answer, whosever they are.

With another post ahead they are others, and no word was edited; readers would be told of a change all the same. Taken
out of tags alone, from bodies of APIs and of feeds. Refuses to touch text.
"""

from __future__ import annotations

import re
from typing import Final

_FIRST: Final = re.compile(
    r"<!--\[if lt IE 9\]><script>document\.createElement\('(?:audio|video)'\);</script><!\[endif\]-->\n?"
    r"|<style>\s*\.wp-(?:container|elements|block)-[^<]*</style>\n?"
)
"""What stands before the first player of an answer, and what only numbered layouts need."""
_TAG: Final = re.compile(r"<(?:audio|div|dl|dt|dd|figcaption|figure|img|ol|p|section|source|ul|video)\b[^<>]*>")
_NAME: Final = re.compile(r"""\b(?:aria-describedby|class|id)=(["'])[^"'<>]*\1""")
_COUNT: Final = re.compile(
    r"""(?<=["'\s])(gallery|(?:audio|video)-[0-9]+|wp-(?:block-gallery|container[a-z-]*))-[0-9]+\b"""
)
_ADDRESS: Final = re.compile(r"""(\bsrc=(["'])[^"'<>]*?)(?:\?|&(?:amp;|\#0*38;)?)_=[0-9]+(?=\2)""")


def uncounted(markup: str) -> str:
    """HTML without the numbers."""
    return _TAG.sub(_plain, _FIRST.sub("", markup))


def _plain(tag: re.Match[str]) -> str:
    named = _NAME.sub(lambda name: _COUNT.sub(r"\1", name[0]), tag[0])
    return _ADDRESS.sub(r"\1", named) if tag[0].startswith("<source") else named
