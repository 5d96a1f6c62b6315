"""``docs/rules.md``, from the registry of the checker: ``python -m tests.rules_table`` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from schemas.lint import CONSUMERS, RULES
from schemas.lint.consumers import Consumer
from tests.content_codes import CODES

SITE = (
    (
        "settings-fault",
        "error, warning",
        "a setting cannot work as it stands, or the file of another site cannot be used",
        "mend the line of feedmill.toml that it names; `feedmill config --check` says all of it",
    ),
    (
        "channel-unknown",
        "warning",
        "an exception in `[feed.channels]` is for a channel that no post makes, so it counts for nothing",
        "write the path of a channel that is there; opml.xml lists them",
    ),
    (
        "site-url-missing",
        "warning",
        "nobody says where the site is, so addresses are judged under one that is made up",
        "set url in _config.yml, or `[site] url` in feedmill.toml",
    ),
    ("no-posts", "warning", "the content holds no post", "name another directory, or look at what is passed over"),
    (
        "robots-line-needed",
        "notice",
        "a sitemap on another host than the site's counts only where the site's robots.txt names it",
        "add the line `Sitemap:` that the hint shows",
    ),
)
"""What ``check`` says of the settings and the site as a whole: code, level, what goes wrong, how to mend it."""


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield "# Rules of `feedmill check`"
    yield ""
    yield "Written by `python -m tests.rules_table > docs/rules.md` from `schemas/lint` and tests; do not edit it."
    yield "Names are the feed validator's where it has the rule. Errors make the command fail, warnings do so with"
    yield "`--strict`, notices never. A rule with a profile is judged only with `--profile NAME`."
    yield ""
    yield "| rule | level | who trips over it | what goes wrong | how to mend it | source | profile |"
    yield "|---|---|---|---|---|---|---|"
    for rule in RULES.values():
        cells = (f"`{rule.id}`", rule.level, ", ".join(rule.consumers), rule.why, rule.mend, rule.source)
        yield "| " + " | ".join(map(_cell, (*cells, ", ".join(rule.profiles)))) + " |"
    yield ""
    yield "## Settings and site"
    yield ""
    yield "No document has these; they are said of `feedmill.toml`, or of the site as a whole."
    yield ""
    yield "| code | level | what goes wrong | how to mend it |"
    yield "|---|---|---|---|"
    for code, *said in SITE:
        yield "| " + " | ".join((f"`{code}`", *map(_cell, said))) + " |"
    yield ""
    yield "## Content"
    yield ""
    yield "Said of a file or an item, with its line. The level depends on what is lost; the hint says how to mend it."
    yield "`/metrics` counts them by these codes (`feedmill_problems`)."
    yield ""
    yield "| code | what is wrong |"
    yield "|---|---|"
    for code, meaning in CODES.items():
        yield f"| `{code}` | {_cell(meaning)} |"
    yield ""
    yield "## Profiles"
    yield ""
    yield "Sizes are judged without a profile, too: a feed that a consumer drops helps nobody."
    yield ""
    yield "| profile | consumer | what it is known for | what is checked |"
    yield "|---|---|---|---|"
    for profile, consumer in CONSUMERS.items():
        yield f"| `{profile}` | {consumer.name} | {_cell(consumer.why)} | {', '.join(_demands(consumer))} |"


def _demands(consumer: Consumer) -> Iterator[str]:
    sizes = (("items", consumer.items), ("octets an item", consumer.item_octets), ("octets", consumer.feed_octets))
    yield from (f"at most {size:,} {what}" for what, size in sizes if size)
    if consumer.title:
        yield f"titles up to {consumer.title} characters"
    wanted = (
        ("a picture", consumer.image),
        ("full text", consumer.full_text),
        ("the site's own host", consumer.own_host),
        ("a logo", consumer.logo),
        ("a ttl", consumer.ttl),
    )
    yield from (what for what, needed in wanted if needed)
    yield from (f"`{rule}` is a warning" for rule in consumer.raises)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
