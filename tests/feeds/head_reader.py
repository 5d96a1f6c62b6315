"""What a browser or a crawler finds in the head of a page: title, meta, link, and JSON-LD."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

from lxml import etree


class Head(HTMLParser):
    """The elements of a fragment in their order. ``strange`` is whatever has no place in one."""

    def __init__(self, markup: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.metas: list[tuple[str, str, str]] = []
        self.links: list[dict[str, str]] = []
        self.data: list[Any] = []
        self.strange: list[str] = []
        self._open = ""
        self._text = ""
        self.feed(markup.decode("utf-8"))
        self.close()

    def named(self, name: str) -> list[str]:
        """The contents of the meta elements with a name or property, in order."""
        return [content for _, said, content in self.metas if said == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if len(said) != len(attrs) or self._open:
            self.strange.append(tag)
        if tag in ("title", "script"):
            self._open, self._text = tag, ""
            if tag == "script" and said != {"type": "application/ld+json"}:
                self.strange.append(tag)
        elif tag == "meta":
            (kind,) = said.keys() - {"content"}
            self.metas.append((kind, said[kind], said["content"]))
        elif tag == "link":
            self.links.append(said)
        else:
            self.strange.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != self._open:
            self.strange.append(f"/{tag}")
        elif tag == "title":
            self.title = self._text
        else:
            self.data.append(json.loads(self._text))
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text += data
        elif data.strip():
            self.strange.append(data)

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_decl(self, decl: str) -> None:
        self.strange.append(decl)

    def handle_pi(self, data: str) -> None:
        self.strange.append(data)

    def unknown_decl(self, data: str) -> None:
        self.strange.append(data)


def stays_in_head(markup: bytes) -> bool:
    """Whether a second, independent parser leaves all of the fragment in the head of a page that includes it."""
    page = b"<!doctype html><html><head>%s</head><body><p>text</p></body></html>" % markup
    root = etree.HTML(page, etree.HTMLParser(encoding="utf-8", no_network=True))
    body = root.find("body")
    return body is not None and [child.tag for child in body] == ["p"] and not (body.text or "").strip()


def node(data: Any, *types: str) -> Any:
    """The node of a graph with one of these types; there must be one."""
    (found,) = [each for each in data["@graph"] if each["@type"] in types]
    return found
