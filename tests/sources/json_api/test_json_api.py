"""Any JSON API that is asked: its pages and their lies, what is taken for deleted, its settings, its worst answers."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import SettingsError
from service.settings import load
from service.sources.json_paths import at, steps
from service.sources.json_values import Node
from service.upstream.answer import UpstreamFailed
from tests.bare import write
from tests.sources.asked import HOME, NOW, Fake, Ledger, Said, as_json, codes, drops, opened, page, puts

URL = f"{HOME}/api"


def post(number: int, **said: Any) -> dict[str, Any]:
    texts = {"title": f"Post {number}", "content": f"<p>{number}</p>"}
    return {"id": number, "url": f"/{number}", "date": "2026-02-01T00:00:00Z", **texts, **said}


class Api:
    """``posts`` in pages of two; ``past`` is what it answers for a page behind the last."""

    def __init__(self, *numbers: int) -> None:
        self.posts = [post(number) for number in numbers]
        self.past: Said = as_json([])

    def __call__(self, path: str, query: dict[str, str]) -> Said:
        del path
        start = (int(query["page"]) - 1) * 2
        shown = self.posts[start : start + 2]
        return as_json(shown) if shown else self.past


def paging(style: str) -> dict[str, str]:
    """A style, with the place where those that need one find the next page."""
    return {"style": style} | ({"value": style} if style in ("cursor", "next") else {})


def lines(pulled: Any, *wanted: str) -> list[str]:
    """What is said of a source under some codes."""
    return [one.message for one in pulled.problems if one.code in wanted]


def paged(client: Any, **said: Any) -> Any:
    return opened("json", client, url=URL, paging={"style": "page"}, **said)


def test_an_answer_is_asked_for_once_a_pull() -> None:
    client = Fake(lambda *_: as_json([post(1)]))
    opened("json", client, url=URL).pull({}, "", NOW)
    assert client.paths() == ["/api"]


def test_a_post_that_left_a_whole_listing_is_gone() -> None:
    site, ledger = Api(1, 2, 3), Ledger()
    ledger.pull(paged(Fake(site)))
    site.posts.pop(0)
    pulled = ledger.pull(paged(Fake(site)))
    assert (drops(pulled.changes), codes(pulled)) == (["1"], [])


@pytest.mark.parametrize("later", ["1.0", "1e0", '"1"', "10e-1"])
def test_an_id_that_is_written_in_another_way_is_the_same_post(later: str) -> None:
    answers = {"id": "1"}
    text = '[{"id": %s, "title": "T", "content": "<p>T</p>"}]'
    client = Fake(lambda *_: (200, {"content-type": "application/json"}, (text % answers["id"]).encode()))
    made, ledger = opened("json", client, url=URL, fields={"url": "/posts/{id}"}), Ledger()
    first = dict(puts(ledger.pull(made).changes))
    answers["id"] = later
    pulled = ledger.pull(made)
    assert drops(pulled.changes) == []
    again = dict(first) | dict(puts(pulled.changes))
    assert [(one.fields.id, one.fields.url) for one in again.values()] == [
        (one.fields.id, one.fields.url) for one in first.values()
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1"), (1.0, "1"), (-0.0, "0"), (1.5, "1.5"), (1e20, "100000000000000000000"), (1e300, "1e+300")],
)
def test_a_number_as_text_is_what_javascript_makes_of_it(number: float, text: str) -> None:
    assert Node(number, "$", "api").text() == text


class Shifting(Api):
    """A post goes after the first page was read, so that what stood first on the second page is read on neither."""

    going: int | None = None

    def __call__(self, path: str, query: dict[str, str]) -> Said:
        if query["page"] == "2" and self.going is not None:
            self.posts = [one for one in self.posts if one["id"] != self.going]
            self.going = None
        return super().__call__(path, query)


def test_U16_a_post_that_moved_between_two_pages_is_looked_for_again_before_it_is_gone() -> None:
    site, ledger = Shifting(1, 2, 3, 4), Ledger()
    client = Fake(site)
    ledger.pull(paged(client))
    assert len(client.asked) == 3, "nothing is gone, so nothing is looked for"
    site.going = 1
    pulled = ledger.pull(paged(client))
    assert (drops(pulled.changes), codes(pulled)) == ([], [])
    assert drops(ledger.pull(paged(client)).changes) == ["1"], "it is on no page of either look"


def test_U16_a_second_look_that_does_not_come_to_its_end_takes_nothing_away() -> None:
    site, ledger = Api(1, 2, 3, 4), Ledger()
    ledger.pull(paged(Fake(site)))
    del site.posts[0]
    repeats = iter([False] * 3 + [True] * 100)

    def lying(path: str, query: dict[str, str]) -> Said:
        return site(path, query | {"page": "1"} if next(repeats) else query)

    pulled = ledger.pull(paged(Fake(lying)))
    assert (drops(pulled.changes), codes(pulled)) == ([], ["listing-partial"])


def test_U16_a_second_look_is_not_taken_where_there_is_one_page_alone() -> None:
    posts, ledger = [post(1), post(2)], Ledger()
    client = Fake(lambda *_: as_json(posts))
    ledger.pull(opened("json", client, url=URL))
    del posts[0]
    assert (drops(ledger.pull(opened("json", client, url=URL)).changes), len(client.asked)) == (["1"], 2)


@pytest.mark.parametrize(("numbers", "gone"), [((2, 3, 4), ["1"]), ((3, 4), [])])
def test_U15_behind_a_full_page_a_404_may_hide_another(numbers: tuple[int, ...], gone: list[str]) -> None:
    site, ledger = Api(1, 2, 3, 4), Ledger()
    ledger.pull(paged(Fake(site)))
    site.posts, site.past = [post(number) for number in numbers], page("Not found", 404)
    assert drops(ledger.pull(paged(Fake(site))).changes) == gone


def test_U15_a_page_that_fails_deletes_nothing_and_fails_the_pull() -> None:
    site, ledger = Api(1, 2), Ledger()
    ledger.pull(paged(Fake(site)))
    site.past = page("Broken", 500)
    with pytest.raises(UpstreamFailed):
        ledger.pull(paged(Fake(site)))


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "next", "link"])
def test_U15_the_same_page_forever_ends_soon_and_deletes_nothing(style: str) -> None:
    listing = {"items": [post(1), post(2)], "cursor": "c", "next": f"{URL}?page=2"}
    client = Fake(lambda *_: as_json(listing, link=f"<{URL}?page=2>; rel=next"))
    pulled = opened("json", client, url=URL, paging=paging(style)).pull({"3": "known"}, "", NOW)
    assert (list(puts(pulled.changes)), drops(pulled.changes), "listing-partial" in codes(pulled)) == (
        ["1", "2"],
        [],
        True,
    )
    assert len(client.asked) <= 3


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "next", "link"])
def test_U15_always_another_page_ends_at_the_limit_and_deletes_nothing(style: str) -> None:
    asked = iter(range(10**6))

    def endless(path: str, query: dict[str, str]) -> Said:
        del path, query
        number = next(asked)
        value = {"items": [post(number)], "cursor": number + 1, "next": f"?at={number + 1}"}
        return as_json(value, link=f"<{URL}?at={number + 1}>; rel=next")

    client = Fake(endless)
    source = opened("json", client, url=URL, paging=paging(style), limits={"listing_pages": 20})
    pulled = source.pull({"old": "known"}, "", NOW)
    assert (len(client.asked), drops(pulled.changes), codes(pulled)) == (20, [], ["listing-partial"])


def test_long_ids_that_begin_alike_are_two_posts() -> None:
    ids = [f"{'x' * 300}{end}" for end in "ab"]
    client = Fake(lambda *_: as_json([post(1, id=ids[0]), post(2, id=ids[1])]))
    changes = puts(opened("json", client, url=URL).pull({}, "", NOW).changes)
    assert [put.fields.id for put in changes.values()] == ids


@pytest.mark.parametrize("style", ["cursor", "next"])
@pytest.mark.parametrize(("whole", "gone"), [({}, []), ({"meta": {}}, []), ({"meta": {"next": None}}, ["old"])])
def test_U15_a_next_page_that_no_answer_has_a_place_for_is_no_end_of_the_listing(
    style: str, whole: dict[str, Any], gone: list[str]
) -> None:
    for items in ([post(1)], []):
        client = Fake(lambda *_, shown=items: as_json({"items": shown, **whole}))
        said = {"style": style, "value": "meta.next"}
        pulled = opened("json", client, url=URL, paging=said).pull({"old": "known"}, "", NOW)
        assert (drops(pulled.changes), lines(pulled, "listing-partial")) == (
            gone,
            [] if gone else [f"{URL}: has no meta.next (source.paging.value); nothing is taken for deleted"],
        )


def test_a_last_page_may_leave_out_the_place_that_others_have() -> None:
    answers = iter([{"items": [post(1)], "next": "?page=2"}, {"items": [post(2)]}] * 2)
    client = Fake(lambda *_: as_json(next(answers)))
    pulled = opened("json", client, url=URL, paging=paging("next")).pull({"old": "known"}, "", NOW)
    assert (drops(pulled.changes), lines(pulled, "listing-partial")) == (["old"], [])


def test_a_field_that_no_item_has_is_one_line_of_the_source_and_not_silence() -> None:
    client = Fake(lambda *_: as_json([post(1, image=None), post(2)]))
    fields = {"published": "times.published", "image": "image", "summary": ["lead", "teaser"], "tags": ()}
    ledger, made = Ledger(), opened("json", client, url=URL, fields=fields)
    for _ in range(2):  # what did not change is counted, too
        said = lines(ledger.pull(made), "field-missing", "date-missing")
        assert said == [
            "fields.published: none of 2 items has times.published",
            "fields.summary: none of 2 items has lead or teaser",
        ]


def test_a_field_of_authors_is_looked_for_in_them() -> None:
    client = Fake(lambda *_: as_json([post(1, authors=[{"full_name": "Kim"}])]))
    fields = {"author_name": "full_name", "author_url": "home"}
    pulled = opened("json", client, url=URL, fields=fields).pull({}, "", NOW)
    assert lines(pulled, "field-missing") == ["fields.author_url: none of 1 item has home"]


def test_items_without_a_date_are_counted_in_one_line_and_hidden_ones_are_not() -> None:
    items = [post(1), post(2, date=None), post(3, date=""), post(4, date=None, status="draft")]
    pulled = opened("json", Fake(lambda *_: as_json(items)), url=URL).pull({}, "", NOW)
    assert lines(pulled, "date-missing") == ["2 of 4 items without a date; the time each was first seen counts"]


# -- settings


@pytest.mark.parametrize("style", ["cursor", "next"])
def test_a_style_that_finds_the_next_page_in_the_answer_says_where(style: str, tmp_path: Path) -> None:
    said = f'[source]\nurl = "{URL}"\nkind = "json"\n[source.paging]\nstyle = "{style}"\n'
    with pytest.raises(SettingsError, match=rf"source\.paging.*style {style} needs a value"):
        load(config=write(tmp_path / "feedmill.toml", said))


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ('items = "data..posts"', "source.items: is not a path such as data.posts"),
        ('items = "/a~2"', "source.items: is no JSON pointer"),
        ('[source.fields]\ntitle = "a["', "source.fields.title: 'a[' is not a path"),
        ('[source.fields]\ntitle = ["a", "[b]"]', "source.fields.title: '[b]' is not a path"),
        ('[source.fields]\ntitel = "a"', "source.fields.titel: must be one of id, url, title"),
        ('[source.paging]\nstyle = "next"\nvalue = ".."', "source.paging.value: is not a path"),
        ('date_format = "%Q"', "source.date_format: is no format that dates can be read by"),
        ('date_format = "%Y %Y"', "source.date_format: is no format that dates can be read by"),
    ],
)
def test_a_path_that_is_none_is_one_line_before_anything_is_asked(tmp_path: Path, said: str, line: str) -> None:
    config = write(tmp_path / "feedmill.toml", f'[source]\nurl = "{URL}"\nkind = "json"\n{said}\n')
    with pytest.raises(SettingsError) as raised:
        load(config=config)
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"a": [{"b": 1}], "": 2, "0": 3, "c/d": {"~": 4}, "07": 5}),
        ("$", {"a": [{"b": 1}], "": 2, "0": 3, "c/d": {"~": 4}, "07": 5}),
        ("a[0].b", 1),
        ("$.a[0].b", 1),
        ("a.0.b", 1),
        ("/a/0/b", 1),
        ("/", 2),
        ("0", 3),
        ("/c~1d/~0", 4),
        ("07", 5),
        ("a.00", None),
        ("a[1].b", None),
        ("a.b", None),
        ("a[0].b.c", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, found: Any) -> None:
    value = {"a": [{"b": 1}], "": 2, "0": 3, "c/d": {"~": 4}, "07": 5}
    assert at(Node(value, "$", "x"), steps(path)).value == found


@given(st.text(st.sampled_from("ab.[]/~$01 \u0661"), max_size=12) | st.text(max_size=600))
def test_any_text_is_a_path_or_a_value_error(path: str) -> None:
    with suppress(ValueError):
        at(Node({"a": [[{"b": 1}]]}, "$", "x"), steps(path))


# -- the worst

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ("", "/x", "http://[", "javascript:x", "draft", "2026-02-03", "Tue, 99 Feb 2026", "3 Feb 99999", "&#x110000;")
    )
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
_keys = st.sampled_from(
    (
        *(
            "id",
            "url",
            "title",
            "content",
            "content_html",
            "summary",
            "excerpt",
            "date",
            "updated",
            "authors",
            "author",
        ),
        *("categories", "tags", "image", "image_alt", "language", "status", "draft", "published", "visibility"),
        *("items", "data", "next", "cursor", "name", "rendered", "version"),
    )
)
_items = st.dictionaries(_keys, _values | st.dictionaries(_keys, _values, max_size=3), max_size=8)


@given(
    _values | st.lists(_values | _items, max_size=4) | st.dictionaries(_keys, _values | st.lists(_items), max_size=4),
    st.sampled_from(["none", "page", "offset", "cursor", "next", "link"]),
    st.sampled_from(["", "unix", "unix-ms", "%d.%m.%Y"]),
)
def test_U14_whatever_an_api_answers_is_posts_rejects_or_one_failure(value: Any, style: str, form: str) -> None:
    body = json.dumps(value).encode("utf-8", "replace")
    client = Fake(lambda *_: (200, {"content-type": "application/json", "link": "<,>; rel=next, <"}, body))
    source = opened(
        "json",
        client,
        url=URL,
        paging=paging(style),
        date_format=form,
        limits={"listing_pages": 3, "broken_share": 1},
    )
    try:
        pulled = source.pull({}, "", NOW)
    except UpstreamFailed:
        return
    assert len({change.locator for change in pulled.changes}) == len(pulled.changes)
