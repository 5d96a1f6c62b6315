"""The same posts give the same bytes: whatever the clock, the locale, the time zone, the hash seed or the process."""

from __future__ import annotations

import hashlib
import locale
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import pytest
from feedgen.feed import FeedGenerator

from feeds import atom, jsonfeed, rss
from feeds.formats import FORMATS, assemble
from tests.feeds.cases import CASES
from tests.feeds.plain_posts import CHANNEL, SITE, a_post

DIGEST = "from tests.feeds.test_determinism import digest; print(digest())"


def digest() -> str:
    """Of every document of the golden corpus, each part of it rendered now."""
    for module in (rss, atom, jsonfeed):
        module.head.cache_clear()
    state = hashlib.sha256()
    for case in CASES:
        for form in FORMATS.values():
            state.update(case.document(form))
    return state.hexdigest()


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class _FarFuture(datetime, metaclass=_AnyDatetime):
    """A clock far off; real datetimes still pass as its instances, because feedgen checks what it is given."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime(2222, 2, 2, tzinfo=tz or UTC)


def test_feedgen_reads_the_clock_but_no_document_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest()
    for module in ("feedgen.feed.datetime", "feedgen.entry.datetime"):
        monkeypatch.setattr(module, _FarFuture)
    assert FeedGenerator().updated().year == 2222
    assert digest() == before


def test_no_date_touches_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("locale.setlocale is process-wide and not thread-safe")

    monkeypatch.setattr(locale, "setlocale", refuse)
    digest()


def test_another_process_zone_locale_and_hash_seed_give_the_same_bytes() -> None:
    root = Path(__file__).parents[2]
    for seed, zone in (("1", "Asia/Seoul"), ("4242", "America/St_Johns")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(root)}
        run = subprocess.run([sys.executable, "-c", DIGEST], env=environment, cwd=root, capture_output=True, check=True)
        assert run.stdout.decode().strip() == digest()


def test_equal_moments_in_different_zones_give_the_same_bytes() -> None:
    in_utc = datetime(2024, 5, 1, 20, tzinfo=UTC)
    in_seoul = in_utc.astimezone(timezone(timedelta(hours=9)))
    for form in FORMATS.values():
        documents = {
            assemble(
                form,
                replace(CHANNEL, updated=moment),
                SITE,
                [form.entry(a_post(published=moment, updated=moment), SITE, True)],
            )
            for moment in (in_utc, in_seoul)
        }
        assert len(documents) == 1
