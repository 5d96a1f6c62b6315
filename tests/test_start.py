"""What a command imports before it does anything: by names, because times are the machine's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RENDERING = {"liquid", "babel", "comrak", "nh3", "lxml", "feedgen", "jinja2", "brotli", "zstandard", "imagesize"}
SERVING = {"flask", "werkzeug", "uvicorn", "httptools", "a2wsgi", "prometheus_client", "watchfiles", "multiprocessing"}
REPORTING = {"rich", "jsonschema", "charset_normalizer", "schemas"}
STORING = {"sqlalchemy", "sqlite3", "pydantic", "yaml", "feeds"}

_PROGRAM = """
import sys
from service.cli import main
try:
    main()
finally:
    print("\\n".join(sys.modules), file=sys.stderr)
"""


def imported(*words: str, cwd: Path) -> set[str]:
    """The names of the top packages that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith(("FEEDMILL_", "COVERAGE_"))},
        capture_output=True,
        text=True,
        check=True,
    )
    names = done.stderr.split()
    assert "service.cli" in names
    return {name.partition(".")[0] for name in names}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A Jekyll site of one post, in Markdown without Liquid."""
    posts = tmp_path / "site" / "_posts"
    posts.mkdir(parents=True)
    (posts.parent / "_config.yml").write_text("title: T\nurl: https://example.org\n")
    (posts / "2024-01-01-one.md").write_text("---\ntitle: One\n---\nHello *there*, [you](/you).\n")
    return posts.parent


def test_help_needs_nothing_but_click(tmp_path: Path) -> None:
    assert imported("--help", cwd=tmp_path).isdisjoint(RENDERING | SERVING | REPORTING | STORING)
    assert imported("build", "--help", cwd=tmp_path).isdisjoint(RENDERING | SERVING | REPORTING | STORING)


def test_a_scan_renders_serves_and_reports_nothing(site: Path) -> None:
    for _ in ("cold", "warm"):
        found = imported("refresh", str(site), "--state", "state", cwd=site.parent)
        assert found.isdisjoint(RENDERING | SERVING | REPORTING), sorted(found & (RENDERING | SERVING | REPORTING))


def test_a_build_of_feeds_without_templates_knows_no_template_language(site: Path) -> None:
    words = ("build", str(site), "--state", "state", "--out", "out", "--jobs", "1", "--only", "rss")
    found = imported(*words, cwd=site.parent)
    unneeded = {"liquid", "babel", "jinja2", "urllib3", "requests"}
    assert found.isdisjoint(unneeded), sorted(found & unneeded)
    post = site / "_posts" / "2024-01-01-one.md"
    post.write_text(post.read_text() + "{{ page.title }}\n")
    assert imported(*words, cwd=site.parent).isdisjoint(unneeded)
    post.write_text(post.read_text() + "{{ page.title | upcase }}\n")
    assert "liquid" in imported(*words, cwd=site.parent)


def test_who_serves_has_imported_all_that_a_first_request_may_need() -> None:
    program = "import service.app, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"service.content.liquid", "service.showing"} <= set(done.stdout.split())


def test_a_build_serves_and_reports_nothing(site: Path) -> None:
    found = imported("build", str(site), "--state", "state", "--out", "out", cwd=site.parent)
    unneeded = SERVING - {"multiprocessing"} | REPORTING  # service.team forks its helpers before anything is open
    assert found.isdisjoint(unneeded), sorted(found & unneeded)


def test_a_large_site_is_read_before_the_index_and_the_formats_are_imported(site: Path) -> None:
    for number in range(1001):
        (site / "_posts" / f"2024-01-02-{number}.md").write_text("---\ntitle: One more\n---\nText.\n")
    program = """
import os, sys
fork = os.fork
def watched():
    print("forked", "sqlalchemy" in sys.modules, "lxml" in sys.modules, file=sys.stderr)
    return fork()
os.fork = watched
""" + _PROGRAM.replace("sys.modules", "()")
    words = ("build", str(site), "--state", "state", "--out", "out", "--only", "rss", "--jobs", "2")
    more = ("--set", "refresh.processes=2")
    done = subprocess.run(
        [sys.executable, "-c", program, *words, *more], cwd=site.parent, capture_output=True, text=True, check=True
    )
    forks = [line for line in done.stderr.splitlines() if line.startswith("forked")]
    # Two that read, then two that build: these have what their parent has, and import nothing again.
    assert forks == ["forked False False"] * 2 + ["forked True True"] * 2
    again = subprocess.run(
        [sys.executable, "-c", program, *words, *more], cwd=site.parent, capture_output=True, text=True, check=True
    )
    assert again.stderr.count("forked") == 2  # nothing is new, so nothing is read
