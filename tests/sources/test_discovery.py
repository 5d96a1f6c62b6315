"""What search engines are told of a post: listed or not, a copy of what, a translation of what."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content.scalars import Plain
from service.settings import SiteSettings
from service.sources import discovery
from service.sources.keys import Keys
from tests.sources.support import CONFIG, STAND_IN, codes, fields, load, post, put, scan, write

BASE = "https://site.example/blog"


def keys(**values: str) -> Keys:
    return Keys({key.replace("__", "-"): Plain(value) for key, value in values.items()}, {}, "a.md")


class TestListed:
    @pytest.mark.parametrize(
        ("head", "listed"),
        [
            ("title: x", True),
            ("sitemap: false", False),
            ("sitemap: no", False),
            ("sitemap: 'false'", True),
            ("sitemap: {priority: 0.7}", True),
            ("sitemap: {exclude: 'yes'}", False),
            ("sitemap: {disable: true}", False),
            ("redirect_to: /other/", False),
            ("redirect_to: [https://elsewhere.example/]", False),
            ("redirect_to:", True),
            ("redirect_from: /old/", True),
            ("canonical_url: https://elsewhere.example/x", False),
            ("indexing: false", False),
            ("draft: true", False),
            ("draft: maybe", False),
        ],
    )
    def test_a_post_of_a_jekyll_site(self, tmp_path: Path, head: str, listed: bool) -> None:
        found = fields(head, tmp_path=tmp_path)
        assert found.listed is listed
        assert found.noindex is (head == "indexing: false")

    def test_sitemap_false_keeps_a_post_in_feeds(self, tmp_path: Path) -> None:
        assert fields("sitemap: false", tmp_path=tmp_path).visibility == "public"

    def test_a_document_of_a_collection_is_listed_although_no_feed_has_it(self, tmp_path: Path) -> None:
        config = CONFIG + "collections: {notes: {output: true}}\n"
        write(tmp_path, {"_config.yml": config, "_notes/a.md": post("date: 2024-05-01")})
        found = put(scan(tmp_path)["_notes/a.md"]).fields
        assert (found.visibility, found.listed) == ("unlisted", True)

    @pytest.mark.parametrize(
        ("head", "listed"),
        [
            ("url: https://elsewhere.example/a", False),
            ("url: https://stand-in.example/a", True),
            ("url: https://STAND-IN.example:443/a", True),
            ("permalink: /a/", True),
            ("unlisted: true", False),
            ("draft: true", False),
            ("sitemap: false", False),
        ],
    )
    def test_a_post_of_a_plain_folder(self, tmp_path: Path, head: str, listed: bool) -> None:
        site = SiteSettings(url=STAND_IN)
        changes = scan(write(tmp_path, {"a.md": post(f"title: A\ndate: 2024-05-01\n{head}")}), site=site)
        assert put(changes["a.md"]).fields.listed is listed


class TestCanonical:
    @pytest.mark.parametrize("key", ["canonical_url", "canonical"])
    def test_a_page_elsewhere_is_the_original(self, tmp_path: Path, key: str) -> None:
        found = fields(f"{key}: https://Elsewhere.example/첫 글", tmp_path=tmp_path)
        assert found.canonical == "https://elsewhere.example/%EC%B2%AB%20%EA%B8%80"

    @pytest.mark.parametrize(
        "written",
        [
            "https://site.example/blog/글/",
            "http://site.example/blog/%EA%B8%80",
            "https://site.example:443/blog/%ea%b8%80/index.html",
            "/blog/글/",
            ".",
        ],
    )
    def test_the_page_itself_in_any_spelling_is_no_copy(self, written: str) -> None:
        assert discovery.canonical(keys(canonical_url=written), "https://site.example/blog/%EA%B8%80/") is None

    def test_another_page_of_the_site_is_an_original_too(self) -> None:
        found = discovery.canonical(keys(canonical_url="/blog/b/"), "https://site.example/blog/a/")
        assert found == "https://site.example/blog/b/"

    def test_what_is_no_address_is_warned_of(self, tmp_path: Path) -> None:
        change = load("canonical_url: javascript:alert(1)", tmp_path=tmp_path)
        assert (change.fields.canonical, change.fields.listed, codes(change)) == (None, True, ["canonical-invalid"])


class TestTranslation:
    @pytest.mark.parametrize(
        "key", ["ref", "translation_key", "translationKey", "lang-ref", "lang_ref", "page_id", "translation_id"]
    )
    def test_the_authors_word_is_what_versions_share(self, tmp_path: Path, key: str) -> None:
        assert fields(f"{key}: first-post", tmp_path=tmp_path).translation == "first-post"

    def test_a_plain_folder_ignores_the_case_of_the_key(self, tmp_path: Path) -> None:
        changes = scan(write(tmp_path, {"a.md": post("title: A\ndate: 2024-05-01\ntranslationKey: 첫")}))
        assert put(changes["a.md"]).fields.translation == "첫"

    @pytest.mark.parametrize(
        ("path", "language"),
        [("/ko/a/", "ko"), ("/KO/a", "ko"), ("/ko-kr/a/index.html", "ko-KR"), ("/ko/a/", "ko-KR"), ("/a/", "en")],
    )
    def test_the_same_slug_in_several_languages_is_one(self, path: str, language: str) -> None:
        assert discovery.translation(keys(), f"{BASE}{path}", BASE, language) == "path:/a"

    @pytest.mark.parametrize(("path", "key"), [("/ko/", "path:/"), ("/", "path:/"), ("/korea/a/", "path:/korea/a")])
    def test_only_a_whole_first_segment_is_a_language(self, path: str, key: str) -> None:
        assert discovery.translation(keys(), f"{BASE}{path}", BASE, "ko") == key

    def test_spellings_of_hangul_are_one(self) -> None:
        composed = discovery.translation(keys(), f"{BASE}/ko/%ED%95%9C", BASE, "ko")
        assert discovery.translation(keys(), f"{BASE}/%E1%84%92%E1%85%A1%E1%86%AB", BASE, "en") == composed

    def test_a_language_that_only_the_site_has_makes_no_versions(self, tmp_path: Path) -> None:
        config = CONFIG + "lang: ko\n"
        assert fields(tmp_path=tmp_path / "site", config=config).translation == ""
        defaults = config + "defaults: [{scope: {path: _posts}, values: {lang: ko}}]\n"
        found = fields(tmp_path=tmp_path / "defaults", config=defaults)
        assert found.translation == "path:/2024/05/01/a-post.html"

    def test_a_page_elsewhere_is_told_by_its_authors_word_alone(self) -> None:
        assert discovery.translation(keys(), "https://other.example/ko/a", BASE, "ko") == ""
        assert discovery.translation(keys(ref="x"), "https://other.example/ko/a", BASE, "ko") == "x"


class TestRedirect:
    @pytest.mark.parametrize(
        ("written", "target"),
        [
            ("/new/", "https://site.example/b/new/"),
            ("새", "https://site.example/b/%EC%83%88"),
            ("[https://elsewhere.example/x, /y]", "https://elsewhere.example/x"),
            ("//elsewhere.example/x", "https://elsewhere.example/x"),
            ("javascript:alert(1)", None),
            ("/2024/05/01/a-post.html", None),
            ("false", None),
            ("[]", None),
            ("{a: b}", None),
        ],
    )
    def test_the_head_of_a_post_that_leads_elsewhere_says_so(
        self, tmp_path: Path, written: str, target: str | None
    ) -> None:
        config = "url: https://site.example\nbaseurl: /b\n"
        found = fields(f"redirect_to: {written}", tmp_path=tmp_path, config=config)
        assert found.canonical == target

    def test_a_page_that_leads_elsewhere_says_so_too(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"_config.yml": CONFIG, "old.md": post("redirect_to: /new/\ncanonical_url: /x")}
        found = put(scan(write(tmp_path, files))["old.md"]).fields
        assert (found.canonical, found.listed) == ("https://site.example/new/", False)

    @pytest.mark.parametrize("head", ["title: x", "permalink: /404.html"])
    def test_the_page_for_errors_is_not_to_be_indexed(self, tmp_path: Path, head: str) -> None:
        found = put(scan(write(tmp_path, {"_config.yml": CONFIG, "404.md": post(head)}))["404.md"]).fields
        assert found.noindex


TEXT = st.text(max_size=40) | st.sampled_from(["//", "http://[", "https://x:y/", "?", "#", "..", "%ff", "http:///x"])


@settings(max_examples=60)
@given(TEXT)
def test_any_text_in_any_key_is_understood_or_ignored(text: str) -> None:
    found = keys(canonical_url=text, sitemap=text, redirect_to=text, ref=text, robots=text, lang__ref=text)
    url = f"{BASE}/a/"
    canonical = discovery.canonical(found, url)
    assert canonical is None or canonical.startswith(("http://", "https://"))
    target = discovery.target(found, url, BASE)
    assert target is None or target.startswith(("http://", "https://"))
    assert isinstance(discovery.listed(found, url, BASE, canonical), bool)
    assert "\n" not in discovery.translation(found, url, BASE, "ko")
