"""Where a Hugo site's own feeds were: of its home pages, and of the terms of its taxonomies.

Recorded from Hugo 0.111.3. Those of sections and of the lists of terms (``/posts/index.xml``, ``/tags/index.xml``) are
not named: Feedmill has no channel that holds the same.
"""

from __future__ import annotations

from typing import Final

from service.sources.hugo_config import HugoConfig, table, text_of, texts
from service.sources.source import FormerFeed
from service.sources.term_pages import Termed

TERMS: Final[tuple[Termed, ...]] = ("category", "tag", "author")
_NO_TERMS: Final = frozenset(("taxonomy", "term", "taxonomyterm"))


def feed_path(config: HugoConfig) -> str:
    """Where Hugo writes the home page's feed; "" where it writes none."""
    return f"{config.languages[config.default].prefix}/{_name(config)}" if _written(config, "home") else ""


def former_feeds(config: HugoConfig) -> tuple[FormerFeed, ...]:
    """The others that a channel takes the place of, in the order in which they are looked for.

    A channel has the posts of all languages, so those of a term lead to one, whatever their language.
    """
    if config.multihost:
        return ()
    name, languages = _name(config), [one for one in config.languages.values() if not one.disabled]
    homes = (
        FormerFeed("language", f"{language.prefix}/{name}", "rss.xml", language.tag)
        for language in languages
        if language.tag and language.key != config.default and config.several
    )
    plurals = {kind: plural for kind in TERMS if (plural := plural_of(config, kind)) and spells_plainly(config)}
    terms = (
        FormerFeed(kind, f"{language.prefix}/{plural}/:hugo/{name}", "rss.xml")
        for kind, plural in plurals.items()
        for language in languages
    )
    return (*(homes if _written(config, "home") else ()), *(terms if _written(config, "term") else ()))


def plural_of(config: HugoConfig, singular: str) -> str:
    """The path of a taxonomy; "" where it has no pages, or a permalink of their own says where."""
    plural = config.taxonomies.get(singular, "")
    own = table(table(config.keys.get("permalinks")).get("term"))
    return "" if _disabled(config) & _NO_TERMS or plural in config.permalinks or plural in own else plural


def spells_plainly(config: HugoConfig) -> bool:
    """Whether a term's path is as :func:`service.sources.hugo_urls.term_path` makes it."""
    return config.lower and not config.plain_accents


def _written(config: HugoConfig, kind: str) -> bool:
    """Whether pages of a kind have feeds, as ``outputs`` says; Hugo's own word is that they do."""
    said = [name.lower() for name in texts(table(config.keys.get("outputs")).get(kind))]
    return "rss" not in _disabled(config) and (not said or "rss" in said)


def _name(config: HugoConfig) -> str:
    """A feed's file name, ``outputFormats.RSS.baseName``."""
    base = text_of(table(table(config.keys.get("outputformats")).get("rss")).get("basename")) or "index"
    return f"{base}.xml"


def _disabled(config: HugoConfig) -> set[str]:
    return {kind.lower() for kind in texts(config.keys.get("disablekinds"))}
