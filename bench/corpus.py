"""Generated newsrooms: deterministic, bilingual, of any size. The same arguments give the same bytes everywhere."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

CONFIG = """title: 벤치 뉴스 Bench News
url: https://bench.example.org
timezone: Asia/Seoul
lang: ko-KR
permalink: pretty
author: {name: Desk, email: desk@bench.example.org}
"""

KOREAN = (
    "정부가 새로운 기본계획을 발표했다. 전문가들은 시장의 변화를 신중하게 지켜보고 있으며, 지역 주민의 의견도 함께 "
    "듣기로 했다. 이번 조치는 내년부터 단계적으로 시행된다."
)
ENGLISH = (
    "The council published its plan on Tuesday. Experts expect a slow start, and residents asked for clear dates. "
    "The first stage begins next spring and is to be reviewed after a year."
)


def post(number: int, posts: int, categories: int, seed: int = 7) -> tuple[str, str]:
    """File name and text of one post; the last number is the newest. About 4 KB, one in three in English."""
    chance = random.Random(f"{seed}:{number}")
    date = datetime(2025, 6, 1) - timedelta(hours=6 * (posts - number), minutes=chance.randrange(300))  # noqa: DTZ001 - a local time, as authors write it
    english = number % 3 == 0
    sentence = ENGLISH if english else KOREAN
    title = f"Report {number}: the river" if english else f"보도 {number}: 한강의 아침"
    category = number % categories
    tags = ", ".join(f"tag{chance.randrange(200)}" for _ in range(3))
    paragraphs = "\n\n".join(
        f"{sentence * 2} **{number}-{i}** [link](/posts/{chance.randrange(posts)}/) and *{chance.random():.6f}*."
        for i in range(6 if english else 4)
    )
    text = f"""---
title: "{title}"
date: {date:%Y-%m-%d %H:%M:%S} +0900
categories: [분류{category}]
tags: [{tags}]
lang: {"en" if english else "ko"}
author: reporter{chance.randrange(20)}
excerpt: >
  {sentence}
image: /assets/{number % 50}.jpg
---

{paragraphs}

## {title}

- {sentence}
- one, two, three

| a | b |
|---|---|
| {number} | {chance.randrange(1000)} |
"""
    return f"{date:%Y-%m-%d}-{'report' if english else '보도'}-{number}.md", text


def write(root: Path, posts: int, categories: int = 50) -> Path:
    """A Jekyll site of that many posts below ``root``."""
    folder = root / "_posts"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "_config.yml").write_text(CONFIG, "utf-8")
    for number in range(posts):
        name, text = post(number, posts, categories)
        (folder / name).write_text(text, "utf-8")
    return root
