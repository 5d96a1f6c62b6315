"""robots.txt by RFC 9309: who may fetch what, where the sitemaps are, and under which licence (RSL).

A crawler obeys the group that names it and no other, so what is forbidden to everyone is repeated in every group. The
file asks, it does not enforce. It refuses to hide: a page that must not be found says noindex, which a crawler that
may not fetch it never sees.

What the owner's words come to:

* ``search`` and ``ai`` allowed: ``*`` may fetch everything but ``disallow``, and nobody needs to be named.
* ``ai`` refused: the crawlers of language models are named and refused; ``*`` is not touched, because an unknown
  crawler is a search engine sooner than not.
* ``search`` refused: search engines are named and refused, **and so is** ``*``. Who wants to be found by no search
  engine does not mean those on a list of ours. What a person sends (link previews, feed readers) is named and may
  come, and so are language models unless they are refused themselves.
* ``bots``: the last word on a crawler, whichever table it is in: the paths it may not fetch, () for none but
  ``disallow``. ``{"*": ()}`` opens a site that refuses search engines to all but those that are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from feeds.crawlers import AI, SEARCH, VISITORS
from feeds.text import single_line
from feeds.uri import ascii_url

MEDIA_TYPE: Final = "text/plain"

_NAME = re.compile(r"[A-Za-z_-]+")
_SAFE: Final = "/%*$!&'()+,;=:@?~"
_EVERYTHING: Final = ("/",)

Group = tuple[str, tuple[str, ...], tuple[str, ...]]
"""What the group is about, the names in it, and the paths they may not fetch."""


def robots(
    *,
    search: bool,
    ai: bool,
    disallow: tuple[str, ...],
    bots: Mapping[str, tuple[str, ...]],
    license: str | None,  # noqa: A002 - RSL's word
    sitemaps: tuple[str, ...],
) -> bytes:
    """The file, LF at the ends of lines. ``search`` and ``ai`` say whether such crawlers may come.

    Paths are patterns of RFC 9309 §2.2.3 (``*`` and ``$``), in any notation; ``license`` and ``sitemaps`` are absolute
    URLs. A name that is no product token and a URL that is not on the web are left out. Never raises.
    """
    own = _exceptions(bots)
    everyone = own.pop("*", ("", ("*",), () if search else _EVERYTHING))
    groups = [*_ordered(_named(search, ai, own, bool(everyone[2])), own), ("Everyone else", *everyone[1:])]
    common = _paths(disallow)
    parts = [f"License: {url}\n" for url in _web((license or "",))]
    parts += [_group(about, names, (*common, *paths)) for about, names, paths in groups]
    listed = "".join(f"Sitemap: {url}\n" for url in _web(sitemaps))
    return "\n".join([*parts, listed] if listed else parts).encode("ascii")


def _named(search: bool, ai: bool, own: Mapping[str, Group], refusing: bool) -> Iterator[Group]:
    """The tables that have to be in the file, without the crawlers that have a group of their own. ``refusing``:
    everyone else is refused something, which is not for those of whom the settings say more."""
    tables = (
        ("Language models", AI, () if ai else _EVERYTHING, not ai or refusing),
        ("Link previews and feed readers", VISITORS, (), not search),
        ("Search engines", SEARCH, _EVERYTHING, not search),
    )
    for about, table, paths, needed in tables:
        names = tuple(name for name in table if name.lower() not in own)
        if needed and names:
            yield about, names, paths


def _ordered(tables: Iterable[Group], own: Mapping[str, Group]) -> Iterator[Group]:
    """Longer names before those that they contain, for parsers that take the first name they find in their own.

    RFC 9309 compares whole tokens and no order; ``Applebot`` before ``Applebot-Extended`` would hide it from others.
    """
    waiting = sorted(own, key=lambda name: (-len(name), name))
    rest = list(tables)
    while rest:
        ahead = [name.lower() for _, names, _ in rest for name in names]
        for name in [name for name in waiting if not any(name in other for other in ahead)]:
            waiting.remove(name)
            yield own[name]
        yield rest.pop(0)
    yield from map(own.__getitem__, waiting)


def _exceptions(bots: Mapping[str, tuple[str, ...]]) -> dict[str, Group]:
    """By name in lower case: product tokens know no case, so two spellings of one name share a group."""
    known = {name.lower(): name for name in (*SEARCH, *AI, *VISITORS)}
    found: dict[str, Group] = {}
    for name in sorted(bots):
        if name == "*" or _NAME.fullmatch(name):
            key = name.lower()
            _, names, paths = found.get(key, ("", (known.get(key, name),), ()))
            found[key] = ("", names, paths + _paths(bots[name]))
    return found


def _group(about: str, names: Iterable[str], paths: Iterable[str]) -> str:
    """One group. No path at all is an empty Disallow, which every parser there ever was takes for "everything"."""
    lines = [f"# {about}"] if about else []
    lines += [f"User-agent: {name}" for name in names]
    whole = tuple(dict.fromkeys(paths))
    kept = _EVERYTHING if "/" in whole or "/*" in whole else whole
    lines += [f"Disallow: {path}" for path in kept] or ["Disallow:"]
    return "\n".join(lines) + "\n"


def _paths(patterns: Iterable[str]) -> tuple[str, ...]:
    """Patterns in ASCII, percent-encoded as RFC 9309 §2.2.2 compares them; one without a slash counts from the root."""
    written = (quote(single_line(pattern), safe=_SAFE) for pattern in patterns)
    return tuple(path if path.startswith(("/", "*")) else f"/{path}" for path in written if path)


def _web(urls: Iterable[str]) -> Iterator[str]:
    return (url for url in dict.fromkeys(map(ascii_url, urls)) if url.startswith(("http://", "https://")))
