"""RSS and Atom against RELAX NG, and against the rules of their specifications that a grammar cannot express."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, cast

from lxml import etree

LONGEST_QUOTE: Final = 120
"""Characters of a source line in a message."""

Rule = tuple[str, str]
"""An XPath that finds what breaks a rule, and the rule in words."""

_NAMESPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}

ATOM_RULES: Final[tuple[Rule, ...]] = (
    (
        "/a:feed[not(a:author)]/a:entry[not(a:author) and not(a:source/a:author)]",
        "an entry needs an author where its feed has none (RFC 4287 §4.1.1)",
    ),
    (
        "//a:entry[not(a:content) and not(a:link[not(@rel) or @rel='alternate'])]",
        "an entry without content needs a link rel=alternate (RFC 4287 §4.1.2)",
    ),
    (
        "//a:entry[not(a:content) and not(a:summary)]",
        "an entry should have a summary or content (RFC 4287 §4.1.1.1)",
    ),
    ("//a:entry[a:content[@src] and not(a:summary)]", "content elsewhere needs a summary (RFC 4287 §4.1.2)"),
    (
        "/a:feed/a:entry[a:id=preceding-sibling::a:entry/a:id]",
        "two entries with the same id (validator: DuplicateEntries)",
    ),
    ("/a:feed[not(a:link[@rel='self'])]", "a feed should link to itself (RFC 4287 §4.1.1)"),
)

RSS_RULES: Final[tuple[Rule, ...]] = (
    ("/rss/channel[not(a:link[@rel='self'])]", "a channel should link to itself (profile: MissingAtomSelfLink)"),
    (
        "/rss/channel/image[title!=../title]/title",
        "an image has the title of its channel (profile: ImageTitleDoesntMatch)",
    ),
    ("/rss/channel/image[link!=../link]/link", "an image has the link of its channel (profile: ImageLinkDoesntMatch)"),
    ("//item[guid=preceding-sibling::item/guid]/guid", "two items with the same guid (validator: DuplicateValue)"),
    (
        "//item[content:encoded/following-sibling::description]/content:encoded",
        "description stands before content:encoded (profile: NeedDescriptionBeforeContent)",
    ),
    ("//item[author and dc:creator]/author", "author beside dc:creator (profile: DuplicateItemSemantics)"),
    (
        "//title[.!=normalize-space(.)] | //category[.!=normalize-space(.)]",
        "plain text on one line, without space around it",
    ),
)


def rss_problems(body: bytes) -> list[str]:
    """What is wrong with an RSS document, by our profile."""
    return _problems(body, "rss.rng", RSS_RULES)


def atom_problems(body: bytes) -> list[str]:
    """What is wrong with an Atom document, by RFC 4287."""
    return _problems(body, "atom.rng", ATOM_RULES)


def _problems(body: bytes, grammar: str, rules: tuple[Rule, ...]) -> list[str]:
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        return [f"line {error.lineno or 1}: not well-formed: {error.msg}"]
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # lxml-stubs lacks DocInfo.doctype
        return ["line 1: a document type declaration has no place in a feed"]
    lines = body.split(b"\n")
    found = sorted({*_against_grammar(root, grammar, lines), *_against_rules(root, rules), *_twin_alternates(root)})
    return [f"line {line}: {message}" for line, message in found]


def _against_grammar(root: etree._Element, name: str, lines: list[bytes]) -> Iterator[tuple[int, str]]:
    """One problem a line, and the source of that line, because libxml2 often names the parent of what it rejects."""
    grammar = _grammar(name)
    if grammar.validate(root):
        return
    # Entries without a place and those about interleaving only repeat what the others say.
    entries = [entry for entry in grammar.error_log if entry.line and entry.type_name != "RELAXNG_ERR_INTERSEQ"]
    told: dict[int, str] = {}
    for entry in entries or grammar.error_log:
        if not told.get(entry.line, "").startswith("Element "):
            told[entry.line] = entry.message
    rejected = [element for element in root.iter() if _line(element) in told]
    around = {_line(outer) for inner in rejected for outer in inner.iterancestors() if _line(outer) < _line(inner)}
    for line in told.keys() - around or told.keys():
        source = lines[min(max(line, 1), len(lines)) - 1].decode("utf-8", "replace").strip()
        yield max(line, 1), f"{told[line]}: {source[:LONGEST_QUOTE]}"


def _against_rules(root: etree._Element, rules: tuple[Rule, ...]) -> Iterator[tuple[int, str]]:
    for path, message in rules:
        for element in cast("list[etree._Element]", root.xpath(path, namespaces=_NAMESPACES)):
            yield _line(element), message


def _twin_alternates(root: etree._Element) -> Iterator[tuple[int, str]]:
    """Atom allows one alternate for each media type and language (RFC 4287 §4.1.1); so do RSS readers."""
    seen = set()
    for link in root.iter("{http://www.w3.org/2005/Atom}link"):
        if link.get("rel", "alternate") == "alternate":
            twin = (link.getparent(), link.get("type"), link.get("hreflang"))
            if twin in seen:
                yield _line(link), "two alternates with the same type and language (RFC 4287 §4.1.1)"
            seen.add(twin)


def _line(element: etree._Element) -> int:
    return int(cast("int | None", element.sourceline) or 1)


@cache
def _grammar(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.fromstring((files("schemas") / name).read_bytes()))


def _parser() -> etree.XMLParser:
    """No network, no DTD, no entities, and libxml2's own limits against depth and size."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
