"""A Jekyll site beyond the golden corpus: pictures, sound, authors, summaries, and what it says about itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.model import Author, Enclosure, Image
from service.errors import SourceUnavailable
from service.settings import AuthorSettings, LimitSettings, SiteSettings
from service.sources.source import Put, Reject
from tests.sources.support import CONFIG, codes, fields, load, post, put, scan, source, write

POST = "_posts/2024-05-01-a-post.md"


class TestMedia:
    @pytest.mark.parametrize(
        ("written", "url"),
        [
            ("/a/b.png", "https://site.example/a/b.png"),
            ("img/한글 사진.png", "https://site.example/img/%ED%95%9C%EA%B8%80%20%EC%82%AC%EC%A7%84.png"),
            ("//cdn.example/x.png", "https://cdn.example/x.png"),
            ("HTTPS://cdn.example/x.png", "https://cdn.example/x.png"),
            ("{path: /i/m.png}", "https://site.example/i/m.png"),
            ("{facebook: /i/f.png, twitter: /t.png}", "https://site.example/i/f.png"),
            ("[/i/one.png]", "https://site.example/i/one.png"),
        ],
    )
    @pytest.mark.parametrize("key", ["image", "feature_image"])
    def test_a_picture_in_its_spellings(self, tmp_path: Path, key: str, written: str, url: str) -> None:
        assert fields(f"{key}: {written}", tmp_path=tmp_path).images == (Image(url, media_type="image/png"),)

    def test_a_picture_with_everything(self, tmp_path: Path) -> None:
        head = "image: {path: /i/m.jpg, width: 10, height: '20', alt: 'A <b>', title: T}\nfeature_image: /other.png"
        expected = Image("https://site.example/i/m.jpg", "A <b>", "T", 10, 20, "image/jpeg")
        assert fields(head, tmp_path=tmp_path).images == (expected,)

    @pytest.mark.parametrize("written", ["javascript:alert(1)", "'data:image/png;base64,AAAA'", "'https://'"])
    def test_an_address_nobody_can_fetch_is_warned_of(self, tmp_path: Path, written: str) -> None:
        change = load(f"image: {written}\nenclosure: {written}", tmp_path=tmp_path)
        assert not change.fields.images + change.fields.enclosures
        assert codes(change) == ["image-invalid", "enclosure-invalid"]

    def test_an_enclosures_type_and_length_come_from_the_file(self, tmp_path: Path) -> None:
        files = {"assets/ep 1.mp3": b"x" * 1234}
        found = fields("audio: /assets/ep 1.mp3", tmp_path=tmp_path, files=files)
        assert found.enclosures == (Enclosure("https://site.example/assets/ep%201.mp3", "audio/mpeg", 1234),)

    def test_what_the_author_says_of_an_enclosure_wins(self, tmp_path: Path) -> None:
        head = "podcast: {url: 'https://cdn.example/a', type: audio/x-m4a, length: 99, duration: '1:02:03', title: One}"
        expected = Enclosure("https://cdn.example/a", "audio/x-m4a", 99, "One", 3723)
        assert fields(head, tmp_path=tmp_path).enclosures == (expected,)

    def test_several_enclosures_come_once_each(self, tmp_path: Path) -> None:
        head = "enclosure: [https://c.example/a.ogg, {url: 'https://c.example/b.mp4', duration: 90}]\n"
        head += "audio: https://c.example/a.ogg\npodcast: true"
        found = fields(head, tmp_path=tmp_path).enclosures
        assert [(one.media_type, one.duration) for one in found] == [("audio/ogg", None), ("video/mp4", 90)]

    def test_an_enclosure_of_a_length_that_is_no_number_is_warned_of(self, tmp_path: Path) -> None:
        change = load("audio: {url: 'https://c.example/a.mp3', length: 12 MB}", tmp_path=tmp_path)
        assert change.fields.enclosures[0].length is None
        assert codes(change) == ["value-invalid"]

    def test_no_enclosure_reaches_out_of_the_tree(self, tmp_path: Path) -> None:
        write(tmp_path, {"secret.mp3": b"x" * 99})
        found = fields("audio: /../secret.mp3", tmp_path=tmp_path / "site")
        assert found.enclosures[0].length is None


class TestAuthors:
    DATA = (
        ("yml", "jane: {name: Jane Kim, email: 'mailto:j@x.example', uri: /jane/, avatar: /j.png}\n"),
        ("yaml", "- {username: jane, name: Jane Kim, mail: j@x.example, website: /jane/, picture: /j.png}\n"),
        ("json", '{"jane": {"name": "Jane Kim", "email": "j@x.example", "url": "/jane/", "avatar": "/j.png"}}\n'),
        ("csv", "id,name,email,url,avatar\njane,Jane Kim,j@x.example,/jane/,/j.png\n"),
        ("tsv", "id\tname\temail\turl\tavatar\njane\tJane Kim\tj@x.example\t/jane/\t/j.png\n"),
    )

    @pytest.mark.parametrize(("extension", "text"), DATA)
    def test_a_short_name_is_looked_up_in_the_sites_data(self, tmp_path: Path, extension: str, text: str) -> None:
        found = fields("author: jane", tmp_path=tmp_path, files={f"_data/authors.{extension}": text})
        expected = Author("Jane Kim", "j@x.example", "https://site.example/jane/", "https://site.example/j.png")
        assert found.authors == (expected,)

    def test_author_and_authors_are_joined_each_once(self, tmp_path: Path) -> None:
        found = fields("author: bo\nauthors: [jane, {name: bo}, bo]", tmp_path=tmp_path)
        assert [author.name for author in found.authors] == ["bo", "jane"]

    def test_a_post_without_an_author_has_the_settings_then_the_sites(self, tmp_path: Path) -> None:
        config = CONFIG + "author: Desk\nemail: desk@site.example\n"
        assert fields(tmp_path=tmp_path / "a", config=config).authors == (Author("Desk", "desk@site.example"),)
        site = SiteSettings(authors=(AuthorSettings(name="Set"),))
        assert fields(tmp_path=tmp_path / "b", config=config, site=site).authors == (Author("Set"),)

    def test_author_data_that_cannot_be_read_is_a_problem_and_no_more(self, tmp_path: Path) -> None:
        opened = source(
            write(tmp_path, {"_config.yml": CONFIG, "_data/authors.yml": "a: b: c\n", POST: post("author: x")})
        )
        _, _, problems = opened.open()
        assert [(found.path, found.line) for found in problems] == [("_data/authors.yml", 1)]
        (change,) = opened.scan({})
        assert put(change).fields.authors == (Author("x"),)


class TestSummaryAndBody:
    @pytest.mark.parametrize(
        ("head", "summary"),
        [
            ("excerpt: E\ndescription: D\nfeature_text: F", "E"),
            ("description: D\nfeature_text: F", "D"),
            ("feature_text: |\n  ## Breaking!\n\n  The <b>news</b>.\n\n  More", "The news. More"),
            ("excerpt: false\ndescription: D", "D"),
            ("excerpt: ''\ntitle: x", None),
        ],
    )
    def test_the_authors_own_summary(self, tmp_path: Path, head: str, summary: str | None) -> None:
        assert fields(head, tmp_path=tmp_path).summary == summary

    def test_a_summary_without_end_is_cut(self, tmp_path: Path) -> None:
        found = fields("excerpt: " + "word " * 2000, tmp_path=tmp_path)
        assert found.summary
        assert len(found.summary) <= LimitSettings().summary_length

    @pytest.mark.parametrize(
        ("key", "tag"), [("lang: ko_KR.UTF-8", "ko-KR"), ("locale: zh-hans-cn", "zh-Hans-CN"), ("language: EN", "en")]
    )
    def test_the_language_is_a_tag(self, tmp_path: Path, key: str, tag: str) -> None:
        assert fields(key, tmp_path=tmp_path).language == tag

    def test_a_language_that_is_none_is_warned_of(self, tmp_path: Path) -> None:
        change = load("lang: 한국어", tmp_path=tmp_path)
        assert change.fields.language is None
        assert codes(change) == ["language-invalid"]

    @pytest.mark.parametrize(
        ("head", "body", "liquid"),
        [
            ("title: x", "{{ page.title }}", True),
            ("title: x", "{% raw %}", True),
            ("title: x", "{ %", False),
            ("render_with_liquid: false", "{{ x }}", False),
        ],
    )
    def test_liquid_is_rendered_where_there_is_some(self, tmp_path: Path, head: str, body: str, liquid: bool) -> None:
        change = load(head, body, tmp_path=tmp_path)
        assert change.fields.liquid is liquid
        assert liquid or not change.problems

    def test_an_excerpt_alone_is_syndicated_where_the_post_or_the_site_wants_it(self, tmp_path: Path) -> None:
        assert not fields("feed: {excerpt_only: true}", tmp_path=tmp_path / "a").full_text
        assert not fields(tmp_path=tmp_path / "b", config=CONFIG + "feed: {excerpt_only: true}\n").full_text
        assert fields("feed: {excerpt_only: false}", tmp_path=tmp_path / "c").full_text

    def test_the_guards_look_at_every_body(self, tmp_path: Path) -> None:
        change = load("title: Bomb", "|" * 3000 + "\n" + "|-" * 3000 + "\n" + "|\n" * 3000, tmp_path=tmp_path)
        assert change.fields.treatment != "lazy"
        assert change.problems


class TestSite:
    def test_the_site_says_who_it_is(self, tmp_path: Path) -> None:
        config = (
            "url: https://Site.example/\nbaseurl: blog/\ntitle: ' The\\u0020Site '\ndescription: D\nlang: ko\n"
            "timezone: Asia/Seoul\nauthor: {name: A, email: a@x.example}\nrights: © Us\nlogo: /logo.png\nicon: /i.png\n"
        )
        facts, context, problems = source(write(tmp_path, {"_config.yml": config})).open()
        assert facts.url == context.url == "https://site.example/blog"
        assert (facts.description, facts.language, facts.timezone, facts.rights) == ("D", "ko", "Asia/Seoul", "© Us")
        assert (facts.logo, facts.icon) == ("https://site.example/blog/logo.png", "https://site.example/blog/i.png")
        assert facts.authors == (Author("A", "a@x.example"),)
        assert (context.baseurl, context.site["baseurl"], context.site["url"]) == (
            "/blog",
            "/blog",
            "https://site.example",
        )
        assert not problems

    def test_a_broken_configuration_makes_the_source_unavailable_with_line_and_mend(self, tmp_path: Path) -> None:
        write(tmp_path, {"_config.yml": "url: https://x.example\ntitle: A: B\n"})
        with pytest.raises(SourceUnavailable, match=r"_config\.yml:2:") as error:
            source(tmp_path).open()
        assert "title:" in str(error.value)

    @pytest.mark.parametrize(
        ("config", "words"),
        [
            ("- a\n- b\n", "keys with values"),
            ("permalink: /:nonsense/\n", ":nonsense"),
            ("source: ../elsewhere\n", "outside"),
            ("collections: {notes: {output: true, permalink: '/:bad/'}}\n", ":bad"),
        ],
    )
    def test_a_configuration_without_sense_makes_the_source_unavailable(
        self, tmp_path: Path, config: str, words: str
    ) -> None:
        with pytest.raises(SourceUnavailable, match=r"_config\.yml") as error:
            source(write(tmp_path, {"_config.yml": config})).open()
        assert words in str(error.value)

    @pytest.mark.parametrize(
        ("config", "code"),
        [
            ("timezone: Asia/Soul\n", "timezone-unknown"),
            ("url: example.org\n", "site-url-invalid"),
            ("defaults: [x]\n", "defaults-invalid"),
        ],
    )
    def test_a_doubtful_setting_is_a_warning_at_its_line(self, tmp_path: Path, config: str, code: str) -> None:
        _, _, problems = source(write(tmp_path, {"_config.yml": f"title: x\n{config}"})).open()
        assert [(found.path, found.line, found.code) for found in problems] == [("_config.yml", 2, code)]

    def test_toml_is_a_configuration_too(self, tmp_path: Path) -> None:
        write(tmp_path, {"_config.toml": 'url = "https://toml.example"\npermalink = "pretty"\n', POST: post()})
        assert put(scan(tmp_path)[POST]).fields.url == "https://toml.example/2024/05/01/a-post/"

    def test_the_first_configuration_counts(self, tmp_path: Path) -> None:
        write(tmp_path, {"_config.yml": "title: First\n", "_config.toml": 'title = "Second"\n'})
        assert source(tmp_path).open()[0].title == "First"

    def test_settings_override_the_zone(self, tmp_path: Path) -> None:
        found = fields(tmp_path=tmp_path, site=SiteSettings(timezone="UTC"))
        assert found.published == datetime(2024, 5, 1, tzinfo=UTC)

    def test_limit_posts_keeps_the_newest_and_drops_what_is_pushed_out(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"_config.yml": CONFIG + "limit_posts: 2\n"}
        files |= {f"_posts/2024-05-0{day}-p.md": post() for day in (1, 2, 3)}
        opened = source(write(tmp_path, files))
        opened.open()
        known = {change.locator: change.fingerprint for change in opened.scan({}) if isinstance(change, Put | Reject)}
        assert list(known) == ["_posts/2024-05-02-p.md", "_posts/2024-05-03-p.md"]
        write(tmp_path, {"_posts/2024-05-04-p.md": post()})
        assert [type(change).__name__ for change in opened.scan(known)] == ["Drop", "Put"]


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ("feed: {path: blog/sub.xml}", "/blog/sub.xml"),
        ("feed: {path: /a.xml}", "/a.xml"),
        ("feed: {path: }", ""),
        ("feed: x", ""),
    ],
)
def test_jekyll_feeds_own_path_is_known(tmp_path: Path, config: str, path: str) -> None:
    facts, _, _ = source(write(tmp_path, {"_config.yml": CONFIG + config + "\n", POST: post()})).open()
    assert facts.feed_path == path


ANCHORED = """
shared: &shared
  author: jane
  tags: [common]
defaults:
  - scope: {path: ""}
    values: *shared
  - scope: {path: _posts}
    values:
      <<: *shared
      tags: [from-posts]
"""


def test_C27_a_site_whose_defaults_are_built_from_anchors_is_read(tmp_path: Path) -> None:
    authors = "base: &base\n  url: https://jane.example/\njane:\n  <<: *base\n  name: Jane Doe\n"
    found = fields(tmp_path=tmp_path, config=CONFIG + ANCHORED, files={"_data/authors.yml": authors})
    assert found.authors == (Author("Jane Doe", url="https://jane.example/"),)
    assert found.tags == ("from-posts",)


def test_C27_a_bomb_in_the_configuration_makes_the_site_unavailable_and_says_where(tmp_path: Path) -> None:
    levels = "".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12))
    opened = source(write(tmp_path, {"_config.yml": f"a0: &a0 [lol]\n{levels}"}))
    with pytest.raises(SourceUnavailable, match=r"_config\.yml:5:\d+ error yaml-alias aliases repeat more than 10000"):
        opened.open()
