"""XML documents against RELAX NG; of RSS and Atom also the rules of their specifications that a grammar cannot express.

:func:`xml_problems` is the measure of every XML document; what only some kind of them must keep is handed to it. Our
own documents are measured by closed grammars; of what others wrote, the extensions that its specification lets them
add are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final, cast

from lxml import etree

LONGEST_QUOTE: Final = 120
"""Characters of a source line in a message."""

SLICE: Final = 500
"""Children of a long list that are validated at once."""

Rule = tuple[str, str]
"""An XPath that finds what breaks a rule, and the rule in words."""

Finding = tuple[int, str]
"""A line, counted from 1, and what is wrong there."""

_NAMESPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
}

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ENCODED: Final = "{http://purl.org/rss/1.0/modules/content/}encoded"

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
    ("/a:feed[not(a:link[@rel='self'])]", "a feed should link to itself (RFC 4287 §4.1.1)"),
)

RSS_RULES: Final[tuple[Rule, ...]] = (
    ("/rss/channel[not(a:link[@rel='self'])]", "a channel should link to itself (profile: MissingAtomSelfLink)"),
    ("//item[author and dc:creator]/author", "author beside dc:creator (profile: DuplicateItemSemantics)"),
    (
        "//title[.!=normalize-space(.)] | //category[.!=normalize-space(.)]",
        "plain text on one line, without space around it",
    ),
)


def rss_problems(body: bytes, *, ours: bool = True) -> list[str]:
    """What is wrong with an RSS document: by our profile, or by the specification of RSS 2.0 if it is not ours."""
    if not ours:
        return xml_problems(body, "rss-open.rng", ours=False)
    return xml_problems(body, "rss.rng", RSS_RULES, more=_rss_rules)


def atom_problems(body: bytes) -> list[str]:
    """What is wrong with an Atom document, by RFC 4287, which has extensions in its grammar."""
    return xml_problems(body, "atom.rng", ATOM_RULES, more=_atom_rules)


def xml_problems(
    body: bytes,
    grammar: str,
    rules: tuple[Rule, ...] = (),
    *,
    what: str = "a feed",
    more: Callable[[etree._Element], Iterable[Finding]] | None = None,
    sliced: bool = False,
    ours: bool = True,
) -> list[str]:
    """What is wrong with ``what``, in the order of its lines: ``line 3: …`` each; never raises on content.

    ``grammar`` is the name of a RELAX NG file beside this one, ``rules`` are XPaths, ``more`` is what needs a function.
    ``sliced``: the root is a long list of equal children, and each of them may be judged without the others.
    ``ours`` is False for what others wrote: elements and attributes of namespaces that are neither the document's own
    nor the grammar's are passed over.
    """
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        return [f"line {error.lineno or 1}: not well-formed: {error.msg}"]
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # lxml-stubs lacks DocInfo.doctype
        return [f"line 1: a document type declaration has no place in {what}"]
    lines = body.split(b"\n")
    found = {*_against_rules(root, rules), *(more(root) if more else ())}
    if not ours:
        _drop_extensions(root, _named(grammar))
    for part in _slices(root) if sliced else (root,):
        found.update(_against_grammar(part, grammar, lines))
    return [f"line {line}: {message}" for line, message in sorted(found)]


def _drop_extensions(root: etree._Element, named: frozenset[str]) -> None:
    """Take out what stands in a foreign namespace; what is left keeps its lines. ``named`` elements stay."""
    own = _namespace(root)
    for element in [element for element in root.iter() if isinstance(element.tag, str)]:
        parent = element.getparent()
        if parent is not None and _namespace(element) not in ("", own) and element.tag not in named:
            if (element.tail or "").strip():  # it is the parent's text, not the element's
                parent.text = (parent.text or "") + (element.tail or "")
            parent.remove(element)
            continue
        for name in [str(name) for name in element.attrib if str(name).startswith("{")]:
            del element.attrib[name]


def _namespace(element: etree._Element) -> str:
    space, brace, _ = str(element.tag).rpartition("}")
    return space[1:] if brace else ""


@cache
def _named(grammar: str) -> frozenset[str]:
    """The elements that a grammar names with a prefix."""
    root = etree.fromstring((files("schemas") / grammar).read_bytes())
    names = [name for element in root.iter("{*}element") if ":" in (name := element.get("name", ""))]
    return frozenset(f"{{{root.nsmap[name.partition(':')[0]]}}}{name.partition(':')[2]}" for name in names)


def _slices(root: etree._Element) -> Iterator[etree._Element]:
    """The root again and again, each time with the next few of its children, which move there.

    libxml2's time grows faster than the square of the faults it finds: 50,000 take minutes, 100 times 500 a second.
    """
    children = list(root)
    for start in range(0, len(children) or 1, SLICE):
        part = etree.Element(root.tag, None, root.nsmap)  # type: ignore[arg-type]  # stubs know no default namespace
        part.attrib.update(root.attrib)
        part.sourceline = root.sourceline
        part.extend(children[start : start + SLICE])
        yield part


def _against_grammar(root: etree._Element, name: str, lines: list[bytes]) -> Iterator[Finding]:
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
    rejected = [element for element in root.iter() if line_of(element) in told]
    places = ((line_of(inner), line_of(outer)) for inner in rejected for outer in inner.iterancestors())
    around = {outer for inner, outer in places if outer < inner}
    for line in told.keys() - around or told.keys():
        source = lines[min(max(line, 1), len(lines)) - 1].decode("utf-8", "replace").strip()
        yield max(line, 1), f"{told[line]}: {source[:LONGEST_QUOTE]}"


def _against_rules(root: etree._Element, rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for path, message in rules:
        for element in cast("list[etree._Element]", root.xpath(path, namespaces=_NAMESPACES)):
            yield line_of(element), message


def _rss_rules(root: etree._Element) -> Iterator[Finding]:
    """What compares elements with each other; in XPath each would be compared with every other."""
    yield from _twin_alternates(root)
    for channel in root.iterchildren("channel"):
        for name, rule in (("title", "ImageTitleDoesntMatch"), ("link", "ImageLinkDoesntMatch")):
            said = {_text(child) for child in channel.iterchildren(name)}
            for own in (child for image in channel.iterchildren("image") for child in image.iterchildren(name)):
                if said - {_text(own)}:
                    yield line_of(own), f"an image has the {name} of its channel (profile: {rule})"
    seen: dict[tuple[etree._Element | None, str], etree._Element] = {}
    for item in root.iter("item"):
        own_guids = list(item.iterchildren("guid"))
        if any(seen.setdefault((item.getparent(), _text(guid)), item) is not item for guid in own_guids):
            for guid in own_guids:
                yield line_of(guid), "two items with the same guid (validator: DuplicateValue)"
        names = [child.tag for child in item]
        first = names.index(_ENCODED) if _ENCODED in names else len(names)
        if "description" in names[first:]:
            for content in item.iterchildren(_ENCODED):
                message = "description stands before content:encoded (profile: NeedDescriptionBeforeContent)"
                yield line_of(content), message


def _atom_rules(root: etree._Element) -> Iterator[Finding]:
    yield from _twin_alternates(root)
    seen: dict[str, etree._Element] = {}
    for entry in root.iterchildren(f"{_ATOM}entry"):
        if any(seen.setdefault(_text(own), entry) is not entry for own in entry.iterchildren(f"{_ATOM}id")):
            yield line_of(entry), "two entries with the same id (validator: DuplicateEntries)"


def _text(element: etree._Element) -> str:
    """All text within, comments left out."""
    return str(element.xpath("string()")) if len(element) else element.text or ""


def _twin_alternates(root: etree._Element) -> Iterator[Finding]:
    """Atom allows one alternate for each media type and language (RFC 4287 §4.1.1); so do RSS readers."""
    seen = set()
    for link in root.iter(f"{_ATOM}link"):
        if link.get("rel", "alternate") == "alternate":
            twin = (link.getparent(), link.get("type"), link.get("hreflang"))
            if twin in seen:
                yield line_of(link), "two alternates with the same type and language (RFC 4287 §4.1.1)"
            seen.add(twin)


def line_of(element: etree._Element) -> int:
    """The line on which an element begins."""
    return int(cast("int | None", element.sourceline) or 1)


@cache
def _grammar(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.fromstring((files("schemas") / name).read_bytes()))


def _parser() -> etree.XMLParser:
    """No network, no DTD, no entities, and libxml2's own limits against depth and size."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
