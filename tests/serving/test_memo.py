"""What the memo of request heads holds, forgets, counts, and never says (H-04, S-20)."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from service.front import POLL_SECONDS, Instant
from service.memo import MOST_BYTES, MOST_ENTRIES, OVERHEAD, Memo
from service.response import Reply
from service.settings import KIB, MIB
from tests.serving.fakes import NOW, FakePublisher, environ, front_of, make_app, newsroom, request, split, written
from tests.serving.wire import World, masked, run

HEAD = request(close=False)


async def warmed(fast: bool = True, publisher: FakePublisher | None = None, head: bytes = HEAD) -> World:
    """A world whose memo knows one head."""
    world = World(fast=fast, publisher=publisher or newsroom())
    for _ in range(2):
        await world.ask(head)
    return world


def requests_counted(world: World) -> dict[tuple[str, str], int]:
    """Answers by kind and status, as /metrics tells them."""
    page = world.front._metrics.page(world.publisher.status, NOW).decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    samples = families["feedmill_requests"].samples
    return {
        (sample.labels["kind"], sample.labels["status"]): int(sample.value)
        for sample in samples
        if sample.name.endswith("_total")
    }


def pair(path: str = "/rss.xml", app: object = None, /, method: str = "GET", **headers: str) -> tuple[Reply, Instant]:
    found = front_of(app or make_app(newsroom())).at_once(environ(path, method, **headers))
    assert found is not None
    return found


def test_a_head_is_known_once_it_was_answered_at_once() -> None:
    async def check() -> None:
        world = World(fast=True)
        answers = {masked(await world.ask(HEAD)) for _ in range(5)}
        assert len(answers) == 1
        assert (len(world.memo), world.memo.known) == (1, 3)  # a thread rendered first, then the event loop taught
        world.end()

    run(check)


def test_a_change_is_in_the_very_next_answer_after_the_poll_interval() -> None:
    async def check() -> None:
        world = await warmed()
        world.publisher.publish("site", "", "new")
        world.pass_time(POLL_SECONDS)
        assert split(await world.ask(HEAD))[2] == written("rss.xml", "new")
        world.end()

    run(check)


def test_a_turn_ends_when_the_index_is_to_be_asked_again_whoever_asked_last() -> None:
    async def check() -> None:
        world = await warmed()
        world.pass_time(POLL_SECONDS * 0.6)
        world.front.next_poll = float("-inf")
        world.front.poll()  # a thread's, in the middle of the memo's turn
        world.publisher.publish("site", "", "new")
        world.pass_time(POLL_SECONDS * 0.6)
        assert world.memo.answer(HEAD) is not None  # the memo's own turn is over, the index's is not
        world.pass_time(POLL_SECONDS * 0.41)
        assert world.memo.answer(HEAD) is None
        world.end()

    run(check)


def test_what_another_requests_poll_found_changed_is_dropped_at_once() -> None:
    async def check() -> None:
        world = await warmed()
        assert world.memo.answer(HEAD) is not None
        world.publisher.publish("site", "", "new")
        world.front.next_poll = float("-inf")
        world.front.poll()
        assert world.memo.answer(HEAD) is None
        assert len(world.memo) == 0
        world.end()

    run(check)


def test_cache_control_is_never_longer_than_until_a_scheduled_change() -> None:
    async def check() -> None:
        publisher, answers = newsroom(), []
        publisher.due = NOW + timedelta(seconds=4000)
        fast, slow = World(fast=True, publisher=publisher), World(fast=False, publisher=publisher)
        for _ in range(900):
            for world in (fast, slow):
                world.pass_time(5)
                answers.append(
                    split(await world.ask(HEAD, world.wires[0] if world.wires else None))[1]["cache-control"]
                )
        assert answers[::2] == answers[1::2]
        assert len(set(answers)) > 100
        assert fast.memo.known > 100
        for world in (fast, slow):
            world.end()

    run(check)


def test_within_the_last_turn_before_cache_control_shrinks_nothing_is_said_again() -> None:
    app = make_app(newsroom())
    front = front_of(app)
    front.answer(environ())
    policy = front._policy
    front._publisher.due = NOW + timedelta(seconds=policy.max_age + policy.stale_while_revalidate)  # type: ignore[attr-defined]  # the fake's
    for later, holds in ((0.0, False), (-0.02, False), (-0.03, True)):
        front._clock = lambda later=later: NOW + timedelta(seconds=later)  # type: ignore[misc]  # a default binds it
        _, instant = pair("/rss.xml", app)
        assert front.holds(instant) is holds


def test_a_scheduled_change_that_appears_reaches_what_is_known() -> None:
    async def check() -> None:
        world = await warmed()
        world.publisher.due = world.now + timedelta(seconds=20)
        world.pass_time()
        assert split(await world.ask(HEAD))[1]["cache-control"].startswith("max-age=19,")
        world.end()

    run(check)


def test_last_modified_in_the_future_is_never_said_from_the_memo() -> None:
    async def check() -> None:
        publisher = newsroom()
        publisher.changed_at = NOW + timedelta(seconds=10)
        world = World(fast=True, publisher=publisher)
        seen = []
        for _ in range(15):
            seen.append(split(await world.ask(HEAD))[1]["last-modified"])
            assert world.memo.known == 0 or len(seen) > 10
            world.pass_time(1)
        assert seen[0].endswith("12:00:00 GMT")
        assert seen[5].endswith("12:00:05 GMT")
        assert set(seen[10:]) == {"Sun, 22 Nov 2026 12:00:10 GMT"}
        assert world.memo.known
        world.end()

    run(check)


def test_date_is_of_the_second_and_nothing_else_changes() -> None:
    async def check() -> None:
        world = await warmed()
        dates = []
        for _ in range(40):
            found = world.memo.answer(HEAD)
            assert found is not None
            dates.append(split(found[0])[1]["date"])
            assert dates[-1] == world.now.strftime("%a, %d %b %Y %H:%M:%S GMT")
            world.pass_time(0.11)
        assert len(set(dates)) == 5
        world.end()

    run(check)


def test_a_turn_ends_with_its_second() -> None:
    async def check() -> None:
        world = await warmed()
        world.pass_time(0.99)
        assert world.memo.answer(HEAD) is not None
        world.pass_time(0.011)  # less than a turn
        found = world.memo.answer(HEAD)
        assert found is not None
        assert split(found[0])[1]["date"].endswith("12:00:01 GMT")
        world.end()

    run(check)


def test_every_answer_is_counted_with_its_kind_and_status() -> None:
    async def check() -> None:
        world = World(fast=True)
        gzip, known = request("/", "GET", "Accept-Encoding: gzip", close=False), None
        for _ in range(2):
            known = split(await world.ask(gzip))[1]["etag"]
        conditional = request("/", "GET", "Accept-Encoding: gzip", f"If-None-Match: {known}", close=False)
        for number in range(70):
            assert split(await world.ask(HEAD))[0] == 200
            assert split(await world.ask(conditional))[0] == 304
            if number % 7 == 0:
                world.pass_time(0.01)
        assert world.memo.known > 100
        world.memo._settle()
        assert requests_counted(world) == {("rss", "200"): 70, ("page", "200"): 2, ("page", "304"): 70}
        world.end()

    run(check)


def test_answers_are_counted_when_traffic_stops_and_when_their_head_was_forgotten() -> None:
    timers: list[Callable[[], None]] = []

    async def check() -> None:
        world = await warmed()
        world.memo._later = lambda _, call: timers.append(call)
        for _ in range(5):
            assert world.memo.answer(HEAD) is not None
        assert len(timers) == 1
        world.memo._drop(HEAD)
        timers.pop()()
        assert requests_counted(world)["rss", "200"] == 2 + 5
        world.end()

    run(check)


def test_in_an_event_loop_the_timer_is_the_loops() -> None:
    async def check() -> None:
        world = await warmed()
        memo = Memo()
        found = world.front.at_once(environ())
        assert found is not None
        memo.learn(HEAD, *found)
        for _ in range(3):
            assert memo.answer(HEAD) is not None
        for _ in range(200):
            await asyncio.sleep(POLL_SECONDS / 2)
            if requests_counted(world)["rss", "200"] == 2 + 1 + 3:
                break
        assert requests_counted(world)["rss", "200"] == 2 + 1 + 3
        world.end()

    run(check)


def test_S20_random_heads_paths_and_queries_grow_it_to_its_bound_and_no_further() -> None:
    dice, bound = random.Random(20), 256 * KIB
    app = make_app(newsroom())
    for path in ("/rss.xml", "/atom.xml"):
        front_of(app).answer(environ(path))
    memo = Memo(entries=2000, octets=bound, later=lambda *_: None)
    found = [pair(path, app, if_none_match=tag) for path in ("/rss.xml", "/atom.xml") for tag in ("", "*")]

    def flood(count: int) -> None:
        for number in range(count):
            noise = f"{dice.getrandbits(80):x}"
            head = request(f"/rss.xml?{noise}", "GET", f"X-{noise}: {'x' * dice.randrange(600)}", close=False)
            memo.learn(head, *found[number % len(found)])
            memo.answer(head)
            memo.answer(head + b"x")
            assert memo.size <= bound

    tracemalloc.start()
    flood(1500)
    used, _ = tracemalloc.get_traced_memory()
    flood(3000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < bound * 1.1, "what is counted is less than what is used"
    assert after - used < bound * 0.2
    assert memo.size == sum(entry.size for entry in memo._entries.values())


def test_what_an_entry_costs_is_not_more_than_it_is_counted_with() -> None:
    app = make_app(newsroom())
    front_of(app).answer(environ())
    reply, instant = pair("/rss.xml", app, if_none_match="*")
    memo = Memo(later=lambda *_: None)
    heads = [request(f"/rss.xml?{number}", close=False) for number in range(4000)]
    tracemalloc.start()
    for head in heads:
        _, own = pair("/rss.xml", app, if_none_match="*")
        memo.learn(head + b"", reply, own)
        memo.answer(head)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert instant.status == 304
    assert len(memo) == 4000
    assert used + sum(map(len, heads)) < memo.size < 2 * used, "the heads themselves were made before"


def test_its_bounds_are_far_below_what_a_process_may_grow_by() -> None:
    assert MOST_BYTES + MOST_ENTRIES * 200 < 20 * MIB
    assert MOST_ENTRIES * OVERHEAD < MOST_BYTES


def test_the_oldest_entries_leave_first_and_learning_again_makes_young() -> None:
    app = make_app(newsroom())
    front_of(app).answer(environ())
    found = pair("/rss.xml", app)
    memo = Memo(entries=3, later=lambda *_: None)
    for head in (b"a", b"b", b"c", b"a", b"d"):
        memo.learn(head, *found)
    assert [head for head in (b"a", b"b", b"c", b"d") if memo.answer(head)] == [b"a", b"c", b"d"]
    assert len(memo) == 3


def test_a_head_that_would_take_a_sixteenth_of_the_memory_is_not_learned() -> None:
    app = make_app(newsroom())
    front_of(app).answer(environ())
    found = pair("/rss.xml", app)
    memo = Memo(octets=64 * KIB * 16, later=lambda *_: None)
    for length, known in ((1000, True), (64 * KIB, False)):
        memo.learn(head := b"x" * length, *found)
        assert (memo.answer(head) is not None) is known
    memo.learn(b"x" * 1000, Reply(200, [("X", "x" * 64 * KIB)]), found[1])
    assert (len(memo), memo.size) == (0, 0), "what was known under that head is forgotten too"


def test_a_resource_that_the_front_dropped_is_not_kept_alive_by_the_memo() -> None:
    async def check() -> None:
        publisher, dice = newsroom(), random.Random(3)
        for number in range(80):
            publisher.bodies["tag", f"t{number}"] = dice.randbytes(50_000).hex()
        world = World(fast=True, publisher=publisher, front_bytes=1 * MIB)
        heads = [request(f"/tags/t{number}/rss.xml", close=False) for number in range(80)]
        for head in heads[:10]:  # whatever is made once is made now
            await world.ask(head)
        wire = world.connect()
        tracemalloc.start()
        for head in heads:
            for _ in range(3):
                await world.ask(head, wire)
                wire.sent.clear()
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert world.memo.known >= 80
        assert world.front.store.size() <= 1 * MIB
        assert used < 2 * MIB, "80 documents of 100 KB were kept"
        assert world.memo.answer(heads[0]) is None
        assert world.memo.answer(heads[-1]) is not None
        assert split(await world.ask(heads[0]))[0] == 200
        world.end()

    run(check)


def test_the_body_is_the_resources_own() -> None:
    async def check() -> None:
        publisher = newsroom()
        publisher.bodies["tag", "big"] = "x" * 100_000
        head = request("/tags/big/rss.xml", close=False)
        world = await warmed(publisher=publisher, head=head)
        found = world.memo.answer(head)
        kept = world.front.store._kept.get("/tags/big/rss.xml")
        assert found is not None
        assert kept is not None
        assert found[1] is kept.resource.representation("identity").body
        assert world.memo.size < 10 * KIB
        assert b"".join(found) == await world.ask(head)
        world.end()

    run(check)


def test_a_head_request_is_answered_without_a_body_however_its_head_begins() -> None:
    async def check() -> None:
        for before in (b"", b"\r\n", b"\r\n\r\n"):
            head = before + request("/rss.xml", "HEAD", close=False)
            world = await warmed(head=head)
            wire = world.connect()
            for _ in range(3):
                assert (await world.ask(head, wire)).endswith(b"\r\n\r\n")
            world.end()

    run(check)
