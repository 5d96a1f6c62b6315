"""A Hugo site as a source: how it is recognised, what follows when its files change, and what nobody must see."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.errors import SourceUnavailable
from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources import hugo_urls
from service.sources.directory import DirectorySource
from service.sources.files import Tree
from service.sources.hugo_config import is_hugo
from service.sources.source import Change, Drop, Put, Reject
from tests.sources.support import SHARED, Clock, codes, png, put, write

CONFIG = 'baseURL = "https://hugo.example/"\n'
POST = "---\ntitle: A\ndate: 2024-01-01\n---\nText.\n"
CORPUS = SHARED / "corpora/spf13-hugo-toml"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"hugo.toml": CONFIG}, "hugo.toml is there"),
        ({"hugo.yaml": "baseURL: /\n"}, "hugo.yaml is there"),
        ({"config.toml": CONFIG, "content/a.md": POST}, "config.toml and content are there"),
        ({"config.yaml": "baseurl: https://x.example/\n", "content/a.md": POST}, "config.yaml and content are there"),
        (
            {"config.json": '{"baseURL": "https://x.example/"}', "content/a.md": POST},
            "config.json and content are there",
        ),
        ({"config.toml": "theme = 'x'\n", "archetypes/default.md": POST}, "config.toml and archetypes are there"),
        ({"config/_default/hugo.toml": CONFIG}, "config/_default is there"),
        ({"_config.yml": "url: https://x.example\n", "content/a.md": POST}, ""),
        ({"config.toml": 'base_url = "https://x.example"\n', "content/a.md": POST}, ""),
        ({"config.toml": CONFIG}, ""),
        ({"config.yaml": "database: x\n", "content/a.md": POST}, ""),
        ({"content/a.md": POST}, ""),
    ],
)
def test_a_hugo_site_is_known_by_its_configuration(files: dict[str, str | bytes], reason: str, tmp_path: Path) -> None:
    with Tree(write(tmp_path, files)) as tree:
        assert is_hugo(tree) == reason


def opened(root: Path, *, now: float = 4_000_000_000.0, **site: str) -> DirectorySource:
    clock = Clock(now)
    settings = SourceSettings(path=root)
    found = DirectorySource(settings, SiteSettings(**site), LimitSettings(), clock=clock, sleep=clock.sleep)
    found.open()
    return found


def scan(root: Path, **options: object) -> dict[str, Change]:
    return {change.locator: change for change in opened(root, **options).scan({})}  # type: ignore[arg-type]


def test_a_second_scan_finds_nothing_and_a_changed_cascade_everything(tmp_path: Path) -> None:
    section = "content/posts/_index.md"
    write(tmp_path, {"hugo.toml": CONFIG, "content/posts/a.md": POST, section: "---\ncascade: {tags: [x]}\n---\n"})
    source = opened(tmp_path)
    known = {change.locator: put(change).fingerprint for change in source.scan({})}
    source.open()
    assert list(source.scan(known)) == []
    write(tmp_path, {section: "---\ncascade: {tags: [x]}\n---\nA body is no news.\n"})
    source.open()
    assert list(source.scan(known)) == []
    write(tmp_path, {section: "---\ncascade: {draft: true}\n---\n"})
    source.open()
    (change,) = source.scan(known)
    assert put(change).fields.visibility == "hidden"


def test_a_page_that_becomes_a_file_of_a_bundle_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": CONFIG, "content/posts/x/a.md": POST})
    source = opened(tmp_path)
    known = {change.locator: put(change).fingerprint for change in source.scan({})}
    write(tmp_path, {"content/posts/x/index.md": POST})
    source.open()
    changes = {change.locator: change for change in source.scan(known)}
    assert isinstance(changes["content/posts/x/a.md"], Drop)
    assert put(changes["content/posts/x/index.md"]).fields.url == "https://hugo.example/posts/x/"


def test_C41_nothing_below_a_section_to_come_is_out_until_it_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"hugo.toml": CONFIG, "content/posts/_index.md": "---\ndate: 2030-01-01\n---\n", "content/posts/a.md": POST},
    )
    begins = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    early, late = (scan(tmp_path, now=begins + seconds)["content/posts/a.md"] for seconds in (-5, 5))
    assert put(early).fields.visibility == "hidden"
    assert int(put(early).fingerprint.partition("@")[2], 16) == begins
    assert put(late).fields.visibility == "public"


def test_C39_formats_of_other_programs_are_one_line(tmp_path: Path) -> None:
    others = {f"content/{name}.org": "x" for name in "bc"}
    write(tmp_path, {"hugo.toml": f"{CONFIG}enableGitInfo = true\n", "content/posts/a.md": POST, **others})
    _, _, problems = DirectorySource(SourceSettings(path=tmp_path), SiteSettings(), LimitSettings()).open()
    assert [(p.code, p.line) for p in problems] == [("format-unsupported", 0), ("git-unread", 2)]
    assert "2 .org files" in problems[0].message


def test_a_configuration_that_is_gone_for_an_instant_does_not_make_a_plain_folder(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": CONFIG, "content/posts/a.md": POST})
    source = opened(tmp_path)
    (tmp_path / "hugo.toml").unlink()
    with pytest.raises(SourceUnavailable, match=r"hugo\.toml is gone"):
        source.open()


def test_a_permalink_that_nobody_can_expand_stops_the_source_at_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": f'{CONFIG}[permalinks]\nposts = "/:nothing/"\n', "content/posts/a.md": POST})
    with pytest.raises(SourceUnavailable, match=r"hugo\.toml:2:1 permalinks: posts: .*:nothing is unknown"):
        opened(tmp_path)


def test_a_broken_configuration_names_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": f"{CONFIG}title = \n", "content/posts/a.md": POST})
    with pytest.raises(SourceUnavailable, match=r"hugo\.toml:2"):
        opened(tmp_path)


def test_the_settings_address_wins_in_every_language(tmp_path: Path) -> None:
    hosts = '[languages.en]\nbaseURL = "https://en.example/"\n[languages.ko]\nbaseURL = "https://ko.example/"\n'
    write(tmp_path, {"hugo.toml": CONFIG + hosts, "content/posts/a.md": POST, "content/posts/a.ko.md": POST})
    changes = scan(tmp_path, url="https://mine.example/x")
    assert put(changes["content/posts/a.md"]).fields.url == "https://mine.example/x/posts/a/"
    assert put(changes["content/posts/a.ko.md"]).fields.url == "https://mine.example/x/ko/posts/a/"


def test_keys_of_themes_and_of_params_are_read(tmp_path: Path) -> None:
    head = (
        "title: A\ndate: 2024-01-01\nparams:\n  author: Kim\n  draft: true\n"
        "cover: {image: /pic.png, alt: words}\ncanonicalURL: https://else.example/a\nrobotsNoIndex: true\n"
    )
    write(tmp_path, {"hugo.toml": CONFIG, "static/pic.png": png(10, 20), "content/posts/a.md": f"---\n{head}---\nx\n"})
    fields = put(scan(tmp_path)["content/posts/a.md"]).fields
    assert [author.name for author in fields.authors] == ["Kim"]
    assert fields.visibility == "public"  # Hugo's own keys mean nothing below params
    assert [(image.url, image.alt, image.width) for image in fields.images] == [
        ("https://hugo.example/pic.png", "words", 10)
    ]
    assert fields.canonical == "https://else.example/a"
    assert (fields.noindex, fields.listed) == (True, False)


@pytest.mark.parametrize("date", ["someday", "2024-13-45", "[1, 2]"])
def test_a_date_that_nobody_can_read_rejects_the_page_rather_than_date_it_now(date: str, tmp_path: Path) -> None:
    text = f"---\ntitle: A\ndate: {date}\n---\n"
    write(tmp_path, {"hugo.toml": CONFIG, "content/posts/a.md": text, "content/posts/b.md": POST})
    changes = scan(tmp_path)
    assert isinstance(changes["content/posts/b.md"], Put)
    if date.startswith("["):
        assert "date-missing" in codes(changes["content/posts/a.md"])
    else:
        assert isinstance(changes["content/posts/a.md"], Reject)


def test_placeholders_of_later_versions_are_known() -> None:
    page = hugo_urls.AddressParts("posts/sub", "file", ("posts", "sub"), "A Title", section_slugs=("Beiträge", "Unten"))
    expanded = {
        pattern: hugo_urls.expand(pattern, page, hugo_urls.Spelling())
        for pattern in (
            ":sectionslug",
            ":sectionslugs",
            ":sectionslugs[1:]",
            ":contentbasename",
            ":slugorcontentbasename",
        )
    }
    assert list(expanded.values()) == ["beiträge", "beiträge/unten", "Unten", "file", "file"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not beside this repository")
def test_every_post_of_a_real_blog_is_accounted_for(tmp_path: Path) -> None:
    """The corpus has no configuration of its own: one is made beside links to its files."""
    (tmp_path / "hugo.toml").write_text(CONFIG, "utf-8")
    for path in sorted(CORPUS.rglob("*.md")):
        target = tmp_path / path.relative_to(CORPUS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    changes = scan(tmp_path)
    assert len(changes) == sum(1 for _ in CORPUS.rglob("*.md"))
    assert all(isinstance(change, Put) and change.fields.published for change in changes.values())


def test_what_a_site_is_understood_by_is_the_same_in_every_process(tmp_path: Path) -> None:
    """Else a restart reads the whole site anew."""
    write(
        tmp_path, {"hugo.toml": f'{CONFIG}[params]\nmainSections = ["a", "b", "c", "d", "e"]\n', "content/a/a.md": POST}
    )
    code = (
        "import sys; from pathlib import Path; from tests.sources.hugo.test_hugo import scan; "
        "print(scan(Path(sys.argv[1]))['content/a/a.md'].fingerprint)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, tmp_path],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
