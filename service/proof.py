"""A document is read back before anybody sees it: what no parser can read does not replace what they could.

Proves that bytes are what their media type says, no more: whether a document is good is the checker's question
(``feedmill check``), which has time for it.
"""

from __future__ import annotations

import json
import re
from typing import Final
from xml.parsers import expat

from lxml import etree
from pydantic_core import SchemaValidator, core_schema

from feeds.model import Document

_JSON: Final = ("application/json", "application/feed+json")
_XML: Final = ("application/rss+xml", "application/atom+xml", "application/xml", "text/x-opml")

_OBJECT: Final = SchemaValidator(core_schema.typed_dict_schema({}, extra_behavior="ignore"))
_DATA: Final = b'<script type="application/ld+json">'
_END: Final = b"</script>\n"
_SCRIPT: Final = re.compile(rb"<(?:[^\s<>/]*:)?script", re.IGNORECASE)
"""A script's tag, of any namespace."""


class Broken(Exception):
    """A rendering that cannot be read back; the message says why."""


def prove(document: Document) -> None:
    """Raises Broken where a document's bytes are not what its media type says. Takes half a millisecond for 100 KB."""
    media_type = document.media_type.partition(";")[0]
    try:
        if media_type in _XML:
            _prove_xml(document.body)
        elif media_type in _JSON:
            _prove_json(document.body)
        elif media_type == "text/html":
            _prove_html(document.body)
        else:
            document.body.decode()
    except etree.XMLSyntaxError as error:
        raise Broken(f"line {error.lineno or 1}: not well-formed: {error.msg}") from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are
        raise Broken(f"{type(error).__name__}: {error}") from None


def _prove_xml(body: bytes) -> None:
    """expat reads in half the time that libxml2 takes for a tree, and in no memory; who is not content with it asks."""
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(body, True)
    except expat.ExpatError:
        etree.fromstring(body, _parser())


def _prove_json(body: bytes) -> None:
    """pydantic-core reads an object to its end without making values of it, in a fifth of the time that they take; of
    what it does not read, the standard library says what is wrong with it, or that nothing is."""
    try:
        _OBJECT.validate_json(body)
    except ValueError:
        json.loads(body)


def _prove_html(body: bytes) -> None:
    """HTML parsers read anything; what a script would read as data, and that there is something at all, can be told."""
    text = body.decode()
    if _is_a_head_with_data(body):
        return
    root = etree.HTML(body, etree.HTMLParser(encoding="utf-8")) if text and not text.isspace() else None
    if root is None:
        raise Broken("an HTML document without content")
    for data in root.iter("script"):
        if data.get("type") == "application/ld+json":
            json.loads(data.text or "")


def _is_a_head_with_data(body: bytes) -> bool:
    """Whether a document is what we make for the head of a page, and its data can be read; no other needs to be told
    so, as the tree tells.

    There is one script, at the end: what stands between its tag and the only ``<`` behind that is its text, if a parser
    sees a script there at all, and not a comment with one in it.
    """
    before, _, data = body.partition(_DATA)
    if not (body.startswith(b"<title>") and data.endswith(_END) and data.count(b"<") == 1) or _SCRIPT.search(before):
        return False
    try:
        _OBJECT.validate_json(data[: -len(_END)])
    except ValueError:
        return False
    return True


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
