"""Elements of XML documents that others wrote: children by namespace and name, their text, addresses they say.

Pure functions over lxml's elements. Refuses to resolve entities: those of HTML are known, others stay as written.
"""

from __future__ import annotations

import html
from typing import Final
from urllib.parse import urljoin

from lxml import etree

XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"


def absolute(href: str, element: etree._Element) -> str:
    """An address that an element says, where ``xml:base`` tells from where it counts; else as it is written."""
    bases = [one.get(XML_BASE, "").strip() for one in (element, *element.iterancestors())] if href else []
    for base in filter(None, bases):
        try:
            href = urljoin(base, href)
        except ValueError:
            break
    return href


def is_named(element: etree._Element, namespaces: tuple[str, ...], name: str) -> bool:
    """Whether an element has that name in one of the namespaces."""
    if not isinstance(element.tag, str):
        return False
    space, local = names_of(element)
    return local == name and space in namespaces


def children(element: etree._Element, *namespaces: str, name: str) -> list[etree._Element]:
    """Its children of that name in any of the namespaces."""
    return [inner for inner in element if is_named(inner, namespaces, name)]


def child(element: etree._Element, *namespaces: str, name: str) -> etree._Element | None:
    """The first of :func:`children`."""
    return next(iter(children(element, *namespaces, name=name)), None)


def names_of(element: etree._Element) -> tuple[str, str]:
    """Namespace ("" for none) and local name. A prefix that nothing declares stays in the name, as XML 1.0 has it."""
    space, brace, name = str(element.tag).rpartition("}")
    return (space[1:], name) if brace else ("", str(element.tag))


def text_of(element: etree._Element | None) -> str:
    """All text within, without the space around it. Entities that a DTD would define are HTML's, or stay as written."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for inner in element.iterdescendants():
        said = inner.text or ""
        parts.append(html.unescape(said) if inner.tag is etree.Entity else said)
        parts.append(inner.tail or "")
    return "".join(parts).strip()
