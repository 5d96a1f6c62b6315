"""Pictures and attached files that front matter names: what kind of file, how long, and where.

Types come from a table of our own, because the system's differs from machine to machine and a feed must not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

from feeds.model import Enclosure, Image
from service.content.scalars import Plain, Unreadable, Value, as_text, is_bool
from service.sources.files import Tree
from service.sources.keys import Keys
from service.sources.pictures import Album, Picture

Resolve = Callable[[str], str | None]
"""A reference as the author wrote it to an absolute URL; None where it cannot be one."""

Look = Callable[[str, str], Picture | None]
"""A picture as the author wrote it, and its URL, to what its file says; None for one that lies elsewhere."""

_IMAGES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "heic": "image/heic",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
}
_FILES = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "avi": "video/x-msvideo",
    "m4v": "video/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "ogv": "video/ogg",
    "webm": "video/webm",
    "epub": "application/epub+zip",
    "gz": "application/gzip",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "otf": "font/otf",
    "ttf": "font/ttf",
    "woff": "font/woff",
    "woff2": "font/woff2",
}
MEDIA_TYPES: Final = _IMAGES | _FILES

_ATTACHED: Final = ("enclosure", "enclosures", "audio", "podcast")
ATTACHMENTS: Final = frozenset(_ATTACHED)
_REMEMBERED: Final = 4096
_DURATION = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5]?[0-9])(?:\.[0-9]*)?")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")


def media_type(url: str) -> str | None:
    """The media type by the extension of a URL's path; None where the table does not know it."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return MEDIA_TYPES.get(path.rpartition(".")[2].lower())


def is_media(name: str) -> bool:
    """Whether a file name is that of a picture, a recording or an archive: never a post."""
    return name.rpartition(".")[2].lower() in MEDIA_TYPES


def images(keys: Keys, resolve: Resolve, look: Look) -> tuple[Image, ...]:
    """The picture of a post: ``image``, else ``feature_image`` (Alembic); a text, a map as jekyll-seo-tag's, a list.

    Sizes are the author's where there are some, else the file's; one alone is completed in proportion. What kind of
    picture it is says the file, else the extension. A file of the site that is not there or is no picture stands for
    nothing; it is warned of, unless the site's defaults name it: that would be one warning a post.
    """
    for key in ("image", "feature_image"):
        value = keys.get(key)
        if value is None:
            continue
        items = value if isinstance(value, list) else [value]
        found = [image for item in items if (image := _image(item, key, keys, resolve, look))]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


class Shown:
    """The pictures of one site's posts by their ``image``, because many posts have the same.

    What is kept is that a file of the site was there and what it is, as long as one tree is open: nothing that someone
    has to be told of, and nothing that may come later.
    """

    def __init__(self, resolve: Resolve, album: Album) -> None:
        self._resolve = resolve
        self._album = album
        self._tree: Tree | None = None
        self._kept: dict[tuple[type, str], tuple[Image, ...]] = {}

    def of(self, keys: Keys, tree: Tree) -> tuple[Image, ...]:
        """:func:`images`, by the files of a tree."""
        value = keys.values.get("image")
        alone = isinstance(value, str) and not keys.has("feature_image")
        spelling = (type(value), str(value)) if alone else None
        if tree is not self._tree or len(self._kept) > _REMEMBERED:
            self._tree, self._kept = tree, {}
        if spelling and (known := self._kept.get(spelling)):
            return known
        doubts = len(keys.problems), len(tree.missed)
        found = images(keys, self._resolve, partial(self._album.look, tree))
        if spelling and len(found) == 1 and found[0].width and doubts == (len(keys.problems), len(tree.missed)):
            self._kept[spelling] = found
        return found


def _image(value: Value, key: str, keys: Keys, resolve: Resolve, look: Look) -> Image | None:
    fields: dict[str, Value] = value if isinstance(value, dict) else {"path": value}
    text = image_text(value)
    if not text:
        return None
    url = resolve(text)
    if url is None:
        keys.warn(key, "image-invalid", f"{text!r} is not the address of a picture")
        return None
    place = url if "?" not in url and "#" not in url else urlsplit(url).path
    kind = _IMAGES.get(place.rpartition(".")[2].lower())
    width = height = None
    if fields is value:
        sizes = (keys.number(key, fields.get(name)) for name in ("width", "height"))
        width, height = (size if size and size > 0 else None for size in sizes)
    picture = look(text, url)
    if picture:
        if keys.written(key):
            doubt(key, text, picture, keys, width, height)
        if picture.useless:
            return None
        kind = picture.media_type or kind
        width, height = _completed(width, height, picture)
    return Image(url, _text(fields.get("alt")), _text(fields.get("title")), width, height, kind)


def image_text(value: Value) -> str:
    """The reference in a picture's text or map (jekyll-seo-tag's keys among others); "" where there is none."""
    if isinstance(value, Plain) and is_bool(value):
        return ""
    if isinstance(value, str):
        return _text(value)
    fields: dict[str, Value] = value if isinstance(value, dict) else {"path": value}
    return next((t for name in ("path", "url", "src", "facebook", "twitter") if (t := _text(fields.get(name)))), "")


def doubt(
    key: str, text: str, picture: Picture, keys: Keys, width: int | None = None, height: int | None = None
) -> None:
    """Warn of a picture that is not among the site's files, is none, or is not of the size that its author says."""
    found = complaint(text, picture, width, height)
    if found:
        keys.warn(key, found[0], f"{key}: {found[1]}", found[2])


def complaint(text: str, picture: Picture, width: int | None, height: int | None) -> tuple[str, str, str] | None:
    """Code, message and mend of what is wrong with a picture that is written as ``text``; None where nothing is."""
    if picture.missing:
        return "image-missing", f"{text!r} is not among the site's files", "put the file there, or correct the path"
    if picture.fault:
        return "image-unreadable", f"the file of {text!r} {picture.fault}", "put a picture there"
    if not (picture.width and picture.height) or picture.media_type == "image/svg+xml":
        return None
    if width in (None, picture.width) and height in (None, picture.height):
        return None
    said = " and ".join(f"{name} {size}" for name, size in (("width", width), ("height", height)) if size)
    size = f"{picture.width}x{picture.height}"
    return (
        "image-size-differs",
        f"{text!r} is {size} pixels large, not of {said}",
        f"write width {picture.width} and height {picture.height}, or leave both out",
    )


def _completed(width: int | None, height: int | None, picture: Picture) -> tuple[int | None, int | None]:
    if not (picture.width and picture.height) or (width and height):
        return width, height
    if width:
        return width, max(round(width * picture.height / picture.width), 1)
    if height:
        return max(round(height * picture.width / picture.height), 1), height
    return picture.width, picture.height


def enclosures(keys: Keys, resolve: Resolve, size_of: Callable[[str], int | None]) -> tuple[Enclosure, ...]:
    """Attached files: ``enclosure``, ``audio`` and ``podcast``, each a URL, a map, or a list of those.

    ``size_of`` gives the octets of a file of the site by its path below the site's source, None where it has none.
    """
    found: dict[str, Enclosure] = {}
    for key in () if keys.lacks(ATTACHMENTS) else _ATTACHED:
        value = keys.get(key)
        for item in value if isinstance(value, list) else [value]:
            enclosure = _enclosure(item, key, keys, resolve, size_of)
            if enclosure:
                found.setdefault(enclosure.url, enclosure)
    return tuple(found.values())


def _enclosure(
    value: Value, key: str, keys: Keys, resolve: Resolve, size_of: Callable[[str], int | None]
) -> Enclosure | None:
    fields: dict[str, Value] = value if isinstance(value, dict) else {"url": value}
    text = next((t for name in ("url", "file", "path", "src") if (t := _text(fields.get(name)))), "")
    if not text or (isinstance(value, Plain) and is_bool(value)):
        return None
    url = resolve(text)
    if url is None:
        keys.warn(key, "enclosure-invalid", f"{text!r} is not the address of a file")
        return None
    written = _text(fields.get("type")).lower()
    kind = written if _MEDIA_TYPE.fullmatch(written) else media_type(url) or "application/octet-stream"
    length = keys.number(key, fields.get("length"))
    if length is None and "://" not in text and not text.startswith("//"):
        length = size_of(unquote(urlsplit(text).path).lstrip("/"))
    return Enclosure(
        url, kind, length if length and length > 0 else None, _text(fields.get("title")), _duration(fields, key, keys)
    )


def _duration(fields: dict[str, Value], key: str, keys: Keys) -> int | None:
    """Seconds, from ``754``, ``12:34`` or ``1:02:03``."""
    text = _text(fields.get("duration"))
    match = _DURATION.fullmatch(text)
    if match:
        return int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])
    seconds = keys.number(key, fields.get("duration"))
    return seconds if seconds and seconds > 0 else None


def _text(value: Value) -> str:
    try:
        return as_text(value) if value is not None else ""
    except Unreadable:
        return ""
