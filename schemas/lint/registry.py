"""Every rule of the checker, in one table, and the way from a rule to a finding.

``docs/rules.md`` is written from it. Refuses to judge: the modules named after documents do that.
"""

from __future__ import annotations

from typing import Final

from schemas.lint import rules_of_content, rules_of_feeds, rules_of_search
from schemas.lint.findings import Finding, Rule

RULES: Final[dict[str, Rule]] = {
    rule.id: rule for rows in (rules_of_feeds.ROWS, rules_of_content.ROWS, rules_of_search.ROWS) for rule in rows
}
"""Id to rule, grouped by what they are about."""


def found(
    rule: str,
    message: str,
    *,
    line: int = 0,
    entry: str = "",
    subject: str = "",
    consumers: tuple[str, ...] | None = None,
) -> Finding:
    """A finding under a rule of the table; ``consumers`` where fewer are affected than the rule names."""
    row = RULES[rule]
    return Finding(
        rule, row.level, line, entry, row.consumers if consumers is None else consumers, message, row.mend, row.about,
        subject,
    )  # fmt: skip
