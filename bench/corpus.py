"""Generated newsrooms: deterministic, bilingual, of any size. The same arguments give the same bytes everywhere.

A post weighs about 4 KB and has what real ones have: an excerpt, an image, a list, links, in one of five a table, in
another a Liquid variable. Its words are drawn from a vocabulary, so that compression finds about as much as in real
text.
"""

from __future__ import annotations

import random
import struct
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

CONFIG: Final = """title: 벤치 뉴스 Bench News
url: https://bench.example.org
timezone: Asia/Seoul
lang: ko-KR
permalink: pretty
author: {name: Desk, email: desk@bench.example.org}
"""

KOREAN: Final = """
정부가 새로운 기본계획을 발표했다 전문가들은 시장의 변화를 신중하게 지켜보고 있으며 지역 주민의 의견도
함께 듣기로 했다 이번 조치는 내년부터 단계적으로 시행된다 한강 남쪽 도서관에서 열린 회의에는 시민 단체와
기업 관계자 백여 명이 참석해 예산과 일정을 두고 토론했다 교육청은 학교 급식의 품질을 높이려고 농가와 계약을
맺었고 기상청은 주말에 비가 내린 뒤 기온이 크게 떨어질 것으로 내다봤다 연구진은 바다 온도가 빠르게 오르는
까닭을 밝히기 위해 위성 자료를 분석하였다
"""
ENGLISH: Final = """
the council published its plan on Tuesday and experts expect a slow start while residents asked for clear dates first
stage begins next spring to be reviewed after one year budget talks continue between city officials local companies
teachers farmers along river where new bridge school library station opened despite heavy rain forecast researchers
measured rising water temperature with satellite data from several coastal towns around peninsula
"""
ROOM: Final = 6 * 3600
"""Seconds that each post has of its own; fewer in an archive that would begin before :data:`SPAN`."""
SPAN: Final = 50 * 365 * 86_400
"""Seconds that an archive goes back at most: a date before 1970 is an error."""
PICTURES: Final = 97
"""Files that the posts' pictures are."""

_WORDS: Final = {text: text.split() for text in (KOREAN, ENGLISH)}


def post(number: int, posts: int, categories: int, seed: int = 7, *, bare: bool = False) -> tuple[str, str]:
    """File name and text of one post; the last number is the newest. One in three is in English.

    A ``bare`` one names neither tags nor an author: the site's own writes it, and its category is its only term.
    """
    chance = random.Random(f"{seed}:{number}")
    # A local time without a zone, as authors write it; each post has six hours of its own, so numbers order them.
    room = ROOM if posts * ROOM <= SPAN else SPAN // posts
    late = chance.randrange(300) * 60 * room // ROOM
    date = datetime(2025, 6, 1) - timedelta(seconds=room * (posts - number) + late)  # noqa: DTZ001
    english = number % 3 == 0
    title = f"Report {number}: the river" if english else f"보도 {number}: 한강의 아침"
    tags = f"\ntags: [{', '.join(f'tag{chance.randrange(200)}' for _ in range(3))}]"
    paragraphs = "\n\n".join(
        f"{_prose(chance, english, 5)} **{number}-{i}** [link](/posts/{chance.randrange(posts)}/) "
        f"and *{chance.random():.6f}*."
        for i in range(7 if english else 4)
    )
    liquid = "From {{ site.title }}: {{ page.title }}.\n\n" if number % 5 == 0 else ""
    table = f"\n| a | b |\n|---|---|\n| {number} | {chance.randrange(1000)} |\n" if number % 5 == 1 else ""
    author = f"\nauthor: reporter{chance.randrange(20)}"
    if bare:
        tags = author = ""
    text = f"""---
title: "{title}"
date: {date:%Y-%m-%d %H:%M:%S} +0900
categories: [{category(number, categories)}]{tags}
lang: {"en" if english else "ko"}{author}
excerpt: >
  {_prose(chance, english, 2)}
image: /assets/{number % 50}.png
---

{paragraphs}

## {title}

{liquid}![picture](/assets/{number % PICTURES}.png)

- {_prose(chance, english, 1)}
- {_prose(chance, english, 1)}
{table}"""
    return f"{date:%Y-%m-%d}-{'report' if english else '보도'}-{number}.md", text


def category(number: int, categories: int) -> str:
    """The one category of a post."""
    return f"분류{number % categories}"


def write(root: Path, posts: int, categories: int, *, bare: bool = False) -> None:
    """A Jekyll site of that many posts below ``root``."""
    folder = root / "_posts"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "_config.yml").write_text(CONFIG, "utf-8")
    assets = root / "assets"
    assets.mkdir(exist_ok=True)
    for number in range(PICTURES):
        (assets / f"{number}.png").write_bytes(_picture(1200 + number, 630))
    for number in range(posts):
        name, text = post(number, posts, categories, bare=bare)
        (folder / name).write_text(text, "utf-8")


def _picture(width: int, height: int) -> bytes:
    """A PNG of one grey: what tells its size is what a scan reads of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _prose(chance: random.Random, english: bool, sentences: int) -> str:
    words = _WORDS[ENGLISH if english else KOREAN]
    return " ".join(" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(sentences))
