"""The pictures of a Hugo page: those it names, else its bundle's ``*feature*``, ``*cover*`` or ``*thumbnail*``.

Follows the template ``opengraph`` of Hugo, and the keys that widely used themes know beside ``images``. Refuses to take
a picture of the site for one of its pages.
"""

from __future__ import annotations

import posixpath
from functools import partial
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from feeds.model import Image
from service.content.scalars import Value
from service.sources import media, metadata
from service.sources.files import Tree
from service.sources.hugo_config import table, text_of
from service.sources.hugo_globs import Glob
from service.sources.hugo_layout import Layout
from service.sources.keys import Keys
from service.sources.pictures import Album, Picture, beside

KEYS: Final = ("images", "image", "cover", "featured_image", "featuredimage", "feature_image", "thumbnail")
"""In the order in which they count."""

_RESOURCES: Final = (("feature",), ("cover", "thumbnail"))


def images(keys: Keys, base: str, url: str, bundle: str, layout: Layout, album: Album, tree: Tree) -> tuple[Image, ...]:
    """The pictures that stand for a page at ``url``. ``bundle`` is its directory, "" where it is none. A picture that
    only the site names stands for none of its pages."""
    resolve = partial(address, base=base, url=url, bundle=bundle, tree=tree)
    look = partial(seen, album=album, tree=tree, directory=bundle)
    for key in KEYS:
        value = keys.get(key)
        if value is None:
            continue
        found = media.images(_renamed(keys, key, _picture(value)), resolve, look)
        if found:
            return found
    resource = _resource(keys, layout.pictures.get(bundle, ())) if bundle else ""
    if not resource:
        return ()
    return media.images(_renamed(keys, "images", resource), resolve, look)


def _renamed(keys: Keys, key: str, value: Value) -> Keys:
    """The one key that :func:`media.images` asks, at the place of ``key``; its warnings are the page's."""
    places = {"image": keys.place(key)} if keys.written(key) else {}
    view = Keys({"image": value}, places, keys.path)
    view.problems = keys.problems
    return view


def _picture(value: Value) -> Value:
    """A theme's map (PaperMod's ``cover``) as one that is known here."""
    if isinstance(value, dict) and "image" in value and "path" not in value:
        return {**value, "path": value["image"]}
    return value


def _resource(keys: Keys, names: tuple[str, ...] | list[str]) -> str:
    """The bundle's picture by its name, or by the one that front matter gives it (``resources``)."""
    named = {name: name.lower() for name in names}
    written = keys.get("resources")
    for item in written if isinstance(written, list) else ():
        source, own = Glob.of(text_of(table(item).get("src"))), text_of(table(item).get("name"))
        for name in names if own else ():
            if named[name] == name.lower() and source.matches(name):
                named[name] = own.lower()
    for words in _RESOURCES:  # ``*cover*``: no star stands for a slash
        found = next((n for n in names if "/" not in named[n] and any(word in named[n] for word in words)), "")
        if found:
            return quote(found)
    return ""


def address(text: str, *, base: str, url: str, bundle: str, tree: Tree) -> str | None:
    """A picture's URL: a file of the bundle beside the page, else from the site's root, or the host's after a slash."""
    if bundle and "://" not in text and not text.startswith("/"):
        below = posixpath.normpath(unquote(text))
        if not below.startswith("..") and tree.exists(posixpath.join(bundle, below)):
            return metadata.absolute(quote(below), base, url if url.endswith("/") else f"{url}/")
    if text.startswith("/") and not text.startswith("//"):
        parts = urlsplit(base)
        return metadata.absolute(text, f"{parts.scheme}://{parts.netloc}")
    return metadata.absolute(text, base)


def seen(written: str, url: str, *, album: Album, tree: Tree, directory: str, bundle: str = "") -> Picture | None:
    """What the file of a picture says, beside the page or among the static files. ``bundle`` is the directory of the
    page whose body shows it: what lies below that is nowhere else."""
    near = beside(directory, written) if directory else ()
    picture = album.look(tree, written, url, *near)
    own = bool(bundle) and any(path.startswith(f"{bundle}/") for path in near)
    elsewhere = not own and picture and picture.missing and (tree.holds("themes") or not tree.holds("static"))
    return None if elsewhere else picture  # themes hold files, too, and are not looked at
