"""S-17: a thousand aggregators at the same moment, on a thousand connections."""

from __future__ import annotations

import time
from collections import Counter

from service.paths import Target
from tests.serving.fakes import LONG, request, split, written
from tests.serving.wire import World, run

HERD = 1000
PATHS = ("/rss.xml", "/atom.xml", "/categories/news/rss.xml")
CODINGS = ("identity", "gzip", "br")


async def tags(world: World) -> dict[tuple[str, str], str]:
    """The tag of each path in each coding."""
    known = {}
    for path in PATHS:
        for coding in CODINGS:
            known[path, coding] = split(await world.ask(question(path, coding)))[1]["etag"]
    return known


def question(path: str, coding: str, tag: str = "") -> bytes:
    lines = [f"If-None-Match: {tag}"] if tag else []
    return request(path, "GET", f"Accept-Encoding: {coding}", *lines, close=False)


async def herd(world: World, known: dict[tuple[str, str], str]) -> list[tuple[tuple[str, str], bytes]]:
    """Everyone asks before anyone is answered."""
    kinds = [*known]
    asked = [(kinds[number % len(kinds)], world.connect()) for number in range(HERD)]
    for kind, wire in asked:
        wire.waiting.append(question(*kind, known[kind]))
        wire.deliver()
    await world.quiet()
    return [(kind, bytes(wire.sent)) for kind, wire in asked]


def test_S17_at_expiry_nothing_is_rendered_and_everyone_hears_304() -> None:
    async def check() -> None:
        world = World(fast=True)
        known = await tags(world)
        rendered = len(world.publisher.rendered)
        for _ in range(3):
            world.pass_time(300)
            for kind, answer in await herd(world, known):
                status, headers, body = split(answer)
                assert (status, headers["etag"], body) == (304, known[kind], b"")
        assert len(world.publisher.rendered) == rendered
        assert world.memo.known > HERD
        world.end()

    run(check)


def test_S17_after_a_change_each_document_is_rendered_once_and_everyone_gets_it() -> None:
    async def check() -> None:
        world = World(fast=True)
        known = await tags(world)
        world.publisher.rendered.clear()
        world.publisher.before_render = lambda _: time.sleep(0.05)  # so that the herd gathers before the first lands
        world.publisher.publish("site", "", f"new {LONG}")
        world.pass_time()
        answers, identity = await herd(world, known), {}
        for (path, coding), answer in answers:
            status, headers, body = split(answer)
            if path.startswith("/categories"):
                assert status == 304
                continue
            assert status == 200
            assert headers["etag"] != known[path, coding]
            assert headers.get("content-encoding", "identity") == coding
            assert len(body) == int(headers["content-length"])
            assert identity.setdefault((path, coding), answer.partition(b"etag")[2]) == answer.partition(b"etag")[2]
            if coding == "identity":
                assert body == written(path[1:], f"new {LONG}")
        assert sorted(target.document for target in world.publisher.rendered) == ["atom.xml", "rss.xml"]
        world.end()

    run(check)


def test_S17_a_change_while_the_herd_is_answered_leaves_two_generations_at_most() -> None:
    async def check() -> None:
        world = World(fast=True)
        known = await tags(world)
        world.publisher.rendered.clear()

        def overtaken(_: Target) -> None:
            world.publisher.before_render = lambda _: None
            time.sleep(0.02)
            world.publisher.publish("site", "", "second")
            world.pass_time()

        world.publisher.before_render = overtaken
        world.publisher.publish("site", "", "first")
        world.pass_time()
        first, second = written("rss.xml", "first"), written("rss.xml", "second")
        asked = ("/rss.xml", "identity")
        assert {split(answer)[2] for kind, answer in await herd(world, known) if kind == asked} <= {first, second}
        assert split(await world.ask(question(*asked)))[2] == second
        assert max(Counter(world.publisher.rendered).values()) <= 2
        world.end()

    run(check)
