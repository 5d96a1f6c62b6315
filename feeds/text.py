"""Text that may stand in a feed: XML-legal characters, single lines, plain text, excerpts, terms and their slugs.

Every function is total: it takes any ``str`` (controls and surrogates included) and raises nothing. Refuses to parse
HTML into a tree and to judge it; sanitising happens before text comes here.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from typing import Final

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""All but XML 1.0 §2.2 Char (said without ``^``, which takes Python ten times as long to compile); the carriage return
is here because parsers turn it into a line feed."""
_LEGAL = bytes(octet if octet in b"\t\n" or octet >= 0x20 else 0xFF for octet in range(256))
"""Octets of UTF-8 as they are, but for those of :data:`_ILLEGAL`'s control characters."""
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_INVISIBLE = re.compile(
    "[\x7f-\x84\x86-\x9f"  # DEL and C1 controls; U+0085 is white space
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # Bidi_Control: a title must not reorder what stands beside it
    "\u200b\u2060\ufeff]"  # zero-width space, word joiner, byte order mark
)
_SPACE = re.compile(r"\s+")
_JOINERS = " \u200c\u200d"

MAX_SLUG_BYTES: Final = 200
"""A slug is a directory name in a build, and file systems stop at 255 octets; the rest is room for a suffix."""

_WIDTH = {
    code: chr(int(unicodedata.decomposition(chr(code)).split()[1], 16))
    for code in range(0xFF01, 0xFFEF)
    if unicodedata.decomposition(chr(code)).startswith(("<wide>", "<narrow>"))
}
_NAMES = re.compile(r"(?<![^\W_])(?:c\+\+|[cf]#|\.net(?![^\W_]))")
_SPOKEN = {"c++": "cpp", "c#": "csharp", "f#": "fsharp", ".net": "dotnet"}


def xml_legal(text: str) -> str:
    """``text`` in XML 1.0 characters: CRLF and CR become LF, a surrogate pair its character, the rest is dropped."""
    if text.isprintable() or _is_legal(text):
        return text  # nothing illegal is printable
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    return _ILLEGAL.sub("", text)


def _is_legal(text: str) -> bool:
    """Whether nothing of :data:`_ILLEGAL` is in ``text``: asked of its octets in a third of the time of the search."""
    try:
        data = text.encode()
    except UnicodeEncodeError:  # surrogates
        return False
    return data.translate(_LEGAL) == data and "\ufffe" not in text and "\uffff" not in text


def single_line(text: str) -> str:
    """``text`` for a title, name or label: XML-legal, one space for each run of white space, nothing invisible."""
    if text.isprintable() and "  " not in text:  # no control, format or separator character but single spaces
        return text.strip(" ")
    return _SPACE.sub(" ", _INVISIBLE.sub("", xml_legal(text))).strip(_JOINERS)


def term_key(label: str) -> str:
    """The identity of a category, tag or author: one line, NFC, casefolded, full-width forms as their usual ones.

    Two labels with the same key are the same term (DESIGN.md §5; faults.md C-26). "" where the label shows nothing.
    """
    folded = unicodedata.normalize("NFD", single_line(label).translate(_WIDTH)).casefold()
    return single_line(unicodedata.normalize("NFC", folded))


def slugify(key: str) -> str:
    """The address of a term from its key: letters, marks and digits stay, every other run becomes one ``-``.

    ``C++``, ``C#``, ``F#`` and ``.NET`` are spelled out, so that they differ from ``C``, ``F`` and ``net``. Never
    empty, ``.`` or ``..``; an empty slug becomes a digest of the key, a long one is cut and gets one appended.
    """
    spoken = _NAMES.sub(lambda name: _SPOKEN[name[0]], key)
    kept = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in spoken)
    slug = unicodedata.normalize("NFC", "-".join(kept.split()))
    if not slug:
        return _short_digest(key)
    if len(slug.encode()) > MAX_SLUG_BYTES:
        return collide(_cut_bytes(slug, MAX_SLUG_BYTES - 9), key)
    return slug


def collide(slug: str, key: str) -> str:
    """The slug of a term whose own slug is taken: ``slug`` and a digest of ``key``, whatever the order of arrival."""
    return f"{slug}-{_short_digest(key)}"


def _short_digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _cut_bytes(slug: str, size: int) -> str:
    """The longest start of ``slug`` within ``size`` octets of UTF-8 that does not part a letter from its marks."""
    end = len(slug.encode()[:size].decode("utf-8", "ignore"))
    while end > 1 and inside_cluster(slug, end):
        end -= 1
    return slug[:end].rstrip("-")


_TAG = re.compile(r"</?([a-z][^\s/>]*)", re.IGNORECASE | re.ASCII)
_TAG_END = re.compile(r">|=\s*([\"'])")
_BLOCK_NAMES = (
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol optgroup option p pre search section "
    "summary table tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_CELLS = frozenset(("td", "th"))
_SILENT = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "iframe", "template")}
_LONG_REFERENCE = re.compile("&#[0-9]{9,};?")


def plain(markup: str) -> str:
    """The text of an HTML fragment: one line for each block, references decoded once, white space collapsed.

    A linear scan that follows the tokenizer of the HTML standard (§13.2.5) where it matters: ``<3`` is text, a
    comment or tag that never ends swallows the rest, scripts, styles, templates and frames have no text.
    """
    if "<" not in markup and "&" not in markup and "  " not in markup and markup.isprintable():
        return markup.strip(" ")
    parts: list[str] = []
    here = 0
    while (start := markup.find("<", here)) >= 0:
        parts.append(_decoded(markup[here:start]))
        tag = _TAG.match(markup, start)
        if tag:
            name = tag[1].lower()
            here = _end_of_tag(markup, tag.end())
            parts.append("\n" if name in _BLOCKS else " " if name in _CELLS else "")
            if name in _SILENT and markup[start + 1] != "/":
                close = _SILENT[name].search(markup, here)
                here = close.start() if close else len(markup)
        elif markup.startswith("<!--", start):
            here = _after(markup, "-->", start + 4)
        elif markup.startswith(("<!", "<?", "</"), start):
            here = _after(markup, ">", start + 2)
        else:
            parts.append("<")
            here = start + 1
    parts.append(_decoded(markup[here:]))
    lines = (_SPACE.sub(" ", line).strip() for line in xml_legal("".join(parts)).split("\n"))
    return "\n".join(line for line in lines if line)


def _decoded(text: str) -> str:
    """Text between tags with its references decoded; white space there never starts a line."""
    if "&" in text:
        # html.unescape hands the digits to int(), which refuses more than 4,300 of them.
        text = html.unescape(_LONG_REFERENCE.sub("\ufffd", text))
    return _SPACE.sub(" ", text)


def _end_of_tag(markup: str, here: int) -> int:
    """Where the tag that is open at ``here`` is over: a ``>`` within a quoted attribute value does not end it."""
    while end := _TAG_END.search(markup, here):
        if not end[1]:
            return end.end()
        here = _after(markup, end[1], end.end())
    return len(markup)


def _after(markup: str, mark: str, here: int) -> int:
    found = markup.find(mark, here)
    return len(markup) if found < 0 else found + len(mark)


_SENTENCE_END = re.compile(
    "(?:[.!?\u2026][\"'\u2019\u201d)\\]]?(?= )|[\u3002\uff01\uff1f][\u300d\u300f\u201d\u2019\uff09]?)"
)
_DANGLING = " ,;:-\u2013\u2014([{\u00ab\u201c\u2018\u300c\u300e\u3008\u300a\uff08\u3001\uff0c"


def excerpt(text: str, length: int) -> str:
    """The start of ``text`` as one line of at most ``length`` characters, with ``…`` where something was left out.

    Cuts after a sentence where one ends in the second half, else at a space, or between ideographs and kana, which
    are written without spaces; else wherever a grapheme cluster ends (UAX #29), never within one.
    """
    line = single_line(text)
    if len(line) <= length:
        return line
    start = line[: max(length - 1, 0)]
    sentence = max((end.end() for end in _SENTENCE_END.finditer(line, 0, max(length - 2, 0))), default=0)
    if sentence > length // 2:
        return f"{line[:sentence]} …"
    return start[: _border(line, len(start))].rstrip(_DANGLING) + "…"


def _border(line: str, limit: int) -> int:
    """The best place to cut ``line`` at or before ``limit``."""
    for end in range(limit, limit // 2, -1):
        if line[end] == " " or (_unspaced(line[end - 1]) and not inside_cluster(line, end)):
            return end
    end = limit
    while end > 0 and inside_cluster(line, end):
        end -= 1
    return end


def _unspaced(char: str) -> bool:
    """Ideographs, kana and their punctuation: scripts whose words no space parts. Hangul has spaces."""
    return (
        "\u3001" <= char <= "\u30ff"
        or "\u3400" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or char >= "\U00020000"
    )


def inside_cluster(text: str, index: int) -> bool:
    """Whether a cut before ``text[index]`` would part what a reader sees as one character (UAX #29, by category)."""
    if not 0 < index < len(text):
        return False
    before, after = text[index - 1], text[index]
    if unicodedata.category(after)[0] == "M" or after in "\u200c\u200d" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if before == "\u200d" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if unicodedata.combining(before) == 9:  # a virama joins the consonants beside it
        return True
    if _jamo(after) and (_jamo(before) or "\uac00" <= before <= "\ud7a3"):
        return True
    if _regional(before) and _regional(after):  # flags are pairs
        run = len(text[:index]) - len(text[:index].rstrip(_REGIONAL))
        return run % 2 == 1
    return False


_REGIONAL = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff" or "\ua960" <= char <= "\ua97c" or "\ud7b0" <= char <= "\ud7fb"
