"""One value of an API's answer is another one: no post but its own is lost by it, and nothing raises (U-13, U-14)."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.upstream.answer import UpstreamFailed
from tests.sources import golden
from tests.sources.asked import NOW, Fake, Said, Site, opened

Place = tuple[str | int, ...]

VALUES = (
    *(None, True, False, 0, -1, 1.5, 1e308, 10**40, "", "x", "\0", "\u202e", [], {}, [[]], [None], {"a": 1}, [{}]),
    *("javascript:alert(1)", "http://[::1", "//x", "0000-00-00T00:00:00", "9999-12-31T23:59:59Z", "a" * 5000),
)
CASES = [(kind, path) for kind in ("wordpress", "ghost", "json", "json_api") for path in golden.cases(kind)]


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    yield here
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*here, key))


def put(whole: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    inside = whole
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return whole


def with_another_value(site: Site, turn: int, number: int, value: Any, told: list[tuple[str, Place]]) -> Site:
    """The site, whose n-th answer in JSON has another value in one of its places."""
    count = iter(range(1000))

    def answered(path: str, query: dict[str, str]) -> Said:
        status, headers, body = site(path, query)
        if status != 200 or next(count) != turn:
            return status, headers, body
        try:
            whole = json.loads(body)
        except ValueError:
            return status, headers, body
        every = [*places(whole)]
        told.append((path, every[number % len(every)]))
        return status, headers, json.dumps(put(whole, told[0][1], value)).encode()

    return answered


@given(st.sampled_from(CASES), st.integers(0, 3), st.integers(0, 10**6), st.sampled_from(VALUES))
def test_U13_another_value_anywhere_loses_nothing_but_its_own_post(
    chosen: tuple[str, Any], turn: int, number: int, value: Any
) -> None:
    kind, path = chosen
    case, told = json.loads(path.read_text()), list[tuple[str, Place]]()
    site = importlib.import_module(f"tests.sources.{kind}.site").answering(case["answers"])
    words = {name: case[name] for name in ("site", "limits") if name in case} | case.get("settings", {})
    try:
        client = Fake(with_another_value(site, turn, number, value, told))
        pulled = opened(golden.KINDS[kind], client, **words).pull({}, "", NOW)
    except UpstreamFailed:
        assert not told or not told[0][1] or not _adorns(*told[0]), told
        return
    lost = case["expect"].get("posts", {}).keys() - {change.locator for change in pulled.changes}
    if told and _adorns(*told[0]):
        assert not lost, (told, value)
    elif told and _in_a_post(*told[0]):
        assert len(lost) <= 1, (told, value)


def _adorns(path: str, place: Place) -> bool:
    """Whether a place is one of what an API says of its site, and not of its posts; all of it is none."""
    return bool(place) and (path in ("/wp-json/", "/ghost/api/content/settings/") or path.endswith("/categories"))


def _in_a_post(path: str, place: Place) -> bool:
    return (path.endswith("/wp/v2/posts") and len(place) > 1) or (path.endswith("/content/posts/") and len(place) > 2)


@pytest.mark.parametrize("key", ["timezone_string", "gmt_offset", "name", "description", "home", "site_icon_url"])
@pytest.mark.parametrize("value", [{}, [], True, ["UTC"], {"url": "x"}])
def test_U13_what_a_site_says_of_itself_keeps_no_post_back(key: str, value: Any) -> None:
    site = importlib.import_module("tests.sources.wordpress.site").WordPress().hold(1)
    site.index[key] = value
    assert len(opened("wordpress", Fake(site)).pull({}, "", NOW).changes) == 1
