"""Pictures that stand for a page: which ones may, which a card can show, and the first one of a post's content.

Refuses to load any: size and type are what somebody else measured, or unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from feeds.model import Image
from feeds.text import single_line, xml_legal
from feeds.tokens import media_type
from feeds.uri import WEB, ascii_url

SMALLEST: Final = 100
"""Pixels. What an author shows smaller than this is a badge, an emoji or a counter, and stands for no post."""

_CARD_TYPES: Final = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))
_OTHER_SUFFIXES: Final = (".svg", ".svgz", ".avif", ".heic", ".jxl", ".ico", ".bmp", ".tif", ".tiff")


def clean_image(image: Image | None) -> Image | None:
    """``image`` as metadata may say it: a web address, text on one line, a size that is one; None without address."""
    url = ascii_url(image.url) if image else ""
    if image is None or not url.startswith(WEB):
        return None
    return Image(
        url=url,
        alt=single_line(image.alt),
        title=single_line(image.title),
        width=image.width if image.width and image.width > 0 else None,
        height=image.height if image.height and image.height > 0 else None,
        media_type=media_type(image.media_type),
    )


def fits_cards(image: Image) -> bool:
    """Whether link previews can show it: JPEG, PNG, GIF or WebP (X's documentation), or nobody knows better."""
    if image.media_type:
        return image.media_type in _CARD_TYPES
    return not urlsplit(image.url).path.lower().endswith(_OTHER_SUFFIXES)


def is_wide(image: Image) -> bool:
    """Whether it fills a large card: at least 300 by 157 (X's documentation) and wider than high, or of unknown size.

    A square or upright one would lose its top and bottom there; a small card shows it whole.
    """
    if image.width is None or image.height is None:
        return (image.width or 300) >= 300 and (image.height or 157) >= 157
    return image.width >= 300 and image.height >= 157 and image.width > image.height


def first_image(html: str, known: Iterable[Image] = ()) -> Image | None:
    """The first picture of a post's sanitised content that can stand for it, else the first still of a video; or None.

    Its size is that of ``known``, by URL (0 by 0: there is no such picture), else unknown: attributes say how large it
    is shown, not how large it is. Never raises.
    """
    files = {image.url: image for image in known}
    markup = xml_legal(html)
    if "<img" not in markup.lower() and "poster" not in markup.lower():
        return None
    try:
        root = etree.HTML(markup.encode(), etree.HTMLParser(encoding="utf-8", no_network=True))
    except etree.LxmlError:
        return None
    if root is None:
        return None
    for element in root.iter("img"):
        image = clean_image(Image(element.get("src", ""), element.get("alt", ""), element.get("title", "")))
        if image is None or _is_small(element.get("width", "")) or _is_small(element.get("height", "")):
            continue
        file = files.get(image.url)
        if file is None or file.width is None or file.height is None:
            return image
        if min(file.width, file.height) >= SMALLEST:
            return clean_image(replace(image, width=file.width, height=file.height, media_type=file.media_type))
    stills = (clean_image(Image(element.get("poster", ""))) for element in root.iter("video"))
    return next((still for still in stills if still), None)


def _is_small(length: str) -> bool:
    digits = length.strip().removesuffix("px")
    return digits.isascii() and digits.isdigit() and len(digits) < 9 and int(digits) < SMALLEST
