"""Who reads the documents, and what each is known to demand: the constants of the checker.

A limit here is what a consumer documents or was seen to do (reference features.md §2 and §4, standards.md §7), with its
unit in the name. Refuses to judge a document; the rules do that, with these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GOOGLE_NEWS: Final = "Google News"
MSN: Final = "MSN"
SMARTNEWS: Final = "SmartNews"
NAVER: Final = "Naver"
FEEDLY: Final = "Feedly"
MINIFLUX: Final = "Miniflux"
NETNEWSWIRE: Final = "NetNewsWire"
VALIDATOR: Final = "feed validator"
SEARCH: Final = "search engines"
SOCIAL: Final = "social networks"
READERS: Final = "feed readers"


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer that can be named with ``--profile``. What is None or False it does not demand, as far as known."""

    name: str
    why: str
    """Where its demands are known from."""
    item_octets: int | None = None
    """The largest item it takes. Sizes hold without its profile, too: a feed that is dropped helps nobody."""
    feed_octets: int | None = None
    items: int | None = None
    """The most items it takes at once; like all that follows, judged only where its profile is chosen."""
    title: int | None = None
    """Characters of a title."""
    image: bool = False
    """Each item needs a picture."""
    full_text: bool = False
    own_host: bool = False
    """Feeds have to live on the site's own, registered host."""
    logo: bool = False
    ttl: bool = False
    raises: tuple[str, ...] = ()
    """Rules that are no more than notices to others, and a reason for this one to refuse a post: warnings."""


CONSUMERS: Final[dict[str, Consumer]] = {
    "google-news": Consumer(
        GOOGLE_NEWS,
        "Publisher Center: 1 MB an article, 2 MB a feed, 60 new articles a fetch",
        item_octets=1_000_000,
        feed_octets=2_000_000,
        items=60,
    ),
    "msn": Consumer(
        MSN,
        "partner feeds: https only, titles up to 150 characters, a picture to be published without an editor",
        title=150,
        image=True,
        raises=("InsecureLink",),
    ),
    "smartnews": Consumer(
        SMARTNEWS,
        "SmartFormat: full text, a logo and a ttl for the feed, a picture for each article",
        image=True,
        full_text=True,
        logo=True,
        ttl=True,
    ),
    "naver": Consumer(
        NAVER,
        "Search Advisor: feeds on the registered host, whole articles, newest first",
        full_text=True,
        own_host=True,
    ),
    "feedly": Consumer(FEEDLY, "shows the first large picture; follows an id that looks like a link", image=True),
    "miniflux": Consumer(MINIFLUX, "refuses responses above 15 MB", feed_octets=15_000_000),
    "netnewswire": Consumer(
        NETNEWSWIRE, "follows an id that looks like a link (NetNewsWire#4625)", raises=("GuidLooksLikeLink",)
    ),
    "feed-validator": Consumer(VALIDATOR, "refuses feeds above 5,000,000 octets", feed_octets=5_000_000),
}
"""Profile to consumer."""


def chosen(profiles: frozenset[str]) -> tuple[Consumer, ...]:
    """The consumers of the profiles, in the order of the table; unknown names are nobody's."""
    return tuple(consumer for profile, consumer in CONSUMERS.items() if profile in profiles)
