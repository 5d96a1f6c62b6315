"""What is settled without asking comes to the same as what is asked for, key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content.scalars import Position, Value
from service.errors import Problem, Rejected
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import assembling, jekyll, jekyll_terms, media
from service.sources.dialects import Detected, Dialect, open_dialect
from service.sources.files import Tree
from service.sources.keys import Keys
from service.sources.source import Fields
from service.sources.walk import Entry
from tests.sources.support import png, write

KINDS = ("jekyll", "eleventy", "hugo", "zola")
PLACES = {
    "jekyll": "news/_posts/2024-05-01-한강의-a..b.md",
    "eleventy": "posts/a.md",
    "hugo": "content/posts/a.md",
    "zola": "content/posts/a.md",
}
USUAL = (
    "title",
    "date",
    "categories",
    "tags",
    "author",
    "lang",
    "excerpt",
    "description",
    "image",
    "feature_image",
    "layout",
)
VALUES = (
    *("", "~", "true", "no", "'false'", "0", "3.10", "a", "'a,  b'", "한강 소식", "ko", "en_GB", "'{{ x }} <b>&amp;'"),
    *("2024-05-01", "2024-05-01 10:00:00 +0900", "2024-02-30", "2024-05-01 10:00:00", "2099-05-01T10:00:00+09:00"),
    *("/a.png", "b.png", "https://x.example/a.mp3", "//x.example/", "javascript:1", "/:title/", "/:nothing", "noindex"),
    *(
        "[no, 2024]",
        "['no', '2024']",
        "no 3.10",
        "'3.10'",
        "[a, 'no', no, ~]",
        "[[a], {b: c}]",
        "{a: b}",
        "{excerpt_only: true}",
        "{name: Kim, twitter: kim}",
        "kim",
    ),
    *(
        "{path: /a.png, width: x}",
        "{url: /a.mp3, length: 9}",
        "{exclude: yes}",
        "x" * 300,
        f"[{', '.join('abc' * 90)}]",
    ),
)


class Never(frozenset[str]):
    """Keys of which one always seems to be there."""

    def isdisjoint(self, *_: object) -> bool:
        return False


class Asked(dict[str, Value]):
    """Front matter that remembers what it was asked for."""

    asked: set[str]

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Value:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


class Site:
    """One post's place in an opened site of a kind."""

    def __init__(self, root: Path, kind: Any) -> None:
        name = PLACES[kind]
        files = {name: "x", "a.png": png(3, 2), "static/a.png": png(3, 2), "_data/authors.yml": "kim: {name: 김}\n"}
        config = "url: https://x.example\nbaseurl: /b\ntimezone: Asia/Seoul\nauthor: Desk\n"
        if kind == "jekyll":
            files["_config.yml"] = config
        write(root, {place: text if isinstance(text, bytes) else text.encode() for place, text in files.items()})
        self.tree = Tree(root, follow=True, clock=lambda: 1_790_000_000.0)
        site = SiteSettings(url="https://x.example/b", timezone="Asia/Seoul")
        self.dialect: Dialect = open_dialect(
            Detected(kind, "", ""), self.tree, SourceSettings(path=root, kind=kind), site, LimitSettings()
        )
        listing = self.tree.walk(self.dialect.enter, self.dialect.wanted)
        (self.entry,) = (item for item in listing.items if isinstance(item, Entry) and item.path == name)

    def says(self, text: str) -> tuple[Fields, tuple[Problem, ...]] | tuple[Problem, ...]:
        try:
            return self.dialect.understand(self.entry, text, self.tree)
        except Rejected as error:
            return error.problems


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("jekyll"), "jekyll")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    found: set[str] = set()

    class Recording(Keys):
        def __init__(self, values: Mapping[str, Value], positions: Mapping[str, Position], path: str) -> None:
            super().__init__(Asked(values), positions, path)

    monkeypatch.setattr(Asked, "asked", found, raising=False)
    monkeypatch.setattr(jekyll, "Keys", Recording)
    yield found


def front(values: Mapping[str, str]) -> str:
    return "".join(("---\n", *(f"{key}: {value}\n" for key, value in values.items()), "---\nText {{ x }}\n"))


def test_the_rare_keys_of_jekyll_are_all_that_a_post_without_them_is_not_asked_for(
    blog: Site, asked: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in VALUES:
        blog.says(front(dict.fromkeys(USUAL, value)))
        blog.says(front({"title": value}))
    usual = set(asked)
    monkeypatch.setattr(jekyll, "_RARE", rare := Never(jekyll._RARE))
    monkeypatch.setattr(jekyll, "SELDOM", Never())
    monkeypatch.setattr(jekyll_terms, "RARE", Never())
    for key in rare:
        for value in VALUES:
            blog.says(front({"title": "A", key: value}))
    assert usual >= {"title", "date", "categories"}
    assert asked - usual <= rare


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(USUAL), st.sampled_from(VALUES)),
    st.dictionaries(st.sampled_from(sorted(jekyll._RARE)), st.sampled_from(VALUES), max_size=1),
)
def test_a_post_says_the_same_whether_it_is_asked_for_each_key_or_not(
    site: Site, usual: dict[str, str], few: dict[str, str]
) -> None:
    text = front(usual | few)
    said = site.says(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jekyll, "_RARE", Never())
        patch.setattr(
            media.Shown, "of", lambda by, keys, tree: media.images(keys, by._resolve, partial(by._album.look, tree))
        )
        patch.setattr(jekyll, "SELDOM", Never())
        patch.setattr(jekyll_terms, "RARE", Never())
        patch.setattr(assembling, "SELDOM", Never())
        assert site.says(text) == said
