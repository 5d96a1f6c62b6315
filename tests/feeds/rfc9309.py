"""A crawler's reading of robots.txt by the letter of RFC 9309, to hold ours against; not fast, and not for service."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Group:
    names: list[str] = field(default_factory=list)
    rules: list[tuple[bool, str]] = field(default_factory=list)
    """(allowed, pattern)"""


@dataclass(frozen=True)
class Robots:
    """A parsed file: its groups, and the records that stand outside them."""

    groups: list[Group]
    others: list[tuple[str, str]]

    def allows(self, name: str, path: str) -> bool:
        """Whether the crawler of a product token may fetch a path: longest match, and allow wins ties (§2.2.2)."""
        matching = [group for group in self.groups if name.lower() in group.names]
        groups = matching or [group for group in self.groups if "*" in group.names]
        found = [
            (len(pattern), allowed)
            for group in groups
            for allowed, pattern in group.rules
            if pattern and _pattern(pattern).match(path)
        ]
        return max(found)[1] if found else True


def parse(body: bytes) -> Robots:
    """§2.1 and §2.2: lines are records; user agents that follow each other share the rules after them."""
    groups: list[Group] = []
    others = []
    naming = False
    for line in body.decode("utf-8").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            if not naming:
                groups.append(Group())
            groups[-1].names.append(value.lower())
        elif key in ("allow", "disallow") and groups:
            groups[-1].rules.append((key == "allow", value))
        elif colon:
            others.append((key, value))
        if colon:
            naming = key == "user-agent"
    return Robots(groups, others)


def _pattern(text: str) -> re.Pattern[str]:
    """§2.2.3: ``*`` is any run of characters, a last ``$`` the end."""
    end = text.endswith("$")
    parts = map(re.escape, (text[:-1] if end else text).split("*"))
    return re.compile(".*".join(parts) + ("$" if end else ""), re.DOTALL)
