"""What Hugo's own shortcodes come to in a feed: figures, code, links to films and posts elsewhere, links between pages.

Nothing is fetched: where Hugo asks a service for an embed, a link leads there. A shortcode of the site's own is a
template that is not read: its text stays, its call goes, with a warning (C-39).
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import partial
from typing import Final
from urllib.parse import quote

from feeds.frozen import frozen
from service.content import goldmark
from service.content.base import INNER
from service.content.goldmark import block
from service.content.players import VIMEO, YOUTUBE
from service.content.scalars import Value, position_of
from service.errors import MOST_REPORTED, Problem
from service.sources.files import Tree
from service.sources.hugo_config import HugoConfig, text_of
from service.sources.hugo_layout import MARKDOWN, Layout, Place
from service.sources.hugo_shortcodes import Call, expand, has_shortcodes
from service.sources.hugo_urls import Spelling, quoted

_SAFE_ID = re.compile(r"[\w.-]{1,100}")
_MOST_RENDERED: Final = 64 * 1024
"""Characters of a caption or the text of ``details`` that are rendered; longer ones stay as they are."""
_MOST_SEARCHED: Final = 20
_MOST_TARGETS: Final = 1000
"""References of one body that are looked up; the index still follows the others by their names."""


@frozen(frozen=True, slots=True)
class Scene:
    """The page in which shortcodes stand."""

    place: Place
    values: Mapping[str, Value]
    config: HugoConfig
    layout: Layout
    tree: Tree
    targets: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """References that were looked up: a body has few of them, and may repeat one as often as it likes."""
    searched: list[str] = field(default_factory=list)
    """Those for which directories were listed."""


def expanded(body: str, scene: Scene, path: str, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    """A body with its shortcodes replaced, and a warning for each that nobody here knows, once a name.

    ``first_line`` is the file's line that the body begins on.
    """
    if not has_shortcodes(body):
        return body, ()
    found: dict[str, Problem] = {}

    def note(offset: int, code: str, message: str, hint: str) -> None:
        if message in found or len(found) >= MOST_REPORTED:
            return
        found[message] = Problem(path, *position_of(body, offset, first_line), "warning", code, message, hint)

    def make(call: Call) -> str:
        maker = _MAKERS.get(call.name.lower())
        if maker is not None:
            return maker(call, scene)
        what = "its text stays" if call.inner and call.inner.strip() else "it is left out"
        message = f"the shortcode {call.name} is the site's own; {what}"
        note(call.offset, "shortcode-unknown", message, "feeds show text, pictures and Hugo's own shortcodes")
        return call.inner or ""

    text, broken = expand(body, make)
    for offset in broken:
        message = "a shortcode is opened here and not closed; it is shown as it is written"
        note(offset, "shortcode-unclosed", message, "close it with >}} or %}}")
    return text, tuple(found.values())


def _markdown(text: str) -> str:
    """Inline Markdown, as ``markdownify``: one paragraph loses its element."""
    if len(text) > _MOST_RENDERED:
        return html.escape(text)
    made = goldmark.to_html(text).strip()
    single = made.startswith("<p>") and made.endswith("</p>") and made.count("<p>") == 1
    return made[3:-4] if single else made


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{html.escape(value)}"' for name, value in values.items() if value)


def _figure(call: Call, _: Scene) -> str:
    source = call.get("src", 0)
    sizes = {name: call.get(name) for name in ("width", "height")}
    alt = call.get("alt", 1) or re.sub("<[^>]*>", "", _markdown(call.get("caption")))
    picture = f"<img{_attributes(src=source, alt=html.unescape(alt), **sizes)}>" if source else ""
    if call.get("link"):
        picture = f"<a{_attributes(href=call.get('link'))}>{picture}</a>"
    words = _markdown(call.get("caption")) if call.get("caption") else ""
    if call.get("attr"):
        name = _markdown(call.get("attr"))
        link = call.get("attrlink")
        words += (" " if words else "") + (f"<a{_attributes(href=link)}>{name}</a>" if link else name)
    title = f"<h4>{html.escape(call.get('title'))}</h4>" if call.get("title") else ""
    caption = title + (f"<p>{words}</p>" if words else "")
    return block(f"<figure>{picture}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>")


def _image(call: Call, scene: Scene) -> str:
    """``img`` and ``image`` of themes: a figure where they have a ``src``."""
    source = call.get("src") or call.get("url") or call.get("path") or call.get("", 0)
    if not source:
        return call.inner or ""
    named = {**call.named, "src": source}
    return _figure(Call("figure", (), named, call.markdown, call.offset), scene)


def _framed(call: Call, _: Scene, *, address: str, key: str = "id") -> str:
    found = call.get(key, 0)
    if not _SAFE_ID.fullmatch(found):
        return ""
    return block(f"<iframe{_attributes(src=address.format(found), title=call.get('title'))}></iframe>")


def _linked(url: str, label: str = "") -> str:
    return block(f"<p><a{_attributes(href=url)}>{html.escape(label or url.partition('://')[2])}</a></p>")


def _gist(call: Call, _: Scene) -> str:
    user, number = call.get("user", 0), call.get("id", 1)
    return _linked(f"https://gist.github.com/{quote(user)}/{quote(number)}") if user and number else ""


def _tweet(call: Call, _: Scene) -> str:
    user, number = call.get("user"), call.get("id", 0)
    return _linked(f"https://x.com/{quote(user) or 'i'}/status/{quote(number)}") if number else ""


def _instagram(call: Call, _: Scene) -> str:
    found = call.get("id", 0)
    return _linked(f"https://www.instagram.com/p/{quote(found)}/") if found else ""


def _highlight(call: Call, _: Scene) -> str:
    language = call.get("lang", 0)
    code = html.escape((call.inner or "").strip("\n"), quote=False)
    kind = f' class="language-{html.escape(language)}"' if language else ""
    return block(f"<pre><code{kind}>{code}</code></pre>")


def _details(call: Call, _: Scene) -> str:
    summary = _markdown(call.get("summary", 0) or call.get("title") or "Details")
    inner = call.inner or ""
    text = goldmark.to_html(inner) if len(inner) <= _MOST_RENDERED else f"<p>{html.escape(inner)}</p>"
    return block(f"<details><summary>{summary}</summary>{text}</details>")


def _param(call: Call, scene: Scene) -> str:
    """A value of the page's own, else of the site's, by a dotted name."""
    names = call.get("name", 0).lower().split(".")
    own, site = scene.values, scene.config.languages[scene.place.language].params
    for level in (own, own.get("params"), site, scene.config.params):
        value: object = level
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str):
            return text_of(value) if call.markdown else block(html.escape(text_of(value), quote=False))
    return ""


def _raw(call: Call, _: Scene) -> str:
    return block(call.inner or "")


def _nothing(_: Call, __: Scene) -> str:
    return ""


def _ref(call: Call, scene: Scene) -> str:
    """A link to another page, by its file, so that it follows when the page moves; to a section by its address."""
    written = call.get("path", 0)
    path, mark, fragment = written.partition("#")
    if "://" in path:
        return written
    fragment = mark + quote(fragment, safe="/:-_.~")
    if not path:
        return fragment
    language = call.get("lang").lower()
    place = scene.place
    language = language if language in scene.config.languages else place.language
    known = (path, language)
    if known not in scene.targets and len(scene.targets) < _MOST_TARGETS:
        scene.targets[known] = _target(path, place, language, scene)
    target = scene.targets.get(known)
    if target is None:
        section = _section(path, place, language, scene)
        if section is not None:
            return _list_page(section, language, scene) + fragment
        name = posixpath.basename(path.strip("/"))
        ending = "" if name.rpartition(".")[2] in MARKDOWN else ".md"
        return f"{INNER}/{quoted(path.strip('/') + ending)}{fragment}"
    if target.rpartition("/")[2].startswith("_index."):
        found = scene.layout.place(target)
        return _list_page(found.directory if found else "", language, scene) + fragment
    return f"{INNER}/{quoted(target)}{fragment}"


def _list_page(directory: str, language: str, scene: Scene) -> str:
    """The address of a section's own page, which is a list and no post."""
    site = scene.config.languages[language]
    return site.base + quoted(Spelling(scene.config.lower).path(f"{site.prefix}/{directory}".rstrip("/") + "/"))


def _section(path: str, place: Place, language: str, scene: Scene) -> str | None:
    """A directory of the content that a reference means, below its root; None where there is none."""
    for mount in scene.layout.mounts:
        if mount.language not in ("", language):
            continue
        for base in (mount.directory,) if path.startswith("/") else (posixpath.dirname(place.path), mount.directory):
            whole = posixpath.normpath(posixpath.join(base, path.strip("/")))
            if whole.startswith(f"{mount.directory}/") and scene.tree.holds(whole):
                return posixpath.join(mount.target, whole[len(mount.directory) + 1 :])
    return None


def _target(path: str, place: Place, language: str, scene: Scene) -> str | None:
    """The file of a reference: beside the page, then below the content's roots, then a bundle by its name."""
    mounts = [mount.directory for mount in scene.layout.mounts if mount.language in ("", language)]
    own = posixpath.dirname(place.path)
    above = [posixpath.dirname(own)] if place.bundle else []
    bases = [] if path.startswith("/") else [own, *above]
    names: list[str] = []
    for base in (*bases, *mounts):
        whole = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
        names += _spelled(whole, language)
        found = next((name for name in _spelled(whole, language) if scene.tree.exists(name)), None)
        if found and scene.layout.place(found):
            return found
    if found := _in_any_case(names, scene):
        return found
    bundle = scene.layout.bundle_named(path.strip("/")) if "/" not in path.strip("/") else ""
    if bundle:
        return next((name for name in _spelled(bundle, language) if scene.tree.exists(name)), None)
    return None


def _in_any_case(names: Iterable[str], scene: Scene) -> str | None:
    """The first of the names as it is really spelled: Hugo's references do not tell capital letters from small ones."""
    if len(scene.searched) >= _MOST_SEARCHED:
        return None
    wanted = {name.lower(): None for name in names}
    scene.searched.append(next(iter(wanted)))
    folders = {folder for name in wanted for folder in _above(name)}
    real: dict[str, str] = {}

    def see(path: str) -> bool:
        if path.lower() in wanted and scene.layout.place(path):
            real.setdefault(path.lower(), path)
        return False

    scene.tree.walk(lambda path: path.lower() in folders, see)
    return next((real[name] for name in wanted if name in real), None)


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _spelled(whole: str, language: str) -> tuple[str, ...]:
    stem, _, ending = whole.rpartition(".")
    if ending in MARKDOWN:
        return f"{stem}.{language}.{ending}", whole
    names = (whole, f"{whole}/index", f"{whole}/_index")
    return tuple(f"{name}{infix}.md" for name in names for infix in (f".{language}", ""))


_MAKERS: Final[Mapping[str, Callable[[Call, Scene], str]]] = {
    "figure": _figure,
    "img": _image,
    "image": _image,
    "youtube": partial(_framed, address=YOUTUBE),
    "vimeo": partial(_framed, address=VIMEO),
    "vimeo_simple": partial(_framed, address=VIMEO),
    "gist": _gist,
    **dict.fromkeys(("tweet", "twitter", "twitter_simple", "x", "x_simple"), _tweet),
    **dict.fromkeys(("instagram", "instagram_simple"), _instagram),
    "highlight": _highlight,
    "details": _details,
    "param": _param,
    "ref": _ref,
    "relref": _ref,
    "rawhtml": _raw,
    **dict.fromkeys(("qr", "comment"), _nothing),
}
"""Hugo's own, and ``img``, ``image`` and ``rawhtml``, which mean the same in every theme that has them."""
