"""Jekyll's documents beyond the golden corpus: terms, titles, what is hidden, identity, dates."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.text import slugify, term_key
from service.settings import LimitSettings, SiteSettings
from tests.sources.support import CONFIG, codes, fields, load, post, problem, put, scan, source, write

POST = "_posts/2024-05-01-a-post.md"


class TestTerms:
    def test_C23_ten_thousand_categories_are_cut_to_a_hundred_with_a_warning(self, tmp_path: Path) -> None:
        names = ", ".join(f"c{number}" for number in range(5000))
        limits = LimitSettings(front_matter_bytes=1024 * 1024)
        change = load(f"categories: [{names}]\ntags: [{names}]", tmp_path=tmp_path, limits=limits)
        assert len(change.fields.categories) == len(change.fields.tags) == 100
        assert change.fields.categories[:2] == ("c0", "c1")
        assert codes(change) == ["too-many-categories", "too-many-tags"]

    @pytest.mark.parametrize(
        "label",
        [
            "a/b",
            "..",
            ".",
            "%2e%2e",
            "C++",
            "C#",
            ".NET",
            "🎉",
            "<script>",
            "con",
            "dot.",
            "정치 경제",
            "a\u202eb",
            "#",
            "&",
        ],
    )
    def test_C25_any_label_is_kept_as_written_and_can_have_an_address(self, tmp_path: Path, label: str) -> None:
        found = fields(f"categories: ['{label}']\ntags: ['{label}']", tmp_path=tmp_path)
        assert found.categories == found.tags == (label.replace("\u202e", ""),)
        slug = slugify(term_key(found.categories[0]))
        assert slug not in ("", ".", "..")
        assert not set(slug) & set("/\\%")
        assert found.url.isascii()

    def test_C25_blank_labels_vanish_and_long_ones_are_cut(self, tmp_path: Path) -> None:
        change = load(f"categories: ['', '  ', ~, '{'x' * 300}', short]", tmp_path=tmp_path)
        assert change.fields.categories == ("x" * 99 + "…", "short")
        assert codes(change) == ["label-too-long"]
        assert change.problems[0].line == 2

    def test_C26_spellings_of_a_label_are_kept_for_the_index_to_join(self, tmp_path: Path) -> None:
        found = fields(
            "tags: [Flask, flask, ＦＬＡＳＫ, 한글, \u1112\u1161\u11ab\u1100\u1173\u11af]", tmp_path=tmp_path
        )
        assert len(found.tags) == 5
        assert len({term_key(tag) for tag in found.tags}) == 2

    def test_a_comma_in_a_text_is_warned_of_with_the_list_to_write(self, tmp_path: Path) -> None:
        change = load('tags: "정치, 사회 면"', tmp_path=tmp_path)
        assert change.fields.tags == ("정치,", "사회", "면")
        assert codes(change) == ["terms-comma"]
        assert "tags: [정치, 사회 면]" in change.problems[0].hint
        assert (change.problems[0].line, change.problems[0].column) == (2, 7)

    def test_a_comma_splits_where_the_settings_say_so_and_the_url_stays_jekylls(self, tmp_path: Path) -> None:
        change = load('categories: "a, b c"\ncategory: d, e', tmp_path=tmp_path, split_terms_at_comma=True)
        assert change.fields.categories == ("a", "b c", "d", "e")
        assert change.fields.url == "https://site.example/a,/b/c/d,%20e/2024/05/01/a-post.html"
        assert not change.problems

    def test_a_map_of_tags_is_warned_of_and_one_of_categories_rejected(self, tmp_path: Path) -> None:
        assert codes(load("tags: {a: b}", tmp_path=tmp_path / "tags")) == ["value-invalid"]
        changes = scan(write(tmp_path, {"_config.yml": CONFIG, POST: post("categories: {a: b}")}))
        assert problem(changes[POST]).hint == "write a list, such as [a, b]"


class TestTitle:
    def test_C32_a_missing_or_blank_title_is_made_from_the_file_name(self, tmp_path: Path) -> None:
        for number, head in enumerate(("layout: x", "title:", "title: ''", "title: '  '")):
            assert fields(head, tmp_path=tmp_path / str(number)).title == "A Post"

    def test_C32_a_title_is_one_line_and_its_html_is_text(self, tmp_path: Path) -> None:
        assert (
            fields("title: |\n  Two\n  lines ]]> <b>bold</b>", tmp_path=tmp_path).title == "Two lines ]]> <b>bold</b>"
        )

    def test_C32_a_title_of_a_megabyte_is_cut_at_a_word(self, tmp_path: Path) -> None:
        limits = LimitSettings(front_matter_bytes=1024 * 1024)
        change = load("title: " + "word " * 20_000, tmp_path=tmp_path, limits=limits)
        assert len(change.fields.title) <= 1000
        assert change.fields.title.endswith("word…")
        assert codes(change) == ["title-too-long"]

    def test_C32_a_title_of_emoji_alone_is_a_title(self, tmp_path: Path) -> None:
        assert fields("title: 🎉", tmp_path=tmp_path).title == "🎉"


class TestVisibility:
    @pytest.mark.parametrize(
        ("head", "visibility", "warnings"),
        [
            ("published: false", "hidden", []),
            ("published: no", "hidden", []),
            ("published:", "hidden", []),
            ('published: "false"', "public", ["published-ambiguous"]),
            ("published: 'no'", "public", ["published-ambiguous"]),
            ("published: true", "public", []),
            ("draft: true", "unlisted", []),
            ("draft: false", "public", []),
            ("draft:", "public", []),
            ('draft: "false"', "unlisted", ["draft-ambiguous"]),
            ("draft: maybe", "unlisted", ["draft-ambiguous"]),
            ("draft: [x]", "unlisted", ["draft-ambiguous"]),
            ("draft: true\npublished: false", "hidden", []),
        ],
    )
    def test_C41_a_draft_never_reaches_a_feed(
        self, tmp_path: Path, head: str, visibility: str, warnings: list[str]
    ) -> None:
        change = load(head, tmp_path=tmp_path)
        assert change.fields.visibility == visibility
        assert codes(change) == warnings

    def test_C41_drafts_are_not_even_read_unless_the_site_shows_them(self, tmp_path: Path) -> None:
        write(tmp_path, {"_config.yml": CONFIG, "_drafts/secret.md": post("title: Secret"), POST: post()})
        assert list(scan(tmp_path)) == [POST]

    @pytest.mark.parametrize("key", ["expires", "expiry_date"])
    def test_C41_an_expiry_date_is_kept_and_a_bad_one_rejects_the_post(self, tmp_path: Path, key: str) -> None:
        found = fields(f"{key}: 2024-06-01", tmp_path=tmp_path / "good")
        assert found.expires == datetime(2024, 5, 31, 15, tzinfo=UTC)
        files: dict[str, str | bytes] = {"_config.yml": CONFIG, POST: post(f"{key}: someday")}
        assert problem(scan(write(tmp_path, files))[POST]).code == "date-invalid"

    @pytest.mark.parametrize("head", ["indexing: false", "noindex: true", "robots: noindex, nofollow"])
    def test_C41_noindex_in_its_spellings(self, tmp_path: Path, head: str) -> None:
        found = fields(head, tmp_path=tmp_path)
        assert (found.noindex, found.listed) == (True, False)

    def test_a_collection_is_public_only_where_the_settings_name_it(self, tmp_path: Path) -> None:
        config = CONFIG + "collections: {notes: {output: true}, talks: {output: true}}\n"
        files: dict[str, str | bytes] = {
            "_config.yml": config,
            "_notes/a.md": post("date: 2024-05-01"),
            "_talks/b.md": post("date: 2024-05-01"),
            "_talks/style.md": "no front matter",
        }
        changes = scan(write(tmp_path, files), collections=("notes",))
        assert put(changes["_notes/a.md"]).fields.visibility == "public"
        assert put(changes["_talks/b.md"]).fields.visibility == "unlisted"
        assert put(changes["_talks/b.md"]).fields.collection == "talks"
        assert problem(changes["_talks/style.md"]).level == "notice"

    def test_the_setting_future_wins_over_the_content(self, tmp_path: Path) -> None:
        config = CONFIG + "future: true\n"
        assert fields(tmp_path=tmp_path / "unset", config=config).future
        assert not fields(tmp_path=tmp_path / "off", config=config, future=False).future
        assert fields(tmp_path=tmp_path / "on", future=True).future


class TestIdentity:
    def test_the_ladder_is_guid_then_id_then_uuid_then_jekyll_feeds_id(self, tmp_path: Path) -> None:
        uuid = "550E8400-E29B-41D4-A716-446655440000"
        ladder = [
            ("guid: https://old.example/?p=7", "https://old.example/?p=7"),
            ("id: 'tag:old.example,2001:7'", "tag:old.example,2001:7"),
            (f"uuid: {uuid}", f"urn:uuid:{uuid.lower()}"),
            ("layout: post", "https://site.example/2024/05/01/a-post"),
        ]
        for step in range(len(ladder)):
            head = "\n".join(line for line, _ in ladder[step:])
            assert fields(head, tmp_path=tmp_path / str(step)).id == ladder[step][1]

    def test_an_id_that_is_no_uri_becomes_one(self, tmp_path: Path) -> None:
        assert fields("id: 42", tmp_path=tmp_path).id == "tag:site.example,2000-01-01:/42"

    def test_the_id_follows_neither_title_nor_body(self, tmp_path: Path) -> None:
        one = fields("title: One", "One.\n", tmp_path=tmp_path / "one")
        two = fields("title: Two", "Two.\n", tmp_path=tmp_path / "two")
        assert (one.id, one.url) == (two.id, two.url)

    def test_C17_a_url_the_author_wrote_is_marked_so_that_it_can_win(self, tmp_path: Path) -> None:
        written = fields("permalink: /x/", tmp_path=tmp_path / "a")
        assert (written.url, written.explicit_url) == ("https://site.example/x/", True)
        assert not fields(tmp_path=tmp_path / "b").explicit_url
        defaults = CONFIG + "defaults: [{values: {permalink: '/:title/'}}]\n"
        assert not fields(tmp_path=tmp_path / "c", config=defaults).explicit_url

    def test_former_urls_are_absolute(self, tmp_path: Path) -> None:
        found = fields("redirect_from: [/old/, 더 옛/, 'https://elsewhere.example/x']", tmp_path=tmp_path)
        assert found.aliases == (
            "https://site.example/old/",
            "https://site.example/%EB%8D%94%20%EC%98%9B/",
            "https://elsewhere.example/x",
        )

    def test_a_url_in_the_settings_overrides_the_contents(self, tmp_path: Path) -> None:
        site = SiteSettings(url="https://new.example/blog")
        found = fields("image: /img/a.png", tmp_path=tmp_path, site=site)
        assert found.url == "https://new.example/blog/2024/05/01/a-post.html"
        assert found.id == "https://new.example/blog/2024/05/01/a-post"
        assert found.images[0].url == "https://new.example/blog/img/a.png"

    def test_without_any_url_the_facts_say_so(self, tmp_path: Path) -> None:
        opened = source(write(tmp_path, {"_config.yml": "baseurl: /b\n", POST: post()}))
        assert opened.open()[0].url == ""


class TestDates:
    def test_C18_a_document_without_a_date_has_none_and_a_warning(self, tmp_path: Path) -> None:
        config = CONFIG + "collections: {notes: {output: true}}\n"
        change = scan(write(tmp_path, {"_config.yml": config, "_notes/a.md": post("title: A")}))["_notes/a.md"]
        assert put(change).fields.published is None
        assert codes(change) == ["date-missing"]

    @pytest.mark.parametrize("mtime", [-1, 0, 2**40])
    def test_an_undated_document_has_a_url_whatever_time_its_file_claims(self, tmp_path: Path, mtime: int) -> None:
        config = CONFIG + "collections: {notes: {output: true, permalink: '/:year/:title'}}\n"
        write(tmp_path, {"_config.yml": config, "_notes/a.md": post()})
        try:
            os.utime(tmp_path / "_notes/a.md", (mtime, mtime))
        except OverflowError:
            pytest.skip("this file system cannot say so")
        url = put(scan(tmp_path)["_notes/a.md"]).fields.url
        assert url in ("https://site.example/1970/a", "https://site.example/2100/a")

    def test_C18_the_file_names_date_is_midnight_in_the_sites_zone(self, tmp_path: Path) -> None:
        assert fields(tmp_path=tmp_path).published == datetime(2024, 4, 30, 15, tzinfo=UTC)

    def test_a_bad_date_is_rejected_with_its_place_and_the_mend(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"_config.yml": CONFIG, POST: post("title: x\ndate: 2024년 5월 7일")}
        found = problem(scan(write(tmp_path, files))[POST])
        assert (found.line, found.column, found.hint) == (3, 7, "write 2024-05-07")

    def test_a_bad_date_in_the_file_name_does_not_matter_beside_one_in_the_front_matter(self, tmp_path: Path) -> None:
        found = fields("date: 2024-05-01", tmp_path=tmp_path, name="_posts/2024-13-45-a-post.md")
        assert found.published == datetime(2024, 4, 30, 15, tzinfo=UTC)
        assert found.url.endswith("/2024/05/01/a-post.html")

    def test_a_bad_edit_date_is_a_warning(self, tmp_path: Path) -> None:
        change = load("last_modified_at: lately", tmp_path=tmp_path)
        assert change.fields.updated is None
        assert codes(change) == ["date-invalid"]

    def test_a_time_that_is_utc_to_jekyll_is_said_once_a_post(self, tmp_path: Path) -> None:
        head = (
            "title: x\ndate: 2024-05-01 10:01:28\nlast_modified_at: 2024-05-02 10:00:00\nexpires: 2030-01-01 00:00:00"
        )
        (found,) = load(head, tmp_path=tmp_path / "seoul").problems
        assert (found.code, found.line, found.hint) == ("date-zone-missing", 3, "add the zone, such as +0900")
        assert "10:01:28 is 19:01:28 in Asia/Seoul" in found.message
        assert not load(head, tmp_path=tmp_path / "utc", config="url: https://site.example\n").problems

    def test_a_day_that_the_month_lacks_is_warned_of_unless_the_front_matter_has_a_date(self, tmp_path: Path) -> None:
        name = "_posts/2026-02-30-x.md"
        change = load(tmp_path=tmp_path / "a", name=name)
        assert change.fields.url == "https://site.example/2026/03/02/x.html"
        assert codes(change) == ["date-rolled-over"]
        assert "2026-02-30" in change.problems[0].message
        assert not load("date: 2026-02-28", tmp_path=tmp_path / "b", name=name).problems

    def test_an_hour_that_happens_twice_equals_itself_after_storage(self, tmp_path: Path) -> None:
        config = "url: https://x.example\ntimezone: America/New_York\n"
        found = fields('date: "2024-11-03 01:30"', tmp_path=tmp_path, config=config)
        assert found.published == datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
