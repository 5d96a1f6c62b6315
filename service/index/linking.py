"""Which posts show other posts' URLs, and must change when these do: by naming their files, or as translations.

What a body names is :mod:`service.index.mentioning`'s. Refuses to read one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from sqlalchemy import Connection, bindparam, delete, exists, insert, or_, select

from service.index.chunks import chunked
from service.index.schema import locations, mentions, posts


class Linking:
    """Follows, within one write transaction, what posts mention and which files moved to another URL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._mentioning: set[int] = set()
        """Posts that may have to be rendered anew. Whoever mentions something later in the transaction joins then, so
        the names that moved need not be kept: a first scan moves every one."""

    def moved(self, locators: Iterable[str]) -> None:
        """The posts in these files appeared, left, or have another URL."""
        if not self._connection.scalar(_ANY):
            return
        for chunk in chunked(sorted({PurePosixPath(locator).stem for locator in locators})):
            self._mentioning.update(self._connection.scalars(_MENTIONING, {"names": chunk}))

    def translated(self, translations: Iterable[str]) -> None:
        """Somebody joined, left or changed among the posts that are translations of each other under these names."""
        for chunk in chunked(sorted(set(filter(None, translations)))):
            self._mentioning.update(self._connection.scalars(_TRANSLATED, {"translations": chunk}))

    def forget(self, numbers: Iterable[int]) -> None:
        """These posts mention nothing any more."""
        for chunk in chunked(numbers):
            self._connection.execute(delete(mentions).where(mentions.c.post.in_(chunk)))

    def mention(self, names: Iterable[tuple[int, Iterable[str]]]) -> None:
        """These posts mention files by these names (:func:`service.index.mentioning.mentioned`)."""
        rows = [{"post": number, "name": name} for number, mentioned in names for name in mentioned]
        self._mentioning.update(row["post"] for row in rows if isinstance(row["post"], int))
        if rows:
            self._connection.execute(insert(mentions), rows)

    def states(self) -> Iterator[dict[int, str]]:
        """For posts that may have to be rendered anew, in pieces: a digest of the URLs of other posts they show."""
        for numbers in chunked(sorted(self._mentioning)):
            states = {number: hashlib.sha256() for number in numbers}
            for post, *target in self._connection.execute(_TARGETS, {"posts": numbers}):
                states[post].update("\0".join(map(str, target)).encode() + b"\n")
            for post, language, url in self._connection.execute(_TRANSLATIONS, {"posts": numbers}):
                states[post].update(f"{language} {url}\n".encode())
            empty = hashlib.sha256().digest()
            yield {
                number: "" if state.digest() == empty else state.hexdigest()[:16] for number, state in states.items()
            }


_ANY = select(mentions.c.post).limit(1)
"""Most sites' posts mention no file by its name."""
_MENTIONING = select(mentions.c.post).where(mentions.c.name.in_(bindparam("names", expanding=True))).distinct()
_other = locations.alias("other")
_TRANSLATED = (
    select(locations.c.post)
    .select_from(locations.join(posts, posts.c.number == locations.c.post))
    .where(
        locations.c.translation.in_(bindparam("translations", expanding=True)),
        locations.c.translation != "",  # so that the partial index serves
        or_(
            posts.c.links != "",
            exists().where(
                _other.c.translation == locations.c.translation,
                _other.c.translation != "",
                _other.c.post != locations.c.post,
            ),
        ),
    )
)
"""Those that have a translation, or had one: most posts that could have one have none."""
_TRANSLATIONS = (
    select(locations.c.post, _other.c.language, _other.c.url)
    .select_from(locations.join(_other, locations.c.translation == _other.c.translation))
    .where(
        locations.c.post.in_(bindparam("posts", expanding=True)),
        locations.c.translation != "",
        _other.c.translation != "",
        locations.c.post != _other.c.post,
    )
    .order_by(locations.c.post, _other.c.published, _other.c.guid)
)
_TARGETS = (
    select(mentions.c.post, posts.c.name, posts.c.source, posts.c.locator, posts.c.url)
    .select_from(mentions.join(posts, posts.c.name == mentions.c.name))
    .where(mentions.c.post.in_(bindparam("posts", expanding=True)), posts.c.hidden == 0)
    .order_by(mentions.c.post, posts.c.name, posts.c.source, posts.c.locator)
)
