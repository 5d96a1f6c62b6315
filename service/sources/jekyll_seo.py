"""What ``_config.yml`` tells jekyll-seo-tag, and themes, of the whole site: its picture, accounts and codes.

The names of keys are those of jekyll-seo-tag 2.8, Alembic and minimal-mistakes. What a post says stands above it, and
is not looked at here.
"""

from __future__ import annotations

import re
from typing import Final

from feeds.text import single_line
from service.content.scalars import Unreadable, Value, as_text
from service.sources import media
from service.sources.files import Tree
from service.sources.jekyll_config import JekyllConfig
from service.sources.jekyll_defaults import Defaults
from service.sources.people import twitter_of
from service.sources.pictures import Album

_CONSOLES: Final = ("google", "bing", "yandex", "baidu", "naver", "pinterest", "facebook")
"""As in ``settings.metadata.verification``."""

_PICTURES = ("image", "og_image")
_ALEMBIC = "/assets/default-social-image.png"
"""Which that theme shows where a site says nothing."""

_CONTENT = re.compile(r"""\bcontent\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


def site_image(
    config: JekyllConfig, defaults: Defaults, resolve: media.Resolve, album: Album, tree: Tree
) -> str | None:
    """The URL of the picture for pages that have none: the configuration's, else what its defaults give every page.

    A file that the configuration names and that the site does not have, or that is no picture, is warned of, once, at
    its line, and passed over.
    """
    keys = config.keys
    _doubt_defaults(config, resolve, album, tree)
    for key, value in (
        *((key, keys.get(key)) for key in _PICTURES),
        ("defaults", defaults.of("", "pages").get("image")),
    ):
        text = _first(value)
        url = resolve(text) if text else None
        if url:
            picture = album.look(tree, text, url)
            if picture is not None and key in _PICTURES:
                media.doubt(key, text, picture, keys)
            if picture is None or not picture.useless:
                return url
    url = resolve(_ALEMBIC)
    picture = album.look(tree, _ALEMBIC, url) if url else None
    return url if picture is not None and not (picture.missing or picture.fault) else None


def _doubt_defaults(config: JekyllConfig, resolve: media.Resolve, album: Album, tree: Tree) -> None:
    """Warn of the pictures that defaults give to posts, once for the site: posts do not repeat it."""
    texts = [_first(values.get("image")) for item in config.defaults if isinstance(values := item["values"], dict)]
    for text in dict.fromkeys(filter(None, texts)):
        url = resolve(text)
        picture = album.look(tree, text, url) if url else None
        if picture is not None:
            media.doubt("defaults", text, picture, config.keys)


def _first(value: Value) -> str:
    return media.image_text(value[0] if isinstance(value, list) and value else value)


def site_twitter(config: JekyllConfig) -> str:
    """The publication's account: ``twitter: {username: …}``, ``twitter: …`` or ``twitter_username``."""
    return twitter_of(config.keys.values)


def verification(config: JekyllConfig) -> tuple[tuple[str, str], ...]:
    """Codes by console, from ``webmaster_verifications``, else ``<console>_site_verification`` and its like.

    Where someone pasted the whole meta element, the code in it.
    """
    keys = config.keys
    written = keys.get("webmaster_verifications")
    fields = written if isinstance(written, dict) else {}
    found = []
    for console in _CONSOLES:
        names = (f"{console}_site_verification", f"{console}_verification", f"{console}_domain_verification")
        for value in (fields.get(console), *map(keys.get, names)):
            code = _code(value)
            if code:
                found.append((console, code))
                break
    return tuple(found)


def _code(value: Value) -> str:
    try:
        text = single_line(as_text(value))
    except Unreadable:
        return ""
    pasted = _CONTENT.search(text) if "<" in text else None
    return pasted[1] if pasted else text
