"""The head of a page: canonical link, Open Graph, Twitter card, JSON-LD and autodiscovery.

Judges a head fragment or a whole page alike. Refuses to ask whether what it says is true of the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from schemas.lint.findings import Circumstances, Finding, named, quoted, words
from schemas.lint.html import elements
from schemas.lint.registry import found
from schemas.lint.uris import is_absolute, is_language

REQUIRED: Final = ("og:title", "og:type", "og:url")
TITLE: Final = 70
DESCRIPTION: Final = 200
ALT: Final = 420
HEADLINE: Final = 110
"""Characters."""

_URLS: Final = words("og:url og:image og:image:url og:image:secure_url og:audio og:video article:author twitter:image")
_ONCE: Final = words("og:title og:type og:url og:description og:site_name og:locale twitter:card twitter:title "
                         "twitter:description description robots")  # fmt: skip
_OPEN_GRAPH: Final = ("og:", "article:", "profile:", "book:", "video:", "music:", "fb:")
_LENGTHS: Final = {"twitter:title": TITLE, "twitter:description": DESCRIPTION, "twitter:image:alt": ALT}
_STRUCTURED: Final = ("url", "secure_url", "type", "width", "height", "alt")
_ARTICLES: Final = frozenset(("Article", "NewsArticle", "BlogPosting"))
_RECOMMENDED: Final = ("headline", "datePublished", "author")


def metadata_findings(markup: str, about: Circumstances) -> Iterator[Finding]:
    """What is wrong with the metadata in a head fragment."""
    del about  # nothing in a fragment depends on where it is served
    metas: list[tuple[str, str, str]] = []
    canonicals: list[str] = []
    for element in elements(markup):
        if element.tag == "meta":
            said = ((str(element.get(key)).lower(), key) for key in ("property", "name") if element.get(key))
            metas += [(name, element.get("content") or "", key) for name, key in said]
        elif element.tag == "link":
            rels = (element.get("rel") or "").lower().split()
            if "canonical" in rels:
                canonicals.append(element.get("href") or "")
            if {"canonical", "alternate"} & set(rels) and not is_absolute(element.get("href") or ""):
                yield found("RelativeMetadataUrl", f"link rel={' '.join(rels)} to {quoted(element.get('href') or '')}")
            language = element.get("hreflang") or ""
            if "alternate" in rels and language not in ("", "x-default") and not is_language(language):
                yield found("AlternateInvalidLanguage", f"hreflang {quoted(language)}")
        elif element.tag == "script" and (element.get("type") or "").lower() == "application/ld+json":
            yield from _json_ld_findings(element)
    hidden = any(name == "robots" and "noindex" in content for name, content, _ in metas)
    if not canonicals and not hidden:
        yield found("MissingCanonical", "the page does not say which address is its own")
    if len(set(canonicals)) > 1:
        yield found("DuplicateMetadata", f"more than one canonical: {named(canonicals)}")
    yield from _meta_findings(metas)


def _meta_findings(metas: list[tuple[str, str, str]]) -> Iterator[Finding]:
    values: dict[str, list[str]] = {}
    for name, content, _ in metas:
        values.setdefault(name, []).append(content)
    for name in REQUIRED:
        if not any(values.get(name, ())):
            yield found("OpenGraphMissing", f"no {name}")
    if not any(values.get("og:image", ())):
        yield found("OpenGraphMissingImage", "no og:image")
    for name in sorted(_ONCE & values.keys()):
        if len(values[name]) > 1:
            yield found("DuplicateMetadata", f"{name} is said {len(values[name])} times")
    for name in ("twitter:card", "twitter:title"):
        if not any(values.get(name, ())):
            yield found("TwitterMissing", f"no {name}")
    if not any(values.get("description", ())) and not any(values.get("og:description", ())):
        yield found("MissingDescription", "the page has no description")
    for name, content, attribute in metas:
        yield from _value_findings(name, content, attribute)
    yield from _order_findings([name for name, _, _ in metas if name.startswith("og:")])


def _value_findings(name: str, content: str, attribute: str) -> Iterator[Finding]:
    wanted = "property" if name.startswith(_OPEN_GRAPH) else "name" if name.startswith("twitter:") else attribute
    if attribute != wanted:
        yield found("OpenGraphAttribute", f"{attribute}={quoted(name)}, not {wanted}=")
    if name in _URLS and content and not is_absolute(content):
        yield found("RelativeMetadataUrl", f"{name} is {quoted(content)}", subject=content)
    if name in ("og:locale", "og:locale:alternate") and "-" in content:
        yield found("OpenGraphLocale", f"{name} is {quoted(content)}")
    if len(content) > _LENGTHS.get(name, len(content)):
        yield found("TwitterTooLong", f"{name} has {len(content)} characters")


def _order_findings(names: list[str]) -> Iterator[Finding]:
    root, alt = "", True
    for name in [*names, "og:"]:
        kind, _, part = name.removeprefix("og:").partition(":")
        if part in _STRUCTURED and kind in ("image", "video", "audio"):
            if kind != root:
                yield found("OpenGraphOrder", f"{name} does not follow og:{kind}")
            alt = alt or part == "alt"
            continue
        if root == "image" and not alt:
            yield found("OpenGraphMissingAlt", "og:image without og:image:alt")
        root, alt = (kind, kind != "image") if not part else ("", True)


def _json_ld_findings(script: etree._Element) -> Iterator[Finding]:
    try:
        data = json.loads(script.text or "")
    except (ValueError, RecursionError):
        yield found("JsonLdInvalid", "a script of JSON-LD is not JSON")
        return
    for thing in _things(data):
        article = next((kind for kind in _types(thing) if kind in _ARTICLES), None)
        if article is None:
            continue
        headline = thing.get("headline")
        if isinstance(headline, str) and len(headline) > HEADLINE:
            yield found("JsonLdHeadline", f"the headline has {len(headline)} characters", subject=headline)
        for key in _RECOMMENDED:
            if not thing.get(key):
                yield found("JsonLdRecommended", f"{article} without {key}")


def _types(thing: dict[str, Any]) -> list[str]:
    """One type or several (JSON-LD 1.1 §4.3); what is no text is none."""
    said = thing.get("@type")
    return [kind for kind in (said if isinstance(said, list) else [said]) if isinstance(kind, str)]


def _things(data: Any) -> Iterator[dict[str, Any]]:
    """The objects at the top of a document, and of its @graph."""
    for thing in data if isinstance(data, list) else [data]:
        if isinstance(thing, dict):
            yield thing
            if isinstance(thing.get("@graph"), list):
                yield from (inner for inner in thing["@graph"] if isinstance(inner, dict))
