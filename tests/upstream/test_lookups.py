"""Look-ups that never end: they cost who asked for them their time, and nobody else anything (U-02)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from ipaddress import ip_network

import pytest

from service.upstream import lookups
from service.upstream.guard import Guard

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


class Resolver:
    """Knows ``good.example``; any other name it answers for once it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()

    def __call__(self, host: str, _: int) -> Sequence[str]:
        self.asked.append(host)
        if host != "good.example":
            self.let_go.wait(10)
        return ["127.0.0.1"]


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    resolver = Resolver()
    yield resolver
    resolver.let_go.set()


def hang(guard: Guard, *hosts: str) -> None:
    for host in hosts:
        with pytest.raises(TimeoutError):
            guard.addresses(host, 80, 0.001)


def test_U02_look_ups_that_hang_hold_up_no_other_host(resolver: Resolver) -> None:
    guard = Guard(LOOPBACK, resolver=resolver)
    hang(guard, *(f"{number}.example" for number in range(20)))
    assert guard.addresses("good.example", 80, 5.0) == ["127.0.0.1"]


def test_U02_a_host_whose_look_up_hangs_is_asked_for_once_and_all_who_wait_get_its_answer(resolver: Resolver) -> None:
    guard = Guard(LOOPBACK, resolver=resolver)
    hang(guard, *["slow.example"] * 20)
    resolver.let_go.set()
    assert guard.addresses("slow.example", 80, 5.0) == ["127.0.0.1"]
    assert resolver.asked.count("slow.example") <= 2, "the one that hung, and one after it where that was over"


def test_U02_what_hangs_is_bounded_and_addresses_are_asked_all_the_same(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MOST", 3)
    guard = Guard(LOOPBACK, resolver=resolver)
    hang(guard, "a.example", "b.example", "c.example")
    with pytest.raises(OSError, match="3 names"):
        guard.addresses("good.example", 80, 5.0)
    for host, address in (("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("::1", "::1")):
        assert guard.addresses(host, 80, 5.0) == [address]
    assert resolver.asked == ["a.example", "b.example", "c.example"]


def test_U02_what_a_resolver_fails_with_is_told_to_everybody_and_forgotten() -> None:
    answers = iter([socket.gaierror(-2, "Name or service not known"), None])

    def resolver(*_: object) -> Sequence[str]:
        error = next(answers)
        if error is not None:
            raise error
        return ["127.0.0.1"]

    guard = Guard(LOOPBACK, resolver=resolver)
    with pytest.raises(socket.gaierror):
        guard.addresses("x.example", 80, 5.0)
    assert guard.addresses("x.example", 80, 5.0) == ["127.0.0.1"]
