"""Pictures that lie among a site's files: their size in pixels and what they are, from their first bytes.

Reads as carefully as any other file of the site is read (:mod:`service.sources.files`), never more than the beginning,
and never over the network. A file that makes no sense has no size; nothing here raises.
"""

from __future__ import annotations

import io
import posixpath
import re
import unicodedata
from dataclasses import replace
from typing import Final
from urllib.parse import unquote, urlsplit

from feeds.frozen import frozen
from feeds.model import Image
from service.errors import Rejected
from service.sources.files import Tree, Vanished
from service.sources.walk import Entry

MOST_BYTES: Final = 256 * 1024
"""How much of a picture is read at most. Cameras put a preview of up to 64 KiB before the size of a JPEG."""

_FIRST_BYTES: Final = 4 * 1024
"""Enough for nearly all."""

_MOST_PIXELS: Final = 1_000_000
_REMEMBERED: Final = 4096

_SIGNATURES: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"....ftyp(?:hei[cx]|hev[cx])", re.DOTALL), "image/heic"),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), "image/bmp"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "image/tiff"),
    (re.compile(rb"\x00\x00\x01\x00"), "image/x-icon"),
)
"""File signatures as the formats' specifications have them; SVG is text and looked at apart."""

_EXTENSIONS: Final = frozenset(
    ("avif", "bmp", "gif", "heic", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp")
)
_SIZED: Final = frozenset(("image/gif", "image/jpeg", "image/png", "image/webp"))
"""Formats of which a file without a size shows nothing."""

_LFS: Final = b"version https://git-lfs.github.com/spec/"

_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*+")
"""Most paths: nothing to decode."""
_SVG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml|!--|!DOCTYPE svg)", re.IGNORECASE)
_SVG_ROOT = re.compile(rb"<svg\b[^<>]*>")


def beside(directory: str, written: str) -> tuple[str, ...]:
    """Where the file of a picture may lie as it is ``written`` in a text of a directory; nowhere where it counts from
    the site's root, or is elsewhere."""
    relative = "" if ":" in written or written.startswith("/") else unquote(written)
    return (posixpath.normpath(posixpath.join(directory, relative)),) if relative else ()


@frozen(frozen=True, slots=True)
class Picture:
    """What the file of a picture says. Width and height in pixels, both or neither."""

    width: int | None = None
    height: int | None = None
    media_type: str | None = None
    fault: str = ""
    """Why the file is no picture that anyone can show."""
    missing: bool = False
    """There is no such file among the site's."""
    made: bool = False
    """It may be there after all: what builds the site may make a directory that is not there yet, and knows links that
    are not followed here."""

    @property
    def useless(self) -> bool:
        """Whether nobody will see it, as far as anyone can tell."""
        return bool(self.fault) or (self.missing and not self.made)


MISSING: Final = Picture(missing=True)

Kept = dict[tuple[str, str], Image]
"""Pictures by the URL of the site and their path from its root, as it is written."""


class Album:
    """The pictures of one site. ``base`` is its URL without a slash at its end, ``root`` the directory that it is.

    What was seen is remembered by the state of the file, because many posts have the same picture.
    """

    def __init__(self, base: str, root: str = "") -> None:
        self._base = f"{base}/"
        self._root = f"{root}/" if root else ""
        self._seen: dict[tuple[object, ...], Picture] = {}
        self._tree: Tree | None = None
        self._kept: Kept = {}

    def look(self, tree: Tree, written: str, url: str, *beside: str) -> Picture | None:
        """What is known of a picture by its ``url`` and by how it is ``written``; None for one that lies elsewhere.

        ``beside`` are other paths below the tree's root at which it may be. Only a reference within the site can be
        missing: an absolute URL may be served by someone else.
        """
        if not url.startswith(self._base):
            return None
        below = url[len(self._base) :]
        if not _PLAIN.fullmatch(below):
            below = unquote(urlsplit(below).path)
        paths = (*beside, self._root + below.lstrip("/"))
        spellings = [unicodedata.normalize(form, path) for path in paths for form in ("NFC", "NFD")]
        entry = tree.first(dict.fromkeys((*paths, *spellings)))
        if entry and (picture := self._probe(tree, entry)):
            return picture
        if "://" in written or written.startswith("//"):
            return None
        places = [path for path in (*paths, *spellings) if tree.holds(posixpath.dirname(path))]
        return MISSING if places and not any(map(tree.exists, places)) else Picture(missing=True, made=True)

    def kept(self, tree: Tree) -> Kept:
        """Where to keep pictures that bodies show, because many show the same: that there was one and what it is, as
        long as one tree is open; nothing that someone has to be told of, and nothing that may come later."""
        if tree is not self._tree or len(self._kept) > _REMEMBERED:
            self._tree, self._kept = tree, {}
        return self._kept

    def _probe(self, tree: Tree, entry: Entry) -> Picture | None:
        """A file's picture; None where it is gone."""
        key = entry[1:]
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            try:
                data = tree.head(entry, _FIRST_BYTES)
                picture = probe(data)
                if picture.width is None and entry.size > _FIRST_BYTES:
                    data = tree.head(entry, MOST_BYTES)
                    picture = probe(data)
                picture = replace(picture, fault=_fault(picture, data, entry))
            except Vanished:
                return None
            except Rejected:
                picture = Picture()
            self._seen[key] = picture
        return self._seen[key]


def _fault(picture: Picture, data: bytes, entry: Entry) -> str:
    """Why a file is no picture, by all that was read of it. A doubt is no fault: of formats that are not known here
    nothing is said, and a pointer of Git LFS stands for a picture that is elsewhere."""
    if picture.media_type is None:
        known = entry.path.rpartition(".")[2].lower() in _EXTENSIONS
        if not known or data.startswith(_LFS) or data[4:8] == b"ftyp" or _SVG.match(data):
            return ""
        return "does not begin as a picture does" if data else "is empty"
    cut = picture.width is None and picture.media_type in _SIZED and entry.size <= MOST_BYTES
    return "ends before it says how large it is" if cut else ""


def probe(data: bytes) -> Picture:
    """What the first bytes of a file say; an empty Picture where they are not those of a picture."""
    kind = next((kind for signature, kind in _SIGNATURES if signature.match(data)), None)
    if kind is None and _SVG.match(data):
        root = _SVG_ROOT.search(data, 0, _FIRST_BYTES)
        kind, data = ("image/svg+xml", root[0]) if root else (None, b"")
    if kind is None:
        return Picture()
    import imagesize  # 7 ms with an XML parser: for the first picture

    width, height = imagesize.get(io.BytesIO(data))
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        return Picture(media_type=kind)
    return Picture(max(round(width), 1), max(round(height), 1), kind)
