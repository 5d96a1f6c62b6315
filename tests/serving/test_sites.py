"""Several sites in one process: Host picks one of them, and each answers as if it were alone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.errors import StorageUnavailable
from service.front import POLL_SECONDS
from service.hooks import Hook, Hooks
from service.hosts import ByHost, host_of
from service.settings import Settings
from service.status import SourceStatus, Status
from tests.serving import signing
from tests.serving.fakes import HEALTHY, NOW, READY, FakePublisher, newsroom, request, split, written
from tests.serving.test_at_once import CHANGES, Change, Send, change, play, polls, requests
from tests.serving.wire import World, masked, run

MAIN, OTHER, THIRD = "main.example", "other.example", "xn--3e0b707e.example"


def blog(text: str) -> FakePublisher:
    return FakePublisher({("site", ""): text, ("category", "news"): f"news of {text}"})


def world(fast: bool = True) -> World:
    return World(fast, others={OTHER: blog("other"), THIRD: blog("third")})


def alone(host: str) -> World:
    return World(True, {OTHER: blog("other"), THIRD: blog("third")}.get(host) or newsroom())


def to(host: str, head: bytes) -> bytes:
    """The same request for another host."""
    return re.sub(rb"(?i)host: ?(?:a|localhost)\r\n", f"Host: {host}\r\n".encode(), head, count=1)


def get(host: str, path: str = "/rss.xml", *lines: str) -> bytes:
    return to(host, request(path, "GET", *lines, close=False))


# -- who answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "site"),
    [
        *((OTHER, "other"), (OTHER.upper(), "other"), (f"{OTHER}.", "other"), (f"{OTHER}:8080", "other")),
        *((f"{OTHER}.:443", "other"), (f"{OTHER}:", "other"), (f"  {OTHER}  ", "other"), (THIRD.upper(), "third")),
        *((MAIN, ""), ("unknown.example", ""), (f"x.{OTHER}", ""), (f"{OTHER}.evil.example", ""), ("127.0.0.1", "")),
        *(("[::1]:8000", ""), ("localhost", ""), ("other%2Eexample", ""), ("other_example", "")),
    ],
)
def test_H02_host_selects_among_the_sites_and_else_the_default_one_answers(host: str, site: str) -> None:
    want = blog(site).bodies["site", ""] if site else newsroom().bodies["site", ""]

    async def check() -> None:
        for fast in (True, False):
            asked = world(fast)
            for _ in range(3):
                assert split(await asked.ask(get(host)))[2] == written("rss.xml", want)
            asked.end()

    run(check)


def test_H03_no_other_header_selects_a_site() -> None:
    lines = [
        *(f"X-Forwarded-Host: {OTHER}", f"Forwarded: host={OTHER}", f"X-Host: {OTHER}", f"X-Original-Host: {OTHER}"),
        *(f"Host_: {OTHER}", f"X-Forwarded-Server: {OTHER}", f"Origin: http://{OTHER}", f"Referer: http://{OTHER}/"),
    ]

    async def check() -> None:
        asked = world()
        plain = masked(await asked.ask(get(MAIN)))
        for line in lines:
            for _ in range(3):
                assert masked(await asked.ask(get(MAIN, "/rss.xml", line))) == plain
        asked.end()

    run(check)


def test_H02_no_host_is_the_default_site_and_two_are_refused() -> None:
    async def check() -> None:
        asked = world()
        assert split(await asked.ask(b"GET /rss.xml HTTP/1.0\r\n\r\n"))[2] == written(
            "rss.xml", newsroom().bodies["site", ""]
        )
        assert split(await asked.ask(b"GET /rss.xml HTTP/1.0\r\nHost: " + OTHER.encode() + b"\r\n\r\n"))[2] == written(
            "rss.xml", "other"
        )
        for twice in (get(OTHER, "/rss.xml", f"Host: {MAIN}"), get(OTHER, "/rss.xml", f"Host: {OTHER}")):
            assert split(await asked.ask(twice))[0] == 400
        asked.end()

    run(check)


def test_a_target_in_absolute_form_names_the_host_and_the_header_counts_no_more() -> None:
    """RFC 9112 §3.2.2."""

    async def check() -> None:
        for fast in (True, False):
            asked = world(fast)
            for host, target, text in (
                (MAIN, f"http://{OTHER}/rss.xml", "other"),
                (MAIN, f"HTTP://{OTHER.upper()}.:80/rss.xml", "other"),
                (OTHER, f"http://{THIRD}/rss.xml", "third"),
                (OTHER, f"http://{MAIN}/rss.xml", newsroom().bodies["site", ""]),
                (OTHER, f"http://x@{OTHER}/rss.xml", newsroom().bodies["site", ""]),
            ):
                for _ in range(3):
                    assert split(await asked.ask(get(host, target)))[2] == written("rss.xml", text), (host, target)
            asked.end()

    run(check)


@given(st.text(st.characters(codec="ascii"), max_size=30) | st.from_regex(r"[Oo]ther\.example\.?(:[0-9]{0,5})?"))
def test_a_host_has_one_form(text: str) -> None:
    name = host_of(text)
    assert name == host_of(name) or name.startswith("[") or not name.isprintable() or name.endswith((".", " "))
    assert (name == OTHER) is bool(re.fullmatch(r"\s*other\.example\.?(:.*)?\s*", text, re.IGNORECASE | re.DOTALL))


# -- each as if it were alone ------------------------------------------------------------------------------------------


SITES = st.sampled_from([MAIN, OTHER, THIRD, OTHER.upper(), f"{OTHER}:80", "unknown.example"])
CHANGED = st.builds(lambda step, host: replace(step, host=host), CHANGES, st.sampled_from(["", OTHER, THIRD]))


def test_with_memo_and_without_the_bytes_are_the_same_whatever_host_is_asked() -> None:
    known = 0
    pools = st.lists(st.builds(to, SITES, polls() | requests()), min_size=2, max_size=5)
    sends = st.builds(Send, st.integers(0, 2), st.tuples(st.integers(0, 5)), times=st.integers(1, 3))

    @given(pools, st.lists(sends | CHANGED, min_size=2, max_size=12))
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def same(pool: list[bytes], steps: list[Send | Change]) -> None:
        async def both() -> None:
            nonlocal known
            fast, slow = world(True), world(False)
            warm: list[Send | Change] = [Send(0, (number,), times=3) for number in range(3)]
            heads = [get(MAIN), get(OTHER), get(THIRD), *pool]
            assert await play(fast, heads, [*warm, *steps]) == await play(slow, heads, [*warm, *steps])
            known += fast.memo.known

        asyncio.run(both())

    same()
    assert known > 100, "the memo was hardly asked"


def test_H03_each_site_answers_byte_for_byte_as_if_it_were_alone() -> None:
    asks = st.tuples(st.sampled_from([MAIN, OTHER, THIRD]), polls(), st.integers(1, 3))

    @given(st.lists(asks | CHANGED, min_size=3, max_size=15))
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def same(steps: list[tuple[str, bytes, int] | Change]) -> None:
        async def check() -> None:
            together, apart = world(), {host: alone(host) for host in (MAIN, OTHER, THIRD)}
            everybody = [together, *apart.values()]
            for step in steps:
                for one in everybody:
                    one.pass_time()
                if isinstance(step, Change):
                    if step.what == "prefix":
                        continue
                    change(together, step)
                    if step.what == "wait":
                        for one in apart.values():
                            change(one, step)
                    else:
                        change(apart[step.host or MAIN], step)
                    continue
                host, head, times = step
                for _ in range(times):
                    asked = to(host, head)
                    assert masked(await together.ask(asked)) == masked(await apart[host].ask(asked))
            for one in everybody:
                one.end()

        asyncio.run(check())

    same()


def test_a_head_that_one_host_learned_answers_for_no_other() -> None:
    async def check() -> None:
        asked = world()
        wire = asked.connect()
        want = {MAIN: newsroom().bodies["site", ""], OTHER: "other", THIRD: "third"}
        for _ in range(4):
            for host, text in want.items():
                assert split(await asked.ask(get(host), wire))[2] == written("rss.xml", text)
        assert asked.memo.known == 3 * 2
        assert len(asked.memo) == 3
        asked.end()

    run(check)


def test_a_change_of_one_site_shows_at_the_next_poll_and_leaves_the_others_prepared() -> None:
    async def check() -> None:
        asked = world()
        for host in (MAIN, OTHER, THIRD) * 2:
            await asked.ask(get(host))
        asked.others[OTHER].publish("site", "", "new")
        asked.pass_time(POLL_SECONDS)
        assert split(await asked.ask(get(OTHER)))[2] == written("rss.xml", "new")
        for host in (MAIN, THIRD):
            assert asked.memo.answer(get(host)) is not None
        asked.end()

    run(check)


def test_a_site_that_nobody_asked_for_this_turn_is_asked_for_its_changes_when_somebody_does() -> None:
    """The memo's turn began with another site's answer."""

    async def check() -> None:
        asked = world()
        for host in (MAIN, OTHER) * 2:
            await asked.ask(get(host))
        asked.others[OTHER].publish("site", "", "new")
        asked.pass_time(POLL_SECONDS)
        assert asked.memo.answer(get(MAIN)) is not None
        assert asked.memo.answer(get(OTHER)) is None
        assert split(await asked.ask(get(OTHER)))[2] == written("rss.xml", "new")
        asked.end()

    run(check)


def test_one_site_whose_index_fails_leaves_the_others_be() -> None:
    async def check() -> None:
        for fast in (True, False):
            asked = world(fast)
            asked.others[OTHER].error = StorageUnavailable("the disk is gone")
            assert split(await asked.ask(get(OTHER)))[0] == 500
            assert split(await asked.ask(get(MAIN)))[0] == 200
            assert split(await asked.ask(get(THIRD)))[0] == 200
            asked.end()

    run(check)


def test_a_redirect_and_a_404_are_the_sites_own() -> None:
    async def check() -> None:
        asked = world()
        assert split(await asked.ask(get(MAIN, "/categories/정치/")))[0] == 301
        assert split(await asked.ask(get(OTHER, "/tags/seoul/")))[0] == 404
        assert (
            split(await asked.ask(get(OTHER, "/categories/NEWS/rss.xml")))[1]["location"] == "/categories/news/rss.xml"
        )
        asked.end()

    run(check)


# -- hooks, health, metrics --------------------------------------------------------------------------------------------


def apps(other: FakePublisher, hooks: Mapping[str, Hooks] | None = None) -> Any:
    """The application of a main site and of one beside it."""
    hooks = hooks or {}
    none = Hooks({}, None, 0)
    beside = create_app(other, Settings(), hooks=hooks.get(OTHER, none), site=OTHER, clock=lambda: NOW)
    neighbours = [beside.extensions["feedmill.neighbour"]]
    app = create_app(newsroom(), Settings(), hooks=hooks.get(MAIN, none), neighbours=neighbours, clock=lambda: NOW)
    app.wsgi_app = ByHost(app.wsgi_app, {OTHER: beside})  # type: ignore[method-assign]  # as the wiring does
    return app


def test_a_hook_is_that_of_its_own_site() -> None:
    asked: list[str] = []
    hooks = {
        host: Hooks({"blog": Hook("github", host.encode(), lambda host=host: asked.append(host))}, None, 100)  # type: ignore[misc]  # a default binds it
        for host in (MAIN, OTHER)
    }
    client = apps(blog("other"), hooks).test_client()
    for host in (MAIN, OTHER):
        for key in (MAIN, OTHER):
            answer = client.post("/hooks/blog", data=b"x", headers={"Host": host, **signing.github(b"x", key)})
            assert answer.status_code == (202 if host == key else 401)
    assert asked == [MAIN, OTHER]


def test_readyz_is_of_the_host_and_the_default_sites_lists_the_others_without_waiting_for_them() -> None:
    stale = SourceStatus("blog", NOW, "cannot be read", None, 3)
    other = blog("other")
    client = apps(other).test_client()
    for state, code in ((READY, 200), (replace(READY, sources=[stale]), 200), (Status(False, [], {}, 0, 0), 503)):
        other.state = state
        own = client.get("/readyz", headers={"Host": OTHER})
        assert own.status_code == code
        assert "sites" not in json.loads(own.data)
        default = client.get("/readyz", headers={"Host": "10.0.0.7:8000"})
        assert default.status_code == 200
        names = [source.name for source in state.sources if source.stale]
        assert json.loads(default.data)["sites"] == {OTHER: {"ready": state.ready, "stale": names}}


def test_one_site_whose_index_cannot_be_asked_is_not_ready_and_hides_nobody() -> None:
    def gone() -> Status:
        raise StorageUnavailable("the disk is gone")

    other = blog("other")
    other.status = gone  # type: ignore[method-assign]  # what an index on a lost disk does
    client = apps(other).test_client()
    assert json.loads(client.get("/readyz").data)["sites"] == {OTHER: {"ready": False, "stale": []}}
    page = client.get("/metrics").get_data(as_text=True)
    assert "feedmill_ready 1.0" in page
    assert f'feedmill_ready{{site="{OTHER}"}} 0.0' in page


def samples(page: str) -> dict[tuple[str, str], float]:
    """Values by name and site; every family is told of once."""
    families = list(text_string_to_metric_families(page))
    assert len({family.name for family in families}) == len(families)
    found: dict[tuple[str, str], float] = {}
    for family in families:
        for sample in family.samples:
            at = sample.name, sample.labels.get("site", "")
            found[at] = found.get(at, 0) + sample.value
    return found


def test_metrics_of_the_default_site_have_all_sites_and_those_of_another_its_own() -> None:
    client = apps(blog("other")).test_client()
    for host, times in ((MAIN, 2), (OTHER, 3)):
        for _ in range(times):
            client.get("/rss.xml", headers={"Host": host})
    everything = samples(client.get("/metrics").get_data(as_text=True))
    assert everything["feedmill_requests_total", ""] == 2
    assert everything["feedmill_requests_total", OTHER] == 3
    assert everything["feedmill_renders_total", OTHER] == 1
    assert everything["feedmill_ready", OTHER] == everything["feedmill_ready", ""] == 1
    assert everything["feedmill_front_bytes", OTHER] > 0
    assert everything["feedmill_source_posts", OTHER] == HEALTHY.posts
    own = samples(client.get("/metrics", headers={"Host": OTHER}).get_data(as_text=True))
    assert {site for _, site in own} == {OTHER}
    assert own["feedmill_requests_total", OTHER] == 3


def test_metrics_say_no_family_twice_and_one_site_alone_has_no_label() -> None:
    app = create_app(newsroom(), Settings(), clock=lambda: NOW)
    page = app.test_client().get("/metrics").get_data(as_text=True)
    assert "site=" not in page
    assert len(set(re.findall("# TYPE .*", page))) == len(re.findall("# TYPE .*", page))
