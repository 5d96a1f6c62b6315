"""An id that an author wrote is told from a derived one by every dialect: nothing kept or pinned replaces it."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.settings import LimitSettings, SiteSettings, SourceSettings
from service.sources.directory import open_source
from service.sources.source import Put

DIALECTS = {
    "plain": ("{}.md", "---\ntitle: A\n{}---\nText.\n", "guid: tag:own\n"),
    "jekyll": ("_posts/2025-01-01-{}.md", "---\ntitle: A\n{}---\nText.\n", "guid: tag:own\n"),
    "eleventy": ("{}.md", "---\ntitle: A\ntags: post\ndate: 2025-01-01\n{}---\nText.\n", "guid: tag:own\n"),
    "zola": ("content/{}.md", '+++\ntitle = "A"\ndate = 2025-01-01\n{}+++\nText.\n', '[extra]\nguid = "tag:own"\n'),
}
CONFIGURATION = {"jekyll": "_config.yml", "eleventy": "eleventy.config.js", "zola": "config.toml"}


@pytest.mark.parametrize("kind", DIALECTS)
def test_an_id_that_its_author_wrote_is_known_as_such(tmp_path: Path, kind: str) -> None:
    name, text, says = DIALECTS[kind]
    for post, line in (("derived", ""), ("written", says)):
        path = tmp_path / name.format(post)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(line), "utf-8")
    if kind in CONFIGURATION:
        (tmp_path / CONFIGURATION[kind]).write_text("", "utf-8")
    settings = SourceSettings.model_validate({"path": tmp_path, "kind": kind})
    source = open_source(settings, SiteSettings.model_validate({"url": "https://example.org"}), LimitSettings())
    source.open()
    found = {change.locator.rpartition("/")[2].removesuffix(".md")[-7:]: change for change in source.scan({})}
    derived, written = found["derived"], found["written"]
    assert isinstance(derived, Put)
    assert isinstance(written, Put)
    assert (derived.fields.explicit_id, written.fields.explicit_id) == (False, True)
    assert written.fields.id == "tag:own"
