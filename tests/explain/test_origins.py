"""From which line each value came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.explain.asking import ask, jekyll_site, text, write

NAME = "2025-01-01-one.md"
PATH = f"_posts/{NAME}"


def lines(found: dict[str, Any], name: str) -> list[str]:
    """Where a value came from, as ``line key`` or in words."""
    return [
        f"{o['path']}:{o['line']} {o['what']}" if o.get("line") else o["what"] for o in found["values"][name]["from"]
    ]


def of_post(tmp_path: Path, config: str = "", *, folder: str = "_posts", **keys: str) -> dict[str, Any]:
    root = jekyll_site(tmp_path / "site", {}, config)
    write(root, {f"{folder}/{NAME}": text(**keys)})
    return ask(NAME, root)


def test_keys_of_the_post_are_named_with_file_line_and_column(tmp_path: Path) -> None:
    found = of_post(
        tmp_path, title="T", date="2025-01-01 10:00", last_modified_at="2025-02-01", lang="en", tags="[a]", author="Kim"
    )
    assert found["values"]["title"]["from"] == [{"what": "title", "path": PATH, "line": 2, "column": 8}]
    assert lines(found, "published") == [f"{PATH}:3 date"]
    assert lines(found, "updated") == [f"{PATH}:4 last_modified_at"]
    assert lines(found, "language") == [f"{PATH}:5 lang"]
    assert lines(found, "tags") == [f"{PATH}:6 tags"]
    assert lines(found, "authors") == [f"{PATH}:7 author"]
    assert found["values"]["published"]["value"] == "2025-01-01T01:00:00Z"


def test_what_the_file_name_says_is_said_to_come_from_there(tmp_path: Path) -> None:
    found = of_post(tmp_path, layout="post")
    assert lines(found, "title") == lines(found, "published") == ["the file's name"]
    assert lines(found, "id") == ["the path of its URL, as jekyll-feed has it"]
    assert lines(found, "summary") == [f"{PATH}:5 derived from the body"]


def test_a_title_equal_to_that_of_the_file_name_still_comes_from_its_line(tmp_path: Path) -> None:
    assert lines(of_post(tmp_path, title="One", date="2025-01-01"), "title") == [f"{PATH}:2 title"]


def test_defaults_are_named_with_the_line_of_the_entry_that_gave_the_value(tmp_path: Path) -> None:
    config = (
        "defaults:\n"  # line 4
        "  - scope: {path: ''}\n"
        "    values:\n"
        "      author: Site\n"
        "      lang: en\n"  # line 8
        "  - scope: {path: '', type: posts}\n"
        "    values:\n"
        "      lang: ko\n"  # line 11
        "  - scope: {path: elsewhere}\n"
        "    values: {lang: fr}\n"
    )
    found = of_post(tmp_path, config, title="T", author="")
    assert lines(found, "language") == ["_config.yml:11 defaults: lang"]
    assert lines(found, "authors") == ["_config.yml:7 defaults: author"]
    own = of_post(tmp_path / "own", config, lang="de")
    assert lines(own, "language") == [f"{PATH}:2 lang"]


def test_what_the_whole_site_says_is_named_in_its_configuration_or_settings(tmp_path: Path) -> None:
    config = "lang: ko\nauthor: Newsroom\n"
    found = of_post(tmp_path, config, title="T")
    assert lines(found, "language") == ["_config.yml:4 lang"]
    assert lines(found, "authors") == ["_config.yml:5 author"]
    said = ask(NAME, tmp_path / "site", site={"language": "en", "authors": [{"name": "Kim"}]})
    assert lines(said, "authors") == ["the setting site.authors"]


def test_an_author_known_by_a_short_name_is_traced_to_the_data_file(tmp_path: Path) -> None:
    root = jekyll_site(tmp_path / "site", {NAME: text(author="kim")})
    write(root, {"_data/authors.yml": "kim:\n  name: Kim Minji\n"})
    found = ask(NAME, root)
    assert found["values"]["authors"]["value"] == ["Kim Minji"]
    assert lines(found, "authors") == [f"{PATH}:2 author", "_data/authors: kim"]


def test_categories_of_directories_and_keys_are_both_told(tmp_path: Path) -> None:
    found = of_post(tmp_path, folder="politics/_posts", title="T", category="local news")
    assert found["values"]["categories"]["value"] == ["politics", "local news"]
    assert lines(found, "categories") == ["the directory politics", f"politics/{PATH}:3 category"]


def test_a_url_is_traced_to_the_template_and_to_what_the_template_asks_for(tmp_path: Path) -> None:
    found = of_post(tmp_path, "permalink: /:categories/:year/:title/\n", category="news", date="2025-01-01 09:00")
    assert found["url"] == "https://news.example.org/news/2025/one/"
    assert lines(found, "url") == [
        "_config.yml:4 permalink",
        f"{PATH}:2 category",
        f"{PATH}:3 date",
        "the file's name",
    ]
    own = of_post(tmp_path / "own", permalink="/here/", date="2025-01-01")
    assert lines(own, "url") == [f"{PATH}:2 permalink"]


def test_the_first_key_that_can_be_read_counts(tmp_path: Path) -> None:
    found = of_post(tmp_path, last_modified_at="whenever", updated="2025-03-01", excerpt="''", description="D")
    assert lines(found, "updated") == [f"{PATH}:3 updated"]
    assert lines(found, "summary") == [f"{PATH}:5 description"]


def test_an_explicit_id_is_traced_to_its_key(tmp_path: Path) -> None:
    assert lines(of_post(tmp_path, guid="tag:ex.org,2025:1"), "id") == [f"{PATH}:2 guid"]


def test_keys_of_plain_folders_are_found_whatever_their_case(tmp_path: Path) -> None:
    folder = write(tmp_path / "notes", {"a.md": text(Title="T", pubDate="2025-01-01", Tags="[x]", Slug="here")})
    found = ask("a.md", folder, site={"url": "https://ex.org"})
    assert lines(found, "title") == ["a.md:2 Title"]
    assert lines(found, "published") == ["a.md:3 pubDate"]
    assert lines(found, "tags") == ["a.md:4 Tags"]
    assert lines(found, "url") == ["a.md:5 Slug", "the file's path"]
    assert lines(found, "id") == ["the file's path, as a tag: URI (RFC 4151)"]


def test_a_plain_title_is_traced_to_the_heading_and_a_missing_date_to_the_index(tmp_path: Path) -> None:
    folder = write(tmp_path / "notes", {"a.md": "---\ntags: [x]\npublished: true\n---\n\nIntro\n\n## Heading\n"})
    found = ask("a.md", folder, site={"url": "https://ex.org"})
    assert found["values"]["title"]["value"] == "Heading"
    assert lines(found, "title") == ["a.md:8 the first heading"]
    assert lines(found, "published") == ["when the index first saw the file (state.db)"]


@pytest.mark.parametrize("notation", ['+++\ntitle = "T"\n+++\nBody', '{\n"title": "T"}\nBody'])
def test_toml_and_json_have_lines_too(tmp_path: Path, notation: str) -> None:
    folder = write(tmp_path / "notes", {"2025-01-01-a.md": notation})
    assert lines(ask("a", folder, site={"url": "https://ex.org"}), "title") == ["2025-01-01-a.md:2 title"]
