"""The HTML of a post, or of a page: what readers cut out, cannot resolve, or cannot tell to those who do not see it.

One finding a rule and fragment, which names the first few places. Refuses to mend anything. The parser is libxml2's:
it never fails on content, and limits depth itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from schemas.lint.findings import Finding, named, words
from schemas.lint.registry import found
from schemas.lint.uris import is_absolute, is_private, scheme_of

_SAFE: Final = words(
    "a abbr acronym address area article aside audio b bdi bdo big blockquote br button canvas caption center cite "
    "code col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset figcaption figure font footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li main map mark menu meter nav noscript "
    "ol optgroup option output p picture pre progress q rp rt ruby s samp search section select small source span "
    "strike strong sub summary sup table tbody td template textarea tfoot th thead time tr track tt u ul var video "
    "wbr"
)
_RISKY: Final = words(
    "applet base basefont embed frame frameset iframe isindex link listing meta noembed noframes object param "
    "plaintext portal script slot style title xmp"
)
_RISKY_ATTRIBUTES: Final = frozenset(("srcdoc", "formaction", "ping", "manifest"))
_FRAME: Final = frozenset(("html", "head", "body"))
"""What the parser puts around a fragment."""
_LOADED: Final = ("src", "poster", "data", "background")
_FOLLOWED: Final = ("href", "cite", "action", "longdesc")
_SCRIPTED: Final = frozenset(("javascript", "vbscript"))
_CALM: Final = re.compile(
    "background-color|border(?:-[a-z]+)*|caption-side|clear|color|direction|display|float|font(?:-[a-z]+)*"
    "|(?:max-|min-)?(?:width|height)|letter-spacing|line-height|list-style-type|margin(?:-[a-z]+)*|overflow(?:-[a-z]+)?"
    "|padding(?:-[a-z]+)*|quotes|text-[a-z-]+|unicode-bidi|vertical-align|white-space|word-[a-z]+"
)
_DRAWS: Final = re.compile(r"url|expression|script|import|[\\<>{}]", re.IGNORECASE)
_CANDIDATE: Final = re.compile(r"[\s,]*(\S+)[^,]*")
_BREAKS: Final = re.compile(r"[\t\n\r]+")

_SAYS: Final = {
    "ContainsRelRef": "relative links",
    "SecurityRisk": "elements that readers do not trust",
    "SecurityRiskAttr": "attributes that run something",
    "DangerousStyleAttr": "styles that can reach beyond the post",
    "NotHtml": "elements that are not HTML",
    "MissingAlt": "pictures without an alt text",
    "MissingDimensions": "pictures without width and height",
    "InsecureMedia": "loaded over http",
    "InsecureLink": "links to http",
}

Note = Callable[[str, str], None]
"""Takes down a rule that is broken, and the text at fault."""


def content_findings(markup: str, site: str = "") -> tuple[Finding, ...]:
    """What is wrong with the HTML of a post. Where ``site`` is private (no address is known yet, or it is a trial), its
    own files at http are no fault of the post."""
    wrong: dict[str, list[str]] = {}
    home = f"{site.rstrip('/')}/" if is_private(site) else ""

    def note(rule: str, subject: str) -> None:
        if not (home and rule in ("InsecureMedia", "InsecureLink") and subject.startswith(home)):
            wrong.setdefault(rule, []).append(subject)

    for element in elements(markup):
        _judge(element, note)
    return _said(wrong)


def page_findings(markup: str) -> tuple[Finding, ...]:
    """What is wrong with a whole page, which may have scripts, styles and relative links."""
    wrong: dict[str, list[str]] = {}
    title = language = ""
    for element in elements(markup):
        language = language or (element.get("lang") or "" if element.tag == "html" else "")
        title = title or ("".join(map(str, element.itertext())).strip() if element.tag == "title" else "")
        _judge_pictures(element, lambda rule, subject: wrong.setdefault(rule, []).append(subject))
    findings = [*_said(wrong)]
    if not title:
        findings.append(found("MissingTitle", "the page has no title"))
    if not language:
        findings.append(found("MissingLanguage", "the page does not say its language"))
    return tuple(findings)


def elements(markup: str) -> Iterator[etree._Element]:
    """The elements of HTML in document order, within the frame that the parser puts around a fragment."""
    text = markup.strip()
    if "<" not in text:
        return
    parser = etree.HTMLParser(recover=True, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(text.encode(errors="replace"), parser)
    except etree.XMLSyntaxError:  # nothing in it but what the parser leaves out
        return
    if root is not None:
        yield from (element for element in root.iter() if isinstance(element.tag, str))


def _said(wrong: dict[str, list[str]]) -> tuple[Finding, ...]:
    return tuple(
        found(rule, f"{_SAYS[rule]}: {named(subjects)}", subject=subjects[0]) for rule, subjects in wrong.items()
    )


def _judge(element: etree._Element, note: Note) -> None:
    tag = str(element.tag).lower()
    if tag not in _SAFE and tag not in _FRAME:
        note("SecurityRisk" if tag in _RISKY else "NotHtml", f"<{tag}>")
    for key, value in element.items():
        name, url = str(key).lower(), _BREAKS.sub("", str(value)).strip()
        if name.startswith("on") or name in _RISKY_ATTRIBUTES:
            note("SecurityRiskAttr", f"{name}=")
        elif name == "style":
            for fault in _dangers(str(value)):
                note("DangerousStyleAttr", fault)
        elif name in _LOADED or name in _FOLLOWED:
            _judge_url(name, url, note)
        elif name == "srcset":
            for candidate in _CANDIDATE.findall(url):
                _judge_url("src", candidate.rstrip(","), note)
    _judge_pictures(element, note)


def _judge_url(name: str, url: str, note: Note) -> None:
    scheme = scheme_of(url)
    if scheme in _SCRIPTED:
        note("SecurityRiskAttr", url)
    elif not is_absolute(url):
        note("ContainsRelRef", url)
    elif scheme == "http":
        note("InsecureMedia" if name in _LOADED else "InsecureLink", url)


def _judge_pictures(element: etree._Element, note: Note) -> None:
    if element.tag == "img":
        subject = element.get("src") or element.get("srcset") or "img"
        unseen = element.get("role") in ("presentation", "none") or element.get("aria-hidden") == "true"
        if element.get("alt") is None and not unseen:
            note("MissingAlt", subject)
        if not (element.get("width") and element.get("height")):
            note("MissingDimensions", subject)
    elif element.tag == "a" and element.get("href"):
        pictures = [picture for picture in element.iter("img") if picture.get("alt") is not None]
        told = "".join(map(str, element.itertext())).strip() or any(picture.get("alt") for picture in pictures)
        if pictures and not told:  # alt="" says that it only decorates; here it is the link's whole text
            note("MissingAlt", pictures[0].get("src") or "img")


def _dangers(style: str) -> Iterator[str]:
    for declaration in style.split(";"):
        name, colon, value = declaration.strip().lower().partition(":")
        if colon and (not _CALM.fullmatch(name.strip()) or _DRAWS.search(value)):
            yield declaration.strip()
