"""What the index promises about pages: sitemaps, addresses, translations, news, and what has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds import sitemap
from feeds.model import Image
from service.index import Index, listing
from service.index.addresses import key_of
from service.index.records import moment_of
from service.sources.source import Put
from tests.contracts.index_base import IndexTests
from tests.index.builders import CONTEXT, NOW, SITE, apply, at, drop, put, titles


def page(name: str, **fields: Any) -> Put:
    """A page without a date, such as about."""
    return put(name, None, **{"collection": "pages", "visibility": "unlisted", **fields})


def listed(index: Index, shard: int | None = None, channel: int | None = None) -> list[str]:
    """The names of the pages that sitemaps list."""
    return [row.url.removeprefix(f"{SITE}/").removesuffix(".html") for row in located(index, shard, channel)]


def located(index: Index, shard: int | None = None, channel: int | None = None) -> list[sitemap.Location]:
    """The pages that sitemaps list."""
    return [
        sitemap.Location(url, None if lastmod is None else moment_of(lastmod), tuple(filter(None, images.split("\n"))))
        for rows in index.locations(shard, channel)
        for url, lastmod, images, _ in rows
    ]


def topics(index: Index, revision: int) -> set[str]:
    """Shards, news and pages that changed since a revision."""
    return {kind for kind, _ in index.changed_since(revision) if kind in ("shard", "news", "pages")}


def found(index: Index, url: str) -> str | None:
    key = key_of(url)
    row = index.page(key) if key else None
    return None if row is None else row.locator


class ListingContract(IndexTests):
    # -- what is listed

    def test_sitemaps_list_posts_newest_first_then_pages_without_a_date(self, index: Index) -> None:
        apply(index, put("old", at(9)), page("about"), put("new", at(1)))
        assert listed(index) == ["new", "old", "about"]

    def test_H20_what_is_not_out_or_not_listed_is_in_no_sitemap(self, index: Index) -> None:
        apply(
            index,
            put("out", at(3)),
            put("later", at(-1)),
            put("gone", at(9), expires=at(1)),
            put("hidden", at(2), visibility="hidden"),
            put("draft", at(2), visibility="unlisted"),
            put("noindex", at(2), noindex=True, listed=False),
            page("404", listed=False),
            put("recipe", at(4), visibility="unlisted", collection="recipes"),
            put("recipe-to-come", at(-4), visibility="unlisted", collection="recipes"),
        )
        assert listed(index) == ["out", "recipe"]
        index.advance(at(-1))
        assert listed(index) == ["later", "out", "recipe"]
        index.advance(at(-4))
        assert listed(index) == ["recipe-to-come", "later", "out", "recipe"]

    def test_a_page_on_another_host_is_in_feeds_and_in_no_sitemap(self, index: Index) -> None:
        index.enroll(["posts", "partner"], NOW)
        apply(index, put("own", translation="x"), put("old", at(1), url="http://EXAMPLE.org:80/old"))
        away = put("away", at(2), url="https://partner.example/away", translation="x", language="de")
        apply(index, away, source="partner", context=replace(CONTEXT, url="https://partner.example"))
        assert titles(index) == ["Own", "Old", "Away"]
        assert listed(index) == ["own", "http://EXAMPLE.org:80/old"]
        assert [row.fields.title for row in index.news()] == ["Own", "Old"]
        assert len(index.translations(["x"])["x"]) == 1

    def test_a_site_that_moves_to_another_host_lists_the_pages_there(self, index: Index) -> None:
        index.enroll(["posts", "partner"], NOW)
        other = replace(CONTEXT, url="https://partner.example")
        apply(index, put("b", at(2), url="https://partner.example/b"), source="partner", context=other)
        assert listed(index) == ["https://partner.example/b"], "nobody before it says where the site is"
        apply(index, put("a", at(1)))
        assert listed(index) == ["a"]
        index.enroll(["partner", "posts"], NOW)
        assert listed(index) == ["https://partner.example/b"]
        apply(index, source="partner", context=replace(other, url="https://example.org"))
        assert listed(index) == ["a"]

    def test_a_channel_lists_its_own_posts_only(self, index: Index) -> None:
        apply(index, put("a", at(1), tags=("x",)), put("b", at(2)), put("c", at(3), tags=("x",), listed=False))
        row = index.channel("tag", "x")
        assert row is not None
        assert listed(index, channel=row.number) == ["a"]

    def test_lastmod_is_the_authors_date_and_a_page_without_one_has_none(self, index: Index) -> None:
        apply(index, put("a", at(9), updated=at(2)), put("b", at(3)), page("about"), page("contact", updated=at(5)))
        dates = {row.url.rpartition("/")[2]: row.lastmod for row in located(index)}
        assert dates == {"a.html": at(2), "b.html": at(3), "about.html": None, "contact.html": at(5)}

    def test_pictures_go_along(self, index: Index) -> None:
        apply(index, put("a", images=(Image(f"{SITE}/1.png"), Image(f"{SITE}/2.png"), Image(f"{SITE}/1.png"))))
        assert [row.images for row in located(index)] == [(f"{SITE}/1.png", f"{SITE}/2.png")]

    def test_a_page_where_a_post_is_stands_once(self, index: Index) -> None:
        apply(index, put("a", at(1)), page("b", url=f"{SITE}/a.html"))
        assert listed(index) == ["a"]

    def test_pages_and_their_channels_can_be_asked_for_in_one_go(self, index: Index) -> None:
        apply(
            index,
            put("a", at(1), tags=("y", "x"), categories=("c",)),
            put("b", at(2), tags=("x",)),
            page("c", url=f"{SITE}/a.html"),
            page("d"),
            put("later", at(-1)),
        )
        keys = [key_of(f"{SITE}/{name}") or "" for name in ("a.html", "b.html", "d.html", "later.html", "none.html")]
        alone = {key: row for key in keys if (row := index.page(key)) is not None}
        assert [row.locator for row in alone.values()] == ["a.md", "b.md", "d.md"]
        assert index.pages_at(keys) == alone
        numbers = [row.number for row in alone.values()]
        assert index.channels_of_each([*numbers, 4711]) == {
            **{number: index.channels_of(number) for number in numbers},
            4711: [],
        }
        assert [row.label for row in index.channels_of(numbers[0])] == ["", "c", "y", "x", "en"]

    def test_the_channels_of_pages_do_not_depend_on_which_were_asked_for_before(
        self, index: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        apply(index, *(put(f"p{n}", at(n + 1), tags=(f"t{n}", f"t{n + 1}"), categories=("c",)) for n in range(6)))
        numbers = [row.number for n in range(6) if (row := index.page(key_of(f"{SITE}/p{n}.html") or ""))]
        alone = [index.channels_of(number) for number in numbers]
        for most in (0, 4, 1000):
            monkeypatch.setattr(listing, "_MOST_CHANNELS", most)
            with index.snapshot():
                assert [index.channels_of(number) for number in numbers * 2] == alone * 2
                assert [*index.channels_of_each(numbers).values()] == alone
        apply(index, put("p9", at(0), tags=("t1",)))
        with index.snapshot():
            (tag,) = [row for row in index.channels_of(numbers[0]) if row.label == "t1"]
        assert tag.posts == 3, "another state, another row"

    # -- what changes

    def test_only_what_a_sitemap_shows_touches_its_shard(self, index: Index) -> None:
        apply(index, put("a", at(9)))
        before = index.revision()
        apply(index, put("a", at(9), title="Edited"))
        assert topics(index, before) == {"pages"}
        before = index.revision()
        apply(index, put("a", at(9), title="Edited", updated=at(8)))
        assert topics(index, before) == {"shard", "pages"}

    def test_an_edited_page_changes_no_channel_but_its_metadata(self, index: Index) -> None:
        apply(index, put("a", at(9)), page("about"))
        before = index.revision()
        applied = apply(index, page("about", title="About us"))
        assert applied.channels == 0
        assert index.changed_since(before) == [("pages", "")]

    def test_a_file_that_says_the_same_elsewhere_changes_nothing(self, index: Index) -> None:
        apply(index, put("a", at(9)))
        before = index.revision(), listed(index), index.shards()
        moved = put("a", at(9))
        apply(index, Put("elsewhere/a.md", moved.fingerprint, moved.fields, moved.text), drop("a"))
        assert (index.revision(), index.shards()) == (before[0], before[2])
        assert listed(index) == before[1]

    def test_when_the_latest_page_leaves_the_shard_tells_the_next_date(self, index: Index) -> None:
        apply(index, put("a", at(9)), put("b", at(3)))
        assert [(shard.urls, shard.newest) for shard in index.shards()] == [(2, at(3))]
        apply(index, drop("b"), now=at(-1))
        (shard,) = index.shards()
        assert (shard.urls, shard.newest, shard.changed_at) == (1, at(9), at(-1))

    # -- shards

    def test_a_shard_is_cut_where_a_sitemap_is_full_and_a_new_post_touches_the_last_only(
        self, index: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sitemap, "MOST_URLS", 3)
        apply(index, *(put(f"p{day}", at(100 - day)) for day in range(8)))
        assert [(shard.number, shard.urls) for shard in index.shards()] == [(1, 3), (2, 3), (3, 2)]
        assert [listed(index, number) for number in (1, 2, 3)] == [["p2", "p1", "p0"], ["p5", "p4", "p3"], ["p7", "p6"]]
        assert listed(index) == [f"p{day}" for day in reversed(range(8))]
        before = index.revision()
        apply(index, put("p8", at(0)))
        assert [subject for subject in index.changed_since(before) if subject[0] == "shard"] == [("shard", "3")]
        apply(index, put("p9", at(-0.5)), now=at(-1))
        assert [(shard.number, shard.urls) for shard in index.shards()] == [(1, 3), (2, 3), (3, 3), (4, 1)]

    def test_a_late_addition_to_a_full_shard_cuts_that_one_in_halves(
        self, index: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sitemap, "MOST_URLS", 4)
        apply(index, *(put(f"p{day}", at(100 - day)) for day in range(8)))
        before = index.revision()
        apply(index, put("late", at(98.5)))
        assert [(shard.number, shard.urls) for shard in index.shards()] == [(1, 3), (2, 4), (3, 2)]
        assert listed(index, 1) + listed(index, 3) == ["late", "p1", "p0", "p3", "p2"]
        assert {number for kind, number in index.changed_since(before) if kind == "shard"} == {"1", "3"}

    def test_a_shard_is_cut_by_weight_too(self, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("service.index.locating.MOST_BYTES", 2000)
        apply(index, *(put(f"p{day}", at(100 - day)) for day in range(8)))
        assert len(index.shards()) > 1
        assert all(shard.bytes <= 2000 for shard in index.shards())
        assert sum(shard.urls for shard in index.shards()) == 8

    def test_a_rebuilt_index_cuts_alike(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sitemap, "MOST_URLS", 4)
        posts = [put(f"p{day}", at(100 - day)) for day in range(8)]
        first = self.fresh(tmp_path, "state")
        apply(first, *posts)
        apply(first, put("late", at(98.5)))
        cut = [(shard.number, listed(first, shard.number)) for shard in first.shards()]
        first.close()
        for name in ("index.db", "index.db-wal", "index.db-shm"):
            (tmp_path / "state" / name).unlink(missing_ok=True)
        again = self.fresh(tmp_path, "state")
        apply(again, put("late", at(98.5)), *reversed(posts))
        assert [(shard.number, listed(again, shard.number)) for shard in again.shards()] == cut
        again.close()

    def test_a_channel_knows_in_which_shards_its_posts_are(self, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sitemap, "MOST_URLS", 3)
        apply(index, *(put(f"p{day}", at(100 - day), tags=("x",) if day % 4 == 0 else ()) for day in range(8)))
        row = index.channel("tag", "x")
        assert row is not None
        assert index.spread(row.number) == [(1, 1, at(100)), (2, 1, at(96))]
        assert listed(index, 2, row.number) == ["p4"]

    # -- translations

    def test_pages_that_share_a_name_are_translations_one_a_language(self, index: Index) -> None:
        apply(
            index,
            put("a", at(2), language="ko", translation="hello"),
            put("b", at(1), language="en", translation="hello"),
            put("c", at(0.5), language="en", translation="hello"),
            put("d", at(1), language="ja", translation="other"),
            put("e", at(1), language="fr", translation="hello", listed=False),
        )
        versions = index.translations(["hello", ""])
        assert versions == {"hello": [("ko", f"{SITE}/a.html"), ("en", f"{SITE}/b.html")]}

    def test_a_new_translation_touches_the_posts_it_translates(self, index: Index) -> None:
        apply(index, put("a", at(9), language="ko", translation="hello", tags=("x",)), put("z", at(9), tags=("z",)))
        before, digests = index.revision(), {ref.digest for ref in index.window(1, 9)}
        apply(index, put("b", at(8), language="en", translation="hello"))
        assert {("shard", "1"), ("tag", "x")} <= set(index.changed_since(before))
        assert ("tag", "z") not in index.changed_since(before)
        before = index.revision()
        apply(index, drop("b"))
        assert ("tag", "x") in index.changed_since(before)
        assert {ref.digest for ref in index.window(1, 9)} == digests, "as if it had never been"

    def test_an_edited_post_knows_its_translations_still(self, index: Index, tmp_path: Path) -> None:
        ko = put("a", at(9), language="ko", translation="hello", title="Edited")
        en = put("b", at(8), language="en", translation="hello")
        apply(index, put("a", at(9), language="ko", translation="hello"), en)
        apply(index, ko)
        fresh = self.fresh(tmp_path, "other")
        apply(fresh, ko, en)
        assert [ref.digest for ref in index.window(1, 9)] == [ref.digest for ref in fresh.window(1, 9)]
        fresh.close()

    # -- news

    def test_news_is_what_came_out_within_two_days_and_leaves_by_the_clock(self, index: Index) -> None:
        apply(index, put("old", at(3)), put("a", at(1)), put("b", at(0)), page("about"), put("c", at(1), listed=False))
        assert [row.locator for row in index.news()] == ["b.md", "a.md"]
        assert index.next_change(NOW) == at(-1), "two days after a"
        before = index.revision()
        index.advance(at(-1) - timedelta(seconds=1))
        assert topics(index, before) == set()
        index.advance(at(-1))
        assert topics(index, before) == {"news"}
        assert index.changed_at("news") == at(-1)
        assert [row.locator for row in index.news()] == ["b.md"]
        index.advance(at(-9))
        assert index.news() == []

    def test_an_edit_of_old_posts_is_no_news(self, index: Index) -> None:
        apply(index, put("old", at(3)), put("a", at(1)))
        before = index.revision()
        apply(index, put("old", at(3), title="Edited"))
        assert "news" not in topics(index, before)
        apply(index, put("a", at(1), title="Edited"))
        assert "news" in topics(index, before)

    # -- addresses

    @pytest.mark.parametrize(
        "url",
        [
            f"{SITE}/%ED%95%9C%EA%B8%80/",
            f"{SITE}/%ed%95%9c%ea%b8%80",
            f"{SITE}/한글/index.html",
            f"{SITE}/\u1112\u1161\u11ab\u1100\u1173\u11af/",
            "http://EXAMPLE.org:80/한글/?utm_source=feed#comments",
        ],
    )
    def test_a_page_is_found_by_any_spelling_of_its_url(self, index: Index, url: str) -> None:
        apply(index, put("a", url=f"{SITE}/%ED%95%9C%EA%B8%80/"))
        assert found(index, url) == "a.md"

    def test_a_page_is_found_by_a_former_url_unless_another_has_it_now(self, index: Index) -> None:
        apply(index, put("a", at(1), aliases=(f"{SITE}/old/", f"{SITE}/b.html")), put("b", at(2)))
        assert (found(index, f"{SITE}/old"), found(index, f"{SITE}/b.html")) == ("a.md", "b.md")
        apply(index, drop("b"))
        assert found(index, f"{SITE}/b.html") == "a.md"
        apply(index, put("a", at(1)))
        assert found(index, f"{SITE}/old/") is None

    def test_H20_what_is_not_out_cannot_be_found_by_its_url(self, index: Index) -> None:
        apply(
            index,
            put("later", at(-1)),
            put("hidden", visibility="hidden"),
            put("draft", visibility="unlisted"),
            page("about"),
            put("recipe", visibility="unlisted", collection="recipes"),
        )
        names = ("later", "hidden", "draft", "about", "recipe")
        assert [name for name in names if found(index, f"{SITE}/{name}.html")] == ["about", "recipe"]
        assert [*index.pages()] == [f"{SITE}/about.html", f"{SITE}/recipe.html"]
        index.advance(at(-1))
        assert found(index, f"{SITE}/later.html") == "later.md"

    def test_pages_that_differ_by_query_are_told_apart(self, index: Index) -> None:
        apply(index, put("a", url=f"{SITE}/?p=1"), put("b", url=f"{SITE}/?p=2"))
        assert (found(index, f"{SITE}/?p=2"), found(index, f"{SITE}/?p=3")) == ("b.md", None)

    # -- where a post stands

    def test_a_post_knows_its_channels_and_how_many_posts_are_newer_there(self, index: Index) -> None:
        apply(index, put("a", at(3), tags=("x",)), put("b", at(2)), put("c", at(1), tags=("x",)))
        key = key_of(f"{SITE}/a.html")
        row = index.page(key) if key else None
        assert row is not None
        standings = [(s.channel.kind, s.channel.slug, s.newer) for s in index.standings(row.number)]
        assert standings == [("site", "", 2), ("tag", "x", 1), ("language", "en", 2)]

    def test_pages_that_share_all_they_show_are_counted_each(self, index: Index) -> None:
        twins = [page(name, url=f"{SITE}/twin.html", id=f"{SITE}/twin") for name in ("a", "b", "c")]
        apply(index, *twins)
        assert [shard.urls for shard in index.shards()] == [3]
        apply(index, drop("a"), drop("b"))
        assert [shard.urls for shard in index.shards()] == [1]
        apply(index, page("d", url=f"{SITE}/twin.html", id=f"{SITE}/twin"), drop("c"))
        assert [shard.urls for shard in index.shards()] == [1]
        apply(index, drop("d"))
        assert index.shards() == []

    def test_versions_weigh_what_all_of_them_list(self, index: Index) -> None:
        languages = ("ko", "en", "ja", "fr", "de", "es", "it", "pt", "nl", "sv", "da", "fi")
        for place, language in enumerate(languages):
            apply(index, put(language, at(place + 1), language=language, translation="story"))
        (shard,) = index.shards()
        versions = index.translations(["story"])["story"]
        alternates = (*((v.language, v.url) for v in versions), ("x-default", f"{SITE}/ko.html"))
        pages = [replace(page, alternates=alternates) for page in located(index)]
        assert shard.bytes >= sum(len(sitemap.location(each)) for each in pages)
        apply(index, *(drop(language) for language in languages[1:]))
        (shard,) = index.shards()
        assert shard.bytes == sitemap.weight(sitemap.Location(f"{SITE}/ko.html", at(1)))

    def test_a_sitemap_has_a_date_that_moves_with_whatever_it_lists(self, index: Index) -> None:
        apply(index, page("about"), now=at(3))
        assert index.changed_at("sitemap") == at(3)
        apply(index, drop("about"), now=at(2))
        assert index.changed_at("sitemap") == at(2)
        apply(index, put("x", at(9), listed=False, tags=("new",)), now=at(2.5))
        assert index.changed_at("sitemap") == at(2, 1), "forward, although the clock was set back"
