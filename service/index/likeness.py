"""What stored posts have in common with their files under another name, told from their texts when somebody asks.

Refuses to decide which post another one turned into (:mod:`service.index.moving` does).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from service.index.chunks import chunked
from service.index.reading import likeness, title_in, unpacked
from service.index.schema import posts, texts


def likenesses(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """:func:`service.index.reading.likeness` of posts as they are stored, by number."""
    found: dict[int, str] = {}
    for chunk in chunked(numbers):
        for number, kept, fields, body in connection.execute(_LOOKS, {"numbers": chunk}):
            found[number] = kept or (likeness(title_in(fields), unpacked(body)) if body else "")
    return found


_LOOKS = (
    select(posts.c.number, posts.c.likeness, posts.c.fields, texts.c.body)
    .select_from(posts.outerjoin(texts, texts.c.post == posts.c.number))
    .where(posts.c.number.in_(bindparam("numbers", expanding=True)))
)
