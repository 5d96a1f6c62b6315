"""Conditional requests, codings, lifetimes and methods of one prepared resource (H-10..H-14, H-24)."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.http import is_resource_modified

from feeds.model import Document, Link
from service.encodings import CODINGS
from service.response import Reply, Resource, answer, other_method, prepare, respond
from service.settings import CacheSettings
from tests.serving.fakes import CHANGED, NOW, environ

BODY = ("<rss>정치</rss>" * 500).encode()
LINKS = (Link("self", "https://ex.org/categories/정치/rss.xml"), Link("hub", "https://hub.ex.org/"))
DOCUMENT = Document(BODY, "application/rss+xml", CHANGED, LINKS)
RESOURCE = prepare(DOCUMENT, CacheSettings())
TAG = RESOURCE.digest


def ask(resource: Resource = RESOURCE, method: str = "GET", /, **headers: str) -> Reply:
    return respond(resource, environ(method=method, **headers), NOW)


def header(reply: Reply, name: str) -> str | None:
    found = [value for key, value in reply.headers if key == name]
    assert len(found) < 2, f"{name} is sent twice"
    return found[0] if found else None


def test_a_200_says_everything_a_cache_and_a_hub_subscriber_need() -> None:
    reply = ask()
    assert (reply.status, reply.body) == (200, BODY)
    assert dict(reply.headers) == {
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Content-Length": str(len(BODY)),
        "ETag": f'"{TAG}"',
        "Last-Modified": "Fri, 20 Nov 2026 08:30:15 GMT",
        "Cache-Control": "max-age=300, stale-while-revalidate=600, stale-if-error=86400",
        "Vary": "Accept-Encoding",
        "Link": '<https://ex.org/categories/%EC%A0%95%EC%B9%98/rss.xml>; rel="self", <https://hub.ex.org/>; rel="hub"',
        "Accept-Ranges": "none",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Last-Modified, Link",
        "X-Content-Type-Options": "nosniff",
    }


def test_each_coding_has_a_strong_tag_of_its_own() -> None:
    tags = {coding: header(ask(accept_encoding=coding), "ETag") for coding in ("identity", *CODINGS)}
    assert tags == {"identity": f'"{TAG}"', "gzip": f'"{TAG}-gz"', "br": f'"{TAG}-br"', "zstd": f'"{TAG}-zst"'}


def test_a_coded_answer_says_so_and_holds_the_same_document() -> None:
    reply = ask(accept_encoding="gzip")
    assert header(reply, "Content-Encoding") == "gzip"
    assert header(reply, "Content-Length") == str(len(reply.body))
    assert header(reply, "Vary") == "Accept-Encoding"
    assert gzip.decompress(reply.body) == BODY


def test_codings_are_made_when_first_asked_for_and_counted() -> None:
    resource = prepare(DOCUMENT, CacheSettings())
    before = resource.size
    first = ask(resource, accept_encoding="br").body
    assert resource.size == before + len(first)
    assert ask(resource, accept_encoding="br").body is first
    assert resource.size == before + len(first)


def test_a_304_compresses_nothing() -> None:
    resource = prepare(DOCUMENT, CacheSettings())
    before = resource.size
    assert ask(resource, accept_encoding="br", if_none_match=f'"{TAG}-br"').status == 304
    assert resource.size == before


def test_equal_bytes_have_equal_tags_and_changed_bytes_another() -> None:
    later = Document(BODY, "application/rss+xml", NOW, LINKS)
    assert prepare(later, CacheSettings()).digest == TAG
    assert prepare(Document(BODY + b" ", "application/rss+xml", NOW), CacheSettings()).digest != TAG


@pytest.mark.parametrize(
    "condition",
    [
        '"{tag}"',
        'W/"{tag}"',
        'w/"{tag}"',
        "{tag}",
        "*",
        '"x", "{tag}"',
        'W/"x",W/"{tag}","y"',
        '"{tag}-gz"',
        '"{tag}-gzip"',
        '"{tag};gzip"',
        '"{tag}--gzip"',
        '"{tag}-br"',
        '"{tag}-gz-gzip"',
        'W/"{tag}-zstd"',
        ", ".join(f'"{number}"' for number in range(1000)) + ', "{tag}"',
    ],
)
def test_H11_our_own_tag_in_any_form_answers_304(condition: str) -> None:
    reply = ask(if_none_match=condition.format(tag=TAG), accept_encoding="gzip")
    assert (reply.status, reply.body) == (304, b"")


@pytest.mark.parametrize(
    "condition",
    [
        '"x"',
        '"{tag}x"',
        '"x{tag}"',
        '"{tag}-other"',
        '"',
        '""',
        "W/",
        "\xe9\xff",
        "x" * 8192,
        '"a' + " " * 8192,
        "," * 8192,
    ],
)
def test_H11_any_other_tag_answers_200_whatever_it_looks_like(condition: str) -> None:
    late = "Sat, 21 Nov 2026 00:00:00 GMT"
    assert ask(if_none_match=condition.format(tag=TAG)).status == 200
    if condition.strip():
        assert ask(if_none_match=condition.format(tag=TAG), if_modified_since=late).status == 200, "INM beats IMS"


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Fri, 20 Nov 2026 08:30:15 GMT", 304),
        ("Fri, 20 Nov 2026 08:30:16 GMT", 304),
        ("Fri, 20 Nov 2026 08:30:14 GMT", 200),
        ("Friday, 20-Nov-26 08:30:15 GMT", 304),
        ("Fri Nov 20 08:30:15 2026", 304),
        ("Fri, 20 Nov 99999 08:30:15 GMT", 200),
        ("Mon, 01 Jan 0001 00:00:00 GMT", 200),
        ("Fri, 32 Nov 2026 08:30:15 GMT", 200),
        ("Fri, 20 Nov 2026 08:30:15 +99999999", 200),
        ("yesterday", 200),
        ("0", 200),
        ("", 200),
        ("Fri, " + "1" * 8192, 200),
    ],
)
def test_H11_if_modified_since_counts_only_as_a_date(since: str, status: int) -> None:
    assert ask(if_modified_since=since).status == status


def test_a_304_keeps_what_a_cache_needs_and_nothing_about_the_body() -> None:
    full, short = (
        dict(ask(accept_encoding="gzip").headers),
        dict(ask(accept_encoding="gzip", if_none_match="*").headers),
    )
    assert {"ETag", "Cache-Control", "Vary", "Link"} <= short.keys()
    assert all(full[name] == value for name, value in short.items())
    assert not {"Content-Type", "Content-Length", "Content-Encoding"} & short.keys()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_match": '"x"'}, 412),
        ({"if_match": 'W/"{tag}"'}, 412),
        ({"if_match": '"{tag}"'}, 200),
        ({"if_match": '"x", "{tag}-gz"'}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": '"x"', "if_none_match": "*"}, 412),
        ({"if_match": '"{tag}"', "if_none_match": '"{tag}"'}, 304),
        ({"if_unmodified_since": "Fri, 20 Nov 2026 08:30:14 GMT"}, 412),
        ({"if_unmodified_since": "Fri, 20 Nov 2026 08:30:15 GMT"}, 200),
        ({"if_unmodified_since": "never"}, 200),
        ({"if_match": '"{tag}"', "if_unmodified_since": "Fri, 20 Nov 2026 08:30:14 GMT"}, 200),
    ],
)
def test_H11_a_precondition_that_fails_answers_an_empty_412(headers: dict[str, str], status: int) -> None:
    reply = ask(**{name: value.format(tag=TAG) for name, value in headers.items()})
    assert reply.status == status
    if status == 412:
        assert reply.body == b""
        assert header(reply, "Cache-Control") == "no-store"


TAGS = st.sampled_from(['"a"', 'W/"a"', f'"{TAG}"', f'W/"{TAG}"', "*", TAG, '"a,b"', "x"])


@given(st.lists(TAGS, min_size=1, max_size=4).map(", ".join), st.sampled_from(["", "Fri, 20 Nov 2026 08:30:15 GMT"]))
@settings(deadline=None)
def test_conditions_mean_what_werkzeug_takes_them_to_mean(tags: str, since: str) -> None:
    given_ = {"if_none_match": tags} | ({"if_modified_since": since} if since else {})
    modified = is_resource_modified(environ(**given_), etag=TAG, last_modified=CHANGED, ignore_if_range=True)
    assert ask(**given_).status == (200 if modified else 304)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "if_none_match",
                "if_match",
                "if_modified_since",
                "if_unmodified_since",
                "range",
                "if_range",
                "accept_encoding",
            ]
        ),
        st.text(st.characters(max_codepoint=255), max_size=80),
    ),
    st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", ""]),
)
@settings(deadline=None)
def test_H11_garbage_in_any_condition_is_never_an_error(headers: dict[str, str], method: str) -> None:
    assert ask(RESOURCE, method, **headers).status in (200, 204, 304, 405, 412)


@pytest.mark.parametrize("name", ["if_none_match", "if_match", "if_modified_since"])
@pytest.mark.parametrize("text", ['"', "W/", '"a" ', " ", ",", '",', "("])
def test_H11_a_hostile_condition_costs_linear_time(name: str, text: str) -> None:
    start = time.perf_counter()
    ask(**{name: text * (16_384 // len(text))})
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    "range_",
    ["bytes=0-0", "bytes=0-1,2-3", "bytes=" + ",".join(f"{n}-{n}" for n in range(2000)), "items=1-2", "bytes=-1"],
)
def test_H12_range_is_ignored(range_: str) -> None:
    reply = ask(range=range_, if_range=f'"{TAG}"')
    assert (reply.status, reply.body) == (200, BODY)
    assert header(reply, "Accept-Ranges") == "none"


def test_last_modified_is_never_later_than_now() -> None:
    ahead = prepare(Document(BODY, "text/html", NOW + timedelta(hours=1)), CacheSettings())
    reply = ask(ahead)
    assert header(reply, "Last-Modified") == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert ask(ahead, if_modified_since="Sun, 22 Nov 2026 12:00:00 GMT").status == 200


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "max-age=300, stale-while-revalidate=600, stale-if-error=86400"),
        (10_000, "max-age=300, stale-while-revalidate=600, stale-if-error=86400"),
        (400, "max-age=300, stale-while-revalidate=100, stale-if-error=86400"),
        (42.9, "max-age=42, stale-if-error=86400"),
        (0, "max-age=0, stale-if-error=86400"),
        (-5, "max-age=0, stale-if-error=86400"),
    ],
)
def test_no_lifetime_reaches_beyond_the_next_scheduled_change(seconds: float | None, expected: str) -> None:
    due = None if seconds is None else NOW + timedelta(seconds=seconds)
    for headers in ({}, {"if_none_match": "*"}):
        assert header(respond(RESOURCE, environ(**headers), NOW, due), "Cache-Control") == expected


@pytest.mark.parametrize("coding", ["identity", *CODINGS])
def test_H10_head_has_the_headers_of_get_and_no_body(coding: str) -> None:
    def call(method: str) -> tuple[Any, bytes]:
        started: list[Any] = []
        env = environ(method=method, accept_encoding=coding)
        body = b"".join(answer(RESOURCE, env, lambda *given: started.append(given), NOW))  # type: ignore[arg-type]  # a list is all we need
        return started, body

    (got, body), (head, nothing) = call("GET"), call("HEAD")
    assert head == got
    assert body
    assert nothing == b""


def test_H10_options_is_a_preflight_and_other_methods_are_refused() -> None:
    reply = other_method("OPTIONS")
    assert (reply.status, reply.body, header(reply, "Allow")) == (204, b"", "GET, HEAD, OPTIONS")
    assert header(reply, "Access-Control-Allow-Origin") == "*"
    assert header(reply, "Access-Control-Allow-Headers") == "If-None-Match, If-Modified-Since"
    assert header(reply, "Access-Control-Allow-Credentials") is None
    for method in ("POST", "PUT", "DELETE", "TRACE", "CONNECT", "PURGE", "FROB", "get", ""):
        assert (ask(RESOURCE, method).status, header(ask(RESOURCE, method), "Allow")) == (405, "GET, HEAD, OPTIONS")


@given(st.text(max_size=60))
@settings(deadline=None)
def test_H15_no_link_can_break_out_of_its_header(text: str) -> None:
    resource = prepare(
        Document(b"x", "text/html", datetime(2026, 1, 1, tzinfo=UTC), (Link("self", text),)), CacheSettings()
    )
    value = header(ask(resource), "Link") or '<>; rel="self"'
    assert value.isascii()
    assert value.isprintable()
    assert value.count("<") == value.count(">") == 1
    assert value.endswith('>; rel="self"')
