"""The checker: what is wrong with a document by the rules that a schema does not hold.

``lint`` judges a document of a known kind, ``lint_entry`` one post's entry whatever the format. Both return findings
and never raise on content. Every rule is a row of ``registry.RULES``. Refuses to mend, to fetch, to read files, and to
ask the clock: what is known beside the document is said in :class:`Circumstances`.
"""

from __future__ import annotations

from schemas.lint.consumers import CONSUMERS, Consumer
from schemas.lint.documents import KINDS, lint, lint_entry
from schemas.lint.entries import Entry
from schemas.lint.findings import Circumstances, Finding, Level, Rule
from schemas.lint.registry import RULES

__all__ = [
    "CONSUMERS",
    "KINDS",
    "RULES",
    "Circumstances",
    "Consumer",
    "Entry",
    "Finding",
    "Level",
    "Rule",
    "lint",
    "lint_entry",
]
