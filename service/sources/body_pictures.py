"""Pictures that a post's body shows: which lie among the site's files, how large they are, which are not there.

A look at the source text, at scan time, because rendering reads no files. It sees ``![alt](path)`` and ``<img src>``
outside code and comments, with the few forms of Liquid that stand for the site's address, and pictures that an include
is given; what else Liquid or a reference makes of a picture is passed over. Refuses to look at more than a few pictures
of one post.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from feeds.model import Image
from service.content.base import Base
from service.content.front_matter import FrontMatter
from service.errors import Problem
from service.sources.media import Look, complaint
from service.sources.pictures import Kept

MOST: Final = 20
"""Pictures of one post that are looked at."""

_FEW: Final = 64
"""Exclamation marks that are looked at one by one; where there are more one pattern finds the pictures among them."""

_MARKDOWN = r"!\[(?:[^\[\]\n]|\[[^\[\]\n]*+\])*+\]\([ \t]*+(?P<path><[^<>\n]*+>|(?:[^()<>\n]|\([^()<>\n]*+\))*+)\)"
_INLINE = re.compile(
    _MARKDOWN + r"|<img\s(?P<attributes>[^<>]*+)>"
    r"|\{%-?\s*+include(?:_cached)?\s(?P<given>[^{}%]*+(?:%(?!\})[^{}%]*+)*+)%\}",
    re.IGNORECASE,
)
_BRACKETED = re.compile(_MARKDOWN + r"(?P<attributes>\Z\A)?(?P<given>\Z\A)?")
"""The first form alone, with the other groups always empty: its literal start is found four times as fast."""
_SHARED = re.compile(r"/[A-Za-z0-9_-][A-Za-z0-9/._-]*+")
"""A path from the root that needs no decoding: it means the same on every page, and the one file that it spells."""
_CAUSES = ("![", "<img", "<IMG", "include")
_TITLE = re.compile(r"[ \t]++(?:\"[^\"]*+\"|'[^']*+')[ \t]*+\Z")
_SOURCE = re.compile(r"""(?:^|\s)src\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)

_GIVEN = re.compile(r"""\b(?:image|image_path|src|path|url)\s*+=\s*+(["'])([^"'{}\n]++)\1""")
"""Parameters by which themes' includes show a picture (Alembic's ``figure.html``, minimal-mistakes' ``figure``)."""

_FENCE = re.compile(r"[ \t>]*+(`{3,}+|~{3,}+)")
_LIST_ITEM = re.compile(r"[ \t>]*+(?:[*+-]|\d{1,9}\.)[ \t]")
_INDENTED = re.compile(r"\n(?: {4}|\t)")
_TICKS = re.compile(r"`++")
_UNSEEN = (("<!--", "-->"), ("{% comment %}", "{% endcomment %}"), ("{%- comment -%}", "{%- endcomment -%}"))

_ADDRESS = re.compile(
    r"\{\{-?\s*+(?:site\.(?P<site>baseurl|url)"
    r"|(?P<quote>[\"'])(?P<path>[^\"'{}\n]*+)(?P=quote)\s*+\|\s*+(?P<filter>relative|absolute)_url)\s*+-?\}\}"
)


def look(
    matter: FrontMatter,
    path: str,
    url: str,
    base: str,
    look: Look,
    kept: Kept,
    *,
    markdown: bool,
    liquid: bool,
) -> tuple[tuple[Image, ...], tuple[Problem, ...]]:
    """The pictures of a body that lie among the site's files, each once, and a warning for each that is no picture.

    ``path`` is the post's file as people see it, ``url`` its page, ``base`` the site's URL. An :class:`Image` says
    size and kind as the file has them, and no words; 0 by 0 where nobody will see one. ``kept`` is
    :meth:`~service.sources.pictures.Album.kept`; ``look`` has to say the same on every page of a path from the root.
    """
    if not _shows(matter.body):
        return (), ()
    page: Base | None = None
    images: dict[str, Image] = {}
    problems: dict[str, Problem] = {}
    for written, place, sure in islice(_written(matter.body, base if liquid else "", markdown), MOST):
        known = kept.get((base, written))
        if known is not None:
            images.setdefault(known.url, known)
            continue
        page = page or Base(url, base)
        address = page.absolute(written)
        picture = look(written, address) if address and address not in images else None
        if picture is None or (not sure and not picture.width):
            continue
        found = complaint(written, picture, None, None)
        if found:
            line = matter.body_line + place.string.count("\n", 0, place.start())
            problems[address] = Problem(path, line, 1, "warning", *found)
        if picture.useless:
            images[address] = Image(address, width=0, height=0)
        elif picture.width:
            images[address] = Image(address, "", "", picture.width, picture.height, picture.media_type)
            if not found and _SHARED.fullmatch(written):
                kept[base, written] = images[address]
    return tuple(images.values()), tuple(problems.values())


def _shows(body: str) -> bool:
    """Whether there is a cause to look closer. All begin with a rare character, an include too (``{%``), and one
    character is found many times as fast as two."""
    mark = body.find("!")
    if mark >= 0 and body.find(_CAUSES[0], mark) >= 0:
        return True
    return ("<" in body or "{" in body) and any(cause in body for cause in _CAUSES[1:])


def _written(body: str, base: str, markdown: bool) -> Iterator[tuple[str, re.Match[str], bool]]:
    """Paths of pictures as they are written, Liquid's forms of the address put in; where, in a text that has the body's
    lines; and whether the body itself shows them: an include may make of a path what it likes."""
    plain = _in_sight(body, base) if markdown else None
    for found in _searched(body, base, markdown) if plain is None else plain:
        shown = found["given"] is None
        if not shown:
            given = _GIVEN.search(found["given"]) if base else None
            path = given[2] if given else ""
        elif found["attributes"] is not None:
            source = _SOURCE.search(found["attributes"])
            path = html.unescape(next(filter(None, source.groups()), "")) if source else ""
        elif markdown:
            path = found["path"].strip()
            if path.endswith(("'", '"', ">")):  # few have a title, or stand in brackets
                path = _TITLE.sub("", found["path"]).strip().removeprefix("<").removesuffix(">")
        else:
            continue
        if path and "{{" not in path and "{%" not in path:
            yield path, found, shown


def _in_sight(body: str, base: str) -> list[re.Match[str]] | None:
    """The pictures of a Markdown text that holds nothing else for :func:`_searched` to find and nothing that it would
    take out or put in; None where there may be. Without ticks and tildes only what is indented may be code."""
    if "<" in body or "`" in body or ("~" in body and "~~~" in body):
        return None
    brace = body.find("{")
    if brace >= 0 and (("%" in body and body.find("{%", brace) >= 0) or (base and _ADDRESS.search(body, brace))):
        return None
    pictures: list[re.Match[str]] = []
    here = -1
    for _ in range(_FEW):
        here = body.find("!", here + 1)  # one character is found many times as fast as two
        if here < 0:
            return pictures
        found = _BRACKETED.match(body, here)
        if found is not None:
            if body.startswith(("    ", "\t"), body.rfind("\n", 0, here) + 1):
                return None
            pictures.append(found)
            here = found.end() - 1
    return None


def _searched(body: str, base: str, markdown: bool) -> Iterator[re.Match[str]]:
    """Whatever may show a picture, in a text without comments and code, with Liquid's forms of the address put in."""
    tags, braces, percents = "<" in body, "{" in body, "%" in body  # what is not there does not come by what follows
    if (tags and "<!" in body) or (braces and percents and "{%" in body):
        for opening, closing in _UNSEEN:
            body = _blanked(body, opening, closing)
    if markdown and _may_hold_code(body):
        body = _without_code(body)
    if base and braces and "{{" in body:
        below, host = urlsplit(base).path, base.removesuffix(urlsplit(base).path)
        body = _ADDRESS.sub(lambda found: _address(found, host, below), body)
    others = (tags and ("<i" in body or "<I" in body)) or (braces and percents and "{%" in body)
    inline, first = (_INLINE, 0) if others else (_BRACKETED, body.find("!"))
    if first >= 0:
        yield from inline.finditer(body, first)


def _address(found: re.Match[str], host: str, below: str) -> str:
    if found["site"]:
        return host if found["site"] == "url" else below
    path = f"{below}/{found['path'].lstrip('/')}"
    return path if found["filter"] == "relative" else host + path


def _blanked(text: str, opening: str, closing: str) -> str:
    """``text`` without what stands between two marks; its lines stay."""
    parts, here = [], 0
    while (start := text.find(opening, here)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        parts += [text[here:start], "\n" * text.count("\n", start, end)]
        here = end + len(closing)
    return "".join((*parts, text[here:])) if parts else text


def _may_hold_code(text: str) -> bool:
    """False where :func:`_without_code` would find none: nearly everywhere, in a tenth of its time."""
    return "`" in text or ("~" in text and "~~~" in text) or _is_indented(text)


def _is_indented(text: str) -> bool:
    return text.startswith(("    ", "\t")) or _INDENTED.search(text) is not None


def _without_code(text: str) -> str:
    """Markdown without fenced code, indented code and code spans; its lines stay."""
    kept: list[str] = []
    fence, in_list, after_blank, in_code = "", False, True, False
    indented = _is_indented(text)
    for line in text.split("\n"):
        marked = "`" in line or "~" in line
        mark = _FENCE.match(line) if marked else None
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            kept.append("")
            continue
        if mark and "`" not in line[mark.end() :]:
            fence = mark[1]
            kept.append("")
            continue
        if indented:
            if _LIST_ITEM.match(line) and not in_code:
                in_list = True
            elif after_blank and line[:1].strip():
                in_list = False
            after_blank, blank = not line.strip(), after_blank
            if not after_blank:
                in_code = line.startswith(("    ", "\t")) and not in_list and (blank or in_code)
        kept.append("" if in_code else _without_spans(line) if marked else line)
    return "\n".join(kept)


def _without_spans(line: str) -> str:
    if "`" not in line:
        return line
    parts, here, opener = [], 0, None
    for ticks in _TICKS.finditer(line):
        if opener is None:
            opener = ticks
        elif len(ticks[0]) == len(opener[0]):
            parts.append(line[here : opener.start()])
            here, opener = ticks.end(), None
    return "".join((*parts, line[here:]))
