"""Untrusted HTML in, HTML for feed readers out: one profile, absolute URLs, nothing that runs, tracks or asks.

nh3 (ammonia on html5ever) is the sanitiser, and every answer is its output. It decides attribute by attribute and
cannot replace an element, so frames and tracking pixels leave in a pass over nh3's own output: there a tag is
unambiguous, because ``<``, ``>`` and ``"`` are escaped in attribute values. What that pass wrote goes through nh3
again, which then knows no frames. Refuses to look at Markdown, and to guard itself: nh3 takes quadratic time on deep
nesting, see guards.py.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Final
from urllib.parse import urlsplit

import nh3

from feeds.text import xml_legal
from service.content.base import SCHEMES, SOURCE_SUFFIXES, Base, source_paths

__all__ = ["SCHEMES", "SOURCE_SUFFIXES", "Base", "clean", "source_paths"]

_TAGS = {
    *("a", "abbr", "article", "aside", "audio", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code"),
    *("col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "iframe", "img", "ins", "kbd", "li", "main", "mark"),
    *("nav", "ol", "p", "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "source", "span"),
    *("strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr"),
    *("track", "tt", "u", "ul", "var", "video", "wbr"),
}
_DROPPED_WITH_CONTENT = {
    *("script", "style", "template", "title", "select", "datalist", "textarea", "button", "map", "canvas", "svg"),
    *("math", "noscript", "noembed", "noframes"),
}
_SIMPLE = _TAGS - {"iframe", "table"}
"""Elements that nh3 leaves where they stand."""
_MOST_PASSES: Final = 4
_SIZE = {"width", "height"}
_ATTRIBUTES = {
    "*": {"lang", "dir", "title", "id"},
    "a": {"href", "hreflang"},
    "audio": {"src", "controls"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "iframe": {"src", "style", "hidden", *_SIZE},
    "img": {"src", "srcset", "data-src", "data-srcset", "sizes", "alt", "style", "hidden", *_SIZE},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "pre": {"class"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label"},
    "video": {"src", "poster", "controls", *_SIZE},
}
_LOADED = frozenset(("src", "data-src", "poster"))
_LANGUAGE = re.compile(r"(?:^|\s)(language-[\w+#.-]+)")
_FOOTNOTE = re.compile(r"fn(?:ref)?[:-][\w:.%-]+")
_HIDDEN = re.compile(
    r"(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden|opacity\s*+:\s*+0(?![.\d])"
    r"|(?<![\w-])(?:width|height)\s*+:\s*+0*[0-2](?:\.\d*+)?(?:px)?\s*+(?:;|!|$))",
    re.IGNORECASE,
)
_TINY = re.compile(r"\s*0*[0-2](?:\.\d*)?(?:px)?\s*", re.IGNORECASE)
_CANDIDATE = re.compile(r"[\s,]*+(\S++)([^,]*+)")

_NAME = re.compile(r"<([a-zA-Z][^\s/>]*)")
_WRITTEN_TAG = re.compile(r"<(/?[a-z][a-z0-9]*+)(?: [a-z-]++=\"[^\"<>]*+\")*+(?: /)?>")
"""A tag that reads as one whatever stands around it."""
_NESTED_HEADING = re.compile(r"<h[1-6][^>]*>[^<]*(?:<(?!/?h[1-6]\b)[^<]*)*<h[1-6]\b")
_SPECIAL = re.compile(r"<iframe([^>]*)>[^<]*(?:<(?!/iframe>)[^<]*)*</iframe>|<img([^>]*)>")
_IMAGE = re.compile(r"<img([^>]*)>")
_PIXELS = re.compile(r"[0-9]{1,6}")
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_PRE = re.compile(r"(<pre[^>]*>)\n+")

_PLAYERS = (
    (
        re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,})"),
        "https://www.youtube.com/watch?v={}",
    ),
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+)"), "https://vimeo.com/{}"),
)
"""Players that answer with an error where their frame is opened as a page."""


def clean(markup: str, base: Base) -> str:
    """``markup`` for feed readers: sanitised, URLs absolute and ASCII, characters XML-legal.

    Idempotent; raises nothing on text without lone surrogates.
    """
    result = _once(markup, base, _MARKING)
    replaced = _SPECIAL.sub(_replace, result) if "<iframe" in result or "<img" in result else result
    settled = result if replaced == result and _is_settled(markup, result) else _settled(replaced, base)
    if not base.sizes or "<img" not in settled:
        return settled
    return _IMAGE.sub(lambda found: _sized(found[1], base.sizes), settled)


def _sized(written: str, sizes: Mapping[str, tuple[int, int]]) -> str:
    """The attributes of a picture with those of ``width`` and ``height`` that its author left out, in proportion."""
    attributes = dict(_ATTRIBUTE.findall(written))
    width, height = sizes.get(html.unescape(attributes.get("src", "")), (0, 0))
    said = [attributes[name] for name in ("width", "height") if name in attributes]
    if not width or len(said) == 2 or not all(_PIXELS.fullmatch(length) for length in said):
        return f"<img{written}>"
    if "width" in attributes:
        added = f' height="{max(round(int(said[0]) * height / width), 1)}"'
    elif "height" in attributes:
        added = f' width="{max(round(int(said[0]) * width / height), 1)}"'
    else:
        added = f' width="{width}" height="{height}"'
    return f"<img{written}{added}>"


def _is_settled(markup: str, result: str) -> bool:
    """Whether ``result``, nh3's of ``markup``, surely is what nh3 would make of it again: no element is where it may be
    moved from, or each stands where it stood, between the same text, so that it is read as the same tree."""
    if _SIMPLE.issuperset(map(str.lower, _NAME.findall(markup))) and not _NESTED_HEADING.search(result):
        return True
    written = _WRITTEN_TAG.split(markup)
    if "&quot;" in markup:
        written = [part.replace("&quot;", '"') for part in written]
    return written == _WRITTEN_TAG.split(result)


def _settled(markup: str, base: Base) -> str:
    """``markup`` cleaned until nothing changes.

    Where nh3 takes an element out, or a table moves one, what is left may nest as no HTML can be written (a link in a
    link), and whoever parses it next sees another tree. Two passes settle all that was ever met.
    """
    for _ in range(_MOST_PASSES):
        again = _once(markup, base, _FINAL)
        if again == markup:
            break
        markup = again
    return markup


def _once(markup: str, base: Base, cleaner: nh3.Cleaner) -> str:
    token = _BASE.set(base)
    try:
        result = xml_legal(cleaner.clean(markup))
    finally:
        _BASE.reset(token)
    # html5ever drops one line feed after <pre> and does not write it back: none may be left, or each pass eats one.
    return _PRE.sub(r"\1", result) if "<pre" in result else result


def _filter(_element: str, name: str, value: str) -> str | None:
    """What becomes of an allowed attribute; None removes it. nh3 asks after its own look at tag, name and scheme."""
    if name == "href" or name == "cite":
        return _BASE.get().absolute(value) or None
    if name in _LOADED:
        return _loaded(value)
    rule = _RULES.get(name)
    return rule(value) if rule else value


def _loaded(value: str) -> str | None:
    url = _BASE.get().absolute(value)
    return url if url.startswith(("http://", "https://")) else None


def _srcset(value: str) -> str | None:
    """HTML §4.8.4.2.1: candidates parted by commas, each a URL and perhaps a descriptor; a URL may contain commas."""
    kept = []
    for candidate, descriptor in _CANDIDATE.findall(value):
        bare = candidate.rstrip(",")
        url = _loaded(bare)
        if url:
            kept.append(f"{url} {descriptor.strip()}".rstrip() if bare == candidate else url)
    return ", ".join(kept) or None


def _language(value: str) -> str | None:
    found = _LANGUAGE.search(value)
    return found[1] if found else None


_RULES: dict[str, Callable[[str], str | None]] = {
    "srcset": _srcset,
    "data-srcset": _srcset,
    "class": _language,
    "id": lambda value: value if _FOOTNOTE.fullmatch(value) else None,
    # Kept only as a mark for _replace, which removes the whole element.
    "style": lambda value: "hidden" if _HIDDEN.search(value) else None,
}
_BASE: ContextVar[Base] = ContextVar("base")


def _cleaner(*, marks: bool) -> nh3.Cleaner:
    """One for all posts: building it costs a tenth of a usual post's cleaning, a context variable next to nothing.

    Frames and what marks a hidden picture come through only where ``marks`` says that :func:`_replace` follows.
    """
    marked = set() if marks else {"style", "hidden", "data-src", "data-srcset"}
    return nh3.Cleaner(
        tags=_TAGS if marks else _TAGS - {"iframe"},
        clean_content_tags=_DROPPED_WITH_CONTENT if marks else _DROPPED_WITH_CONTENT | {"iframe"},
        attributes={tag: names - marked for tag, names in _ATTRIBUTES.items() if marks or tag != "iframe"},
        attribute_filter=_filter,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


_MARKING = _cleaner(marks=True)
_FINAL = _cleaner(marks=False)


def _replace(match: re.Match[str]) -> str:
    """A frame becomes a link to what it shows; a picture nobody is meant to see, or that shows nothing, goes."""
    attributes = dict(_ATTRIBUTE.findall(match[1] if match[1] is not None else match[2]))
    unseen = (
        "style" in attributes or "hidden" in attributes or any(_TINY.fullmatch(attributes.get(n, "-")) for n in _SIZE)
    )
    if match[1] is None:
        return "" if unseen else _picture(match[0], attributes)
    if unseen or "src" not in attributes:
        return ""
    url = _watchable(html.unescape(attributes["src"]))
    label = html.unescape(attributes.get("title", "")) or f"{urlsplit(url).hostname or url}"
    return f'<a href="{html.escape(url)}">{html.escape(label)}</a>'


def _picture(written: str, attributes: dict[str, str]) -> str:
    """A picture that shows something; one that a script was to load late has its address in ``data-src``."""
    late = {name: attributes.pop(f"data-{name}") for name in ("src", "srcset") if f"data-{name}" in attributes}
    if late:
        written = "<img" + "".join(f' {name}="{value}"' for name, value in (attributes | late).items()) + ">"
    return written if {"src", "srcset"} & (attributes | late).keys() else ""


def _watchable(url: str) -> str:
    for pattern, page in _PLAYERS:
        found = pattern.match(url)
        if found:
            return page.format(found[1])
    return url
