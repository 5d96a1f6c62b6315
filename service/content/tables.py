"""How large the tables of a Markdown text may become, told without a Markdown parser: the door and the renderer ask."""

from __future__ import annotations

import re

_DELIMITER_ROW = re.compile(
    r"\n[ \t>]*+\|?[ \t]*+:?-++:?[ \t]*+(?:[|+][ \t]*+:?-++:?[ \t]*+)++\|?[ \t]*+$", re.MULTILINE
)
"""With the line end before it: a literal start is found several times as fast as ``^``."""
_BLANK_LINE = re.compile(r"\n[ \t]*+(?:\n|\Z)")


def largest_table(text: str) -> int:
    """An upper bound of the cells of the largest table in ``text``: comrak fills every short row up to the width.

    17 KB can make 6,000,000 cells and cost comrak more than 15 s (faults.md C-37).
    """
    largest = 0
    if "|" not in text:
        return largest
    text = f"\n{text}"
    block_start = block_end = -1
    rows = 0
    for row in _DELIMITER_ROW.finditer(text):
        if row.start() + 1 >= block_end:
            blank = _BLANK_LINE.search(text, row.end())
            block_start, block_end = row.end(), blank.start() if blank else len(text)
            rows = text.count("\n", block_start, block_end) + 1
        largest = max(largest, (row[0].count("|") + row[0].count("+") + 1) * rows)
    return largest
