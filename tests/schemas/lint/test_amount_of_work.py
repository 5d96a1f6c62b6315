"""Work grows with the size of a document and not faster: it is counted, no clock is asked.

Counted are calls of Python functions. What the regular expressions do is not seen that way; of those it is said which
places they try at all.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from schemas.lint import Circumstances, lint
from schemas.lint.uris import MAIL, holds_mail, is_mail

SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)


def rss(inside: str, attributes: str = "") -> bytes:
    about = "<title>t</title><link>https://example.org/</link><description>d</description>"
    return f'<rss version="2.0" {SPACES} {attributes}>\n<channel>{about}{inside}</channel></rss>'.encode()


def atom(inside: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{inside}</feed>'.encode()


def many(text: str) -> Callable[[int], str]:
    return lambda count: "".join(text.replace("%n", str(number)) + "\n" for number in range(count))


def namespaces(count: int) -> str:
    return " ".join(f'xmlns:n{number}="urn:x:{number}"' for number in range(count))


def feed(count: int) -> bytes:
    items = [{"id": str(number), "content_text": "x", "tags": [{"a": 1}, {"a": number}]} for number in range(count)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": items}, indent=1).encode()


def tags(count: int) -> bytes:
    item = {"id": "1", "content_text": "x", "tags": [{"a": number} for number in range(count)]}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [item]}).encode()


ITEM = (
    "<item><title>%n</title><guid isPermaLink='false'>tag:example.org,2024:%n</guid><description>d</description></item>"
)
DOCUMENTS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "items": ("rss", lambda n: rss(many(ITEM)(n))),
    "items with one guid": ("rss", lambda n: rss(many("<item><title>%n</title><guid>x</guid></item>")(n))),
    "guids of an item": ("rss", lambda n: rss(f"<item>{many('<guid>%n</guid>')(n)}</item>")),
    "titles with markup": ("rss", lambda n: rss(many("<item><title>&lt;b %n</title></item>")(n))),
    "bodies of an item": ("rss", lambda n: rss(f"<item>{many('<content:encoded>x</content:encoded>')(n)}</item>")),
    "pictures": ("rss", lambda n: rss(many("<title>%n</title><image><title>x</title></image>")(n))),
    "namespaces": ("rss", lambda n: rss(many("<x/>")(n), namespaces(n))),
    "namespaces around items": ("rss", lambda n: rss(many(ITEM)(n), namespaces(n))),
    "declarations": ("rss", lambda n: rss(many('<x:y xmlns:x="urn:x:%n"/>')(n))),
    "entries": ("atom", lambda n: atom(many("<entry><id>urn:x:%n</id><title>t</title></entry>")(n))),
    "ids of an entry": ("atom", lambda n: atom(f"<entry>{many('<id>urn:x:%n</id>')(n)}</entry>")),
    "entries with one id": ("atom", lambda n: atom(many("<entry><id>urn:x:1</id><title>%n</title></entry>")(n))),
    "objects": ("json", feed),
    "tags that cannot be sorted": ("json", tags),
}


def calls(work: Callable[[], object]) -> int:
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        del frame, argument
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_four_times_the_document_is_at_most_some_four_times_the_work(name: str, ours: bool) -> None:
    kind, document = DOCUMENTS[name]
    about = Circumstances(ours=ours)
    lint(kind, document(2), about)  # grammars and schemas are read once
    few, more = (calls(lambda count=count: lint(kind, document(count), about)) for count in (50, 200))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert more < 5 * few


def test_an_address_begins_where_a_word_begins_and_nowhere_within_it() -> None:
    word = "a" * 60_000
    assert not holds_mail(word)  # not even looked at
    begun = [
        place for place in range(0, 600, 7) if re.compile(MAIL, re.ASCII).match(word[:700] + "@example.org", place)
    ]
    assert begun == []
    assert holds_mail("Kim kim@example.org") and is_mail("kim@example.org") and not is_mail("a" * 65 + "@example.org")


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_a_name_of_one_long_word_is_judged(kind: str) -> None:
    word = "a" * 60_000
    body = rss(f"<item><dc:creator>{word}</dc:creator><author>{word}@</author></item>")
    if kind == "atom":
        body = atom(f"<author><name>{word}@</name><email>{word}</email></author>")
    assert {"InvalidContact", "InvalidAddrSpec"} & {finding.rule for finding in lint(kind, body)}
