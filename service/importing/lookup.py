"""The published posts of an index by what an entry of another feed may say of them: address, id, title.

Functions over a reader, apart from it: they may cost what a window must not. Refuses to choose among posts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from sqlalchemy import select

from feeds.uri import ascii_url
from service.importing.matching import Known, likened
from service.index.addresses import key_of
from service.index.chunks import chunked
from service.index.reader import POST, Reader, post_row
from service.index.records import Row
from service.index.schema import addresses, posts

_BATCH: Final = 5000


def by_key(index: Reader, keys: Iterable[str]) -> dict[str, Known]:
    """Posts by the keys of their URLs, former ones too; a post's own URL counts before a former one of another."""
    found: dict[str, Known] = {}
    statement = select(addresses.c.key, *POST).select_from(addresses.join(posts, posts.c.number == addresses.c.post))
    with index.reading() as connection:
        for chunk in chunked(sorted(set(keys))):
            wanted = statement.where(addresses.c.key.in_(chunk), posts.c.live == 1)
            for row in connection.execute(wanted.order_by(addresses.c.own, posts.c.number.desc())):
                found[row.key] = known(post_row(row))
    return found


def by_id(index: Reader, ids: Iterable[str]) -> dict[str, Known]:
    """Posts by the ids they are published under."""
    found: dict[str, Known] = {}
    with index.reading() as connection:
        for chunk in chunked(sorted(set(ids))):
            rows = connection.execute(select(*POST, posts.c.guid).where(posts.c.guid.in_(chunk), posts.c.live == 1))
            found.update((row.guid, known(post_row(row))) for row in rows)
    return found


def by_title(index: Reader, titles: Collection[str]) -> dict[str, list[Known]]:
    """Posts by their titles (:func:`likened`), in the order of their numbers. Reads every post once."""
    found: dict[str, list[Known]] = {}
    if titles:
        for row in _live(index):
            title = likened(json.loads(row[0]).get("title", ""))
            if title in titles:
                found.setdefault(title, []).extend(known(post) for post in index.posts([row[1]]))
    return found


def _live(index: Reader) -> Iterator[tuple[str, int]]:
    statement = select(posts.c.fields, posts.c.number).where(posts.c.live == 1).order_by(posts.c.number)
    with index.snapshot(), index.reading() as connection:
        for batch in connection.execute(statement.execution_options(yield_per=_BATCH)).partitions():
            yield from ((row[0], row[1]) for row in batch)


def known(row: Row) -> Known:
    """A post as it is matched."""
    fields = row.fields
    return Known(row.number, fields.id, fields.url, fields.title, row.published, fields.published, fields.explicit_id)


def keys_of(link: str, site: str) -> list[str]:
    """The keys under which the index may have the page of a link: as it is, then as a page of this site.

    A site that moves to another host keeps its paths, and feeds of before have the old host.
    """
    written = ascii_url(link)
    if not written:
        return []
    try:
        joined = urljoin(site, written)
        parts, home = urlsplit(joined), urlsplit(site)
        moved = parts._replace(scheme=home.scheme, netloc=home.netloc).geturl()
    except ValueError:
        return []
    keys = [key_of(url) for url in (joined, moved)] if key_of(joined) else []
    whole = [key for key in keys if key]
    bare = [key.partition("?")[0] for key in whole if not key.partition("?")[0].endswith("/")]
    return [*dict.fromkeys((*whole, *bare))]
