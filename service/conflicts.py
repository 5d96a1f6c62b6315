"""Files that contradict each other: two pages at one address, two versions of a post in one language.

For ``feedmill check``, which has the time to look at all of them. What is published in spite of them is the index's
decision, and stands; this says so. Refuses to judge single files.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.errors import Problem
from service.index import Row
from service.publisher import Publisher


def conflicts(publisher: Publisher) -> Iterator[Problem]:
    """A warning for each file that is not what its author takes it for."""
    for first, *others in publisher.index.shared_pages():
        for row in others:
            message = f"has the URL of {_name(first, row)}: {row.fields.url}; search engines and metadata take that one"
            yield _problem(row, "page-shared", message, "give one of the two a permalink of its own")
    for first, *others in publisher.index.doubled_translations():
        if first.fields.translation.startswith("path:"):
            continue  # derived from the URL: nobody said that these two are versions of each other
        for row in others:
            said = row.fields.language or "the site's language"
            message = f"{said} is already {_name(first, row)} among the versions of {row.fields.translation!r}"
            yield _problem(row, "translation-doubled", message, "give it another ref, or correct its lang")


def _name(row: Row, seen_from: Row) -> str:
    return row.locator if row.source == seen_from.source else f"{row.locator} (source {row.source})"


def _problem(row: Row, code: str, message: str, hint: str) -> Problem:
    return Problem(row.locator, 0, 0, "warning", code, message, hint)
