"""What the index makes of a post by itself: every value in its place, and digests that hang on what they name alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Author, Image
from service.content.front_matter import split
from service.errors import Problem
from service.index.reading import Reading, unpacked
from service.sources.source import FIELDS, Fields, Put

WHEN, THEN, END = (datetime(2024, month, 1, tzinfo=UTC) for month in (5, 6, 7))
FIELDS_OF_A_POST = Fields(
    id="tag:a.example,2024:1",
    url="https://a.example/%ED%95%9C/a/index.html",
    title="제목",
    published=WHEN,
    markup="markdown",
    updated=THEN,
    expires=END,
    language="ko",
    categories=("News", "news", "B"),
    tags=("t",),
    authors=(Author("Kim"),),
    images=(Image("https://a.example/a.png"), Image("https://a.example/a.png"), Image("https://a.example/b.png")),
    treatment="deadline",
    canonical="https://b.example/page",
    translation="ref:a",
    explicit_url=True,
    aliases=("https://a.example/old/", "https://a.example/%ED%95%9C/a/", "mailto:x"),
    explicit_id=True,
)


def read(fields: Fields, text: str) -> Reading:
    found = Reading.of(
        Put("_posts/2024-05-01-a.md", "print", fields, text, (Problem("p", 1, 2, "notice", "c", "m", "h"),))
    )
    assert isinstance(found, Reading)
    return found


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_every_value_of_a_post_is_in_its_place() -> None:
    text = "---\ntitle: 제목\n---\nBody, see [x](other.md).\n"
    found = read(FIELDS_OF_A_POST, text)
    json = FIELDS.dump_json(FIELDS_OF_A_POST, exclude_defaults=True)
    assert found._replace(body=b"", weight=0)._asdict() == {
        "locator": "_posts/2024-05-01-a.md",
        "fingerprint": "print",
        "name": "2024-05-01-a",
        "lines": (("p", 1, 2, "notice", "c", "m", "h"),),
        "fields": json.decode(),
        "state": hashlib.sha256(json + b"\0" + text.encode()).hexdigest()[:32],
        "body": b"",
        "id": "tag:a.example,2024:1",
        "url": "https://a.example/%ED%95%9C/a/index.html",
        "explicit": True,
        "visibility": "public",
        "page": False,
        "deadline": True,
        "published": micros(WHEN),
        "updated": micros(THEN),
        "starts": micros(WHEN),
        "ends": micros(END),
        "public": True,
        "beside": False,
        "language": "ko",
        "terms": (
            ("site", "", ""),
            ("category", "news", "News"),
            ("category", "b", "B"),
            ("tag", "t", "t"),
            ("author", "kim", "Kim"),
        ),
        "listed": True,
        "images": "https://a.example/a.png\nhttps://a.example/b.png",
        "weight": 0,
        "translation": "ref:a",
        "key": "a.example/한/a",
        "keys": ("a.example/한/a", "a.example/old"),
        "canonical": "b.example/page",
        "explicit_id": True,
        "likeness": "",
        "mentions": ("other", "other.md"),
    }
    assert found.weight > 0
    assert unpacked(found.body) == text


def test_an_undated_post_that_ends_has_no_beginning() -> None:
    fields = Fields("a", "https://a.example/a", "A", None, "html", expires=END, future=True)
    found = read(fields, "x")
    assert (found.published, found.updated, found.starts, found.ends) == (None, None, None, micros(END))
    assert read(Fields("a", "https://a.example/a", "A", WHEN, "html", future=True), "x").starts is None


EDGES = st.text(alphabet=" \t\n\r\x0b\f\x1c\x85\xa0\u1680\u2028\u3000x.한\U0001f600é", max_size=4)


@given(st.sampled_from(("", "---\ntitle: 한\n---\n", "+++\n+++\n", "---\n---")), EDGES, st.text(max_size=8), EDGES)
def test_the_likeness_of_a_post_hangs_on_its_title_and_body(front: str, before: str, body: str, after: str) -> None:
    text = f"{front}{before}{body}{after}".encode("utf-8", "replace").decode()
    bare = split(text).body.strip()
    expected = hashlib.sha256(f"제목\0{bare}".encode()).hexdigest()[:32] if bare else ""
    assert read(FIELDS_OF_A_POST, text).looks == expected
    hidden = read(replace(FIELDS_OF_A_POST, visibility="hidden"), text)
    assert (hidden.body, hidden.likeness, hidden.looks) == (b"", expected, expected)
