"""What a Jekyll site says of itself to search engines, and where it has pages for its terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.sources.source import SiteFacts
from service.sources.term_pages import term_page
from tests.sources.support import CONFIG, fields, png, post, source, write

POST = "_posts/2024-05-01-a-post.md"


def facts(tmp_path: Path, config: str, **files: str | bytes) -> SiteFacts:
    write(tmp_path, {"_config.yml": CONFIG + config, POST: post(), **files})
    return source(tmp_path).open()[0]


@pytest.mark.parametrize(
    ("config", "image"),
    [
        ("image: /a.png", "https://site.example/a.png"),
        ("image: {path: 'https://cdn.example/a.png'}", "https://cdn.example/a.png"),
        ("image: [/a.png, /b.png]", "https://site.example/a.png"),
        ("og_image: /a.png", "https://site.example/a.png"),
        ("defaults: [{scope: {path: ''}, values: {image: /a.png}}]", "https://site.example/a.png"),
        ("defaults: [{scope: {path: '', type: posts}, values: {image: /a.png}}]", None),
        ("defaults: [{scope: {path: news}, values: {image: /a.png}}]", None),
        ("image: true", None),
        ("image: 'javascript:x'", None),
    ],
)
def test_the_picture_for_pages_without_one(tmp_path: Path, config: str, image: str | None) -> None:
    assert facts(tmp_path, config, **{"a.png": png(5, 5)}).image == image


def test_alembics_own_picture_counts_where_the_site_has_it(tmp_path: Path) -> None:
    assert facts(tmp_path / "without", "").image is None
    found = facts(tmp_path / "with", "", **{"assets/default-social-image.png": png(5, 5)})
    assert found.image == "https://site.example/assets/default-social-image.png"


@pytest.mark.parametrize(
    ("config", "account"),
    [
        ("twitter: {username: desk}", "@desk"),
        ("twitter: {username: '@desk', card: summary}", "@desk"),
        ("twitter: https://twitter.com/desk", "@desk"),
        ("twitter_username: desk", "@desk"),
        ("twitter: {card: summary}", ""),
        ("twitter: true", ""),
        ("twitter: not an account", ""),
    ],
)
def test_the_account_of_the_publication(tmp_path: Path, config: str, account: str) -> None:
    assert facts(tmp_path, config).twitter == account


@pytest.mark.parametrize(
    ("config", "codes"),
    [
        ("webmaster_verifications: {naver: n, google: g, alexa: a}", (("google", "g"), ("naver", "n"))),
        ("google_site_verification: g\nnaver_site_verification: n", (("google", "g"), ("naver", "n"))),
        ("facebook_domain_verification: f\npinterest_verification: p", (("pinterest", "p"), ("facebook", "f"))),
        ("webmaster_verifications: {bing: 0123}", (("bing", "0123"),)),
        (
            'webmaster_verifications: {google: \'<meta name="google-site-verification" content="g" />\'}',
            (("google", "g"),),
        ),
        ("webmaster_verifications: {google: , bing: [x]}", ()),
        ("webmaster_verifications: text", ()),
        ("facebook: {app_id: 1}", ()),
    ],
)
def test_the_codes_of_the_consoles(tmp_path: Path, config: str, codes: tuple[tuple[str, str], ...]) -> None:
    assert facts(tmp_path, config).verification == codes


ARCHIVES = "plugins: [jekyll-archives]\njekyll-archives: "
AUTOPAGES = "plugins: [jekyll-paginate-v2]\nautopages: "


@pytest.mark.parametrize(
    ("config", "category", "tag"),
    [
        (ARCHIVES + "{enabled: all}", "/category/:jekyll/", "/tag/:jekyll/"),
        (ARCHIVES + "{enabled: true}", "/category/:jekyll/", "/tag/:jekyll/"),
        (ARCHIVES + "{enabled: [year, tags]}", "", "/tag/:jekyll/"),
        (ARCHIVES + "{enabled: [categories], permalinks: {category: 'c/:name.html'}}", "/c/:jekyll.html", ""),
        (ARCHIVES + "{enabled: [categories], permalinks: {category: '/:type/:name/'}}", "/category/:jekyll/", ""),
        (ARCHIVES + "{enabled: [categories], permalinks: {category: '/:year/:name/'}}", "", ""),
        (ARCHIVES + "{enabled: [categories], permalinks: {category: /all/}}", "", ""),
        (ARCHIVES + "{enabled: []}", "", ""),
        (ARCHIVES + "{}", "", ""),
        ("gems: [jekyll-archives]\njekyll-archives: {enabled: [tags]}", "", "/tag/:jekyll/"),
        ("jekyll-archives: {enabled: all}", "", ""),
        (AUTOPAGES + "{enabled: true}", "/category/:jekyll/", "/tag/:jekyll/"),
        (AUTOPAGES + "{enabled: true, tags: {enabled: false}, categories: {permalink: /c/:cat}}", "/c/:jekyll/", ""),
        (AUTOPAGES + "{enabled: true, tags: {slugify: {mode: none}}}", "/category/:jekyll/", ""),
        (AUTOPAGES + "{enabled: false}", "", ""),
    ],
)
def test_pages_of_terms_are_where_the_plugins_are_told_to_put_them(
    tmp_path: Path, config: str, category: str, tag: str
) -> None:
    found = facts(tmp_path, config)
    assert (found.category_page, found.tag_page, found.author_page) == (category, tag, "")


@pytest.mark.parametrize(
    ("pattern", "label", "path"),
    [
        ("/tag/:jekyll/", "정치 경제", "/tag/%EC%A0%95%EC%B9%98-%EA%B2%BD%EC%A0%9C/"),
        ("/tag/:jekyll/", "C++", "/tag/c/"),
        ("/tag/:name/", "C++ & :slug/?", "/tag/C%2B%2B%20%26%20%3Aslug%2F%3F/"),
        ("/tag/:slug.html", "C++", "/tag/cpp.html"),
        ("/tag/:jekyll/", "++", ""),
        ("/tag/:zola/", "Straße C++", "/tag/strasse-c/"),
        ("/tag/:zola/", "中文", "/tag/zhong-wen/"),
        ("/tag/:zola/", "\U00017000", ""),
        ("/tag/:zola/", "★", ""),
        ("", "a", ""),
    ],
)
def test_the_address_of_a_terms_page(pattern: str, label: str, path: str) -> None:
    assert term_page(pattern, label, "cpp") == path


class TestAccounts:
    DATA = "jane: {name: Jane, twitter: jane_k, mastodon: 'https://social.example/@jane'}\nbo: {name: Bo}\n"

    def test_authors_bring_their_accounts(self, tmp_path: Path) -> None:
        found = fields("author: jane", tmp_path=tmp_path, files={"_data/authors.yml": self.DATA}).authors[0]
        assert (found.twitter, found.fediverse) == ("@jane_k", "@jane@social.example")

    @pytest.mark.parametrize(
        "mastodon", ["{username: bo, instance: social.example}", "[{username: '@bo', instance: social.example}]"]
    )
    def test_the_front_matter_completes_a_single_author(self, tmp_path: Path, mastodon: str) -> None:
        head = f"author: bo\ntwitter: '@bo_b'\nmastodon: {mastodon}"
        (found,) = fields(head, tmp_path=tmp_path, files={"_data/authors.yml": self.DATA}).authors
        assert (found.name, found.twitter, found.fediverse) == ("Bo", "@bo_b", "@bo@social.example")

    def test_whose_account_it_is_among_several_authors_nobody_knows(self, tmp_path: Path) -> None:
        found = fields("authors: [bo, jane]\ntwitter: x", tmp_path=tmp_path).authors
        assert [author.twitter for author in found] == ["", ""]

    def test_an_email_of_the_site_costs_its_author_no_account(self, tmp_path: Path) -> None:
        found = facts(tmp_path, "email: d@site.example\nauthor: {name: Desk, twitter: desk}").authors[0]
        assert (found.email, found.twitter) == ("d@site.example", "@desk")

    def test_settings_of_cards_are_no_account(self, tmp_path: Path) -> None:
        assert not fields("author: bo\ntwitter: {card: summary}", tmp_path=tmp_path).authors[0].twitter
