"""The ``feedmill`` command: serve, worker, refresh, sources, states, build, check, explain, diff, import-feed, config.

It parses words, calls the wiring, and turns errors into one line and an exit code (0 fine, 1 problems found, 2 usage,
3 settings, 4 source or storage unavailable). Heavy imports wait until a command needs them, so that ``--help`` is
instant.
"""

from __future__ import annotations

import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli_options import Commands, OneOf, common, notice
from service.documents import GROUPS, KINDS, Group, Selection
from service.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from feeds.model import ChannelKind
    from service.pulling.once import Watched
    from service.settings import Settings


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedmill")
def main() -> None:
    """Correct, cached RSS, Atom and JSON Feed for a site and for each of its categories, tags, authors and languages.

    PATH is a content directory (a Jekyll, Hugo, Eleventy or Zola site, or a folder of .md, .markdown, .mdx, .html and
    .txt files) or the address of a feed. Without it the sources are those of feedmill.toml or FEEDMILL_SOURCE, else the
    site that the command is run in.
    """


GROUP = OneOf([*dict.fromkeys(GROUPS.values())])

log_level = click.option(
    "--log-level", type=click.Choice(["debug", "info", "warn", "warning", "error"]), help="Least level logged."
)


@main.command()
@common
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--worker/--no-worker", "with_worker", default=True, help="Run the refresh worker beside the web server.")
@log_level
def serve(settings: Settings, with_worker: bool) -> None:
    """Serve the feeds, and keep them fresh."""
    from service import serving

    serving.serve(settings, click.echo, with_worker=with_worker)


@main.command()
@common
@log_level
def worker(settings: Settings) -> None:
    """Keep the index fresh without serving (one per state directory); with [sites], those of all sites."""
    from service import serving

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serving.work_for_all(settings, stop)


@main.command()
@common
@click.option("--source", "named", multiple=True, metavar="NAME", help="This source alone; may be given several times.")
@click.option(
    "--force", is_flag=True, help="Believe an emptied or shrunken source, and ask one that wants to be left alone."
)
@click.option(
    "--adopt",
    is_flag=True,
    help="This is the site that the state directory belongs to, moved: go on with all it remembers although no source "
    "is known there by its place or name. No worker may run meanwhile.",
)
@log_level
def refresh(settings: Settings, named: tuple[str, ...], force: bool, adopt: bool) -> None:
    """Scan directories and ask remote sources now; where a worker runs, have it do so.

    In the place of PATH the name of a configured source may stand; a folder of that name is written ./name. Inside a
    site PATH may be left out. Exit code 4: one of them could not be read.
    """
    from service import commands

    with _progress() as (_, pulled):
        code = commands.refresh(settings, click.echo, sources=named, force=force, adopt=adopt, progress=pulled)
    sys.exit(code)


@main.command()
@common
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
def sources(settings: Settings, form: str) -> None:
    """List the sources: published posts (beside them pages, and what is not published), age, next pull, last error,
    what is held back, feeds of a list that cannot be read. Inside a site PATH may be left out. Exit code 1: one of the
    sources is stale."""
    from service import commands

    sys.exit(commands.sources(settings, click.echo, form=form))


@main.command()
def states() -> None:
    """List the default state directories: size, when they were last written, whose content they are of, and whether
    that is there. Removes nothing: says what may be removed, and how."""
    from datetime import UTC, datetime

    from service.state_home import home
    from service.states import told

    for line in told(home(), datetime.now(UTC)):
        click.echo(line)


@main.command()
@common
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Directory to write to.")
@click.option("--only", multiple=True, type=GROUP, help="Write these documents only; may be given several times.")
@click.option("--without", multiple=True, type=GROUP, help="Leave these documents out; may be given several times.")
@click.option("--pages/--no-pages", default=True, help="--no-pages is --without page.")
@click.option(
    "--channels",
    multiple=True,
    type=OneOf(KINDS),
    help="Write documents of such channels only; may be given several times.",
)
@click.option("--coded/--no-coded", default=True, help="--no-coded: without .gz and .br.")
@click.option("--force", is_flag=True, help="Believe an emptied or shrunken source.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that build a large site (default: one for each processor, at most 4).",
)
@log_level
def build(
    settings: Settings,
    out: Path,
    only: tuple[Group, ...],
    without: tuple[Group, ...],
    pages: bool,
    channels: tuple[ChannelKind, ...],
    coded: bool,
    force: bool,
    jobs: int | None,
) -> None:
    """Write every document as a static file, with .gz and .br beside it (metadata of pages without)."""
    from service import ahead, preflight

    for fault in preflight.beside(settings):
        notice(f"warning: {fault}")
    groups = frozenset(only or GROUPS.values()) - {*without, *(() if pages else ("page",))}
    if not groups:
        raise UsageError("build: --only and --without leave nothing to write")
    wanted = Selection(groups, frozenset(channels or KINDS), coded)
    content = ahead.opened(settings, out, wanted, force=force)
    with ahead.reading(content):
        from service import census, collecting, commands, report, team, tick  # 350 ms with SQLAlchemy and every format

        collecting.loaded()
        with (
            team.gathered(team.jobs(jobs)) as helpers,  # first: progress draws in a thread, and forks want none
            _progress() as (progress, pulled),
        ):
            built, posts, errors, stale, held, contested = commands.build_site(
                content, out, wanted, force=force, progress=progress, pulled=pulled, team=helpers
            )
    click.echo(
        f"{posts}; {built.documents} documents in {out}: {built.written} files written, {built.unchanged} unchanged, "
        f"{built.removed} removed, {built.bytes / 1e6:.1f} MB"
        + (f"; {report.counted(errors, 'error')} in the content (feedmill check says more)" if errors else "")
    )
    if not posts.published:
        click.echo(f"feedmill: warning: no post is published, the feeds are empty: {census.NO_POSTS}", err=True)
    for name, problem in contested[: tick.TOLD]:
        click.echo(f"feedmill: warning: source {report.printable(f'{name}: {problem}')}", err=True)
    if len(contested) > tick.TOLD:
        click.echo("feedmill: warning: and more that are not built because of another file (feedmill check)", err=True)
    for name, hold in sorted(held.items()):
        line = f"source {name}: {hold.lost} of {hold.known} posts are missing; they are built all the same"
        click.echo(f"feedmill: warning: {report.printable(line)} (is the disk mounted? --force believes it)", err=True)
    for name, why in sorted(stale.items()):
        line = f"source {name} could not be read, and what it published before stands: {why}"
        click.echo(f"feedmill: {report.printable(line)}", err=True)
    for name in sorted(built.unnamed):
        click.echo(
            f"feedmill: {report.printable(name)}: left out: the file system cannot have that name "
            "(it is too long, or also a directory's)",
            err=True,
        )
    for name, why in sorted(built.broken.items()):
        click.echo(
            f"feedmill: {report.printable(f'{name}: {why}')}; its last good file stands, please report this", err=True
        )
    sys.exit(4 if stale else int(bool(built.broken)))


@contextlib.contextmanager
def _progress() -> Iterator[tuple[Callable[[int, int], None] | None, Watched | None]]:
    """What shows how many documents of how many are written, and how many posts of a source were read; None where
    standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None, None  # 20 ms of rich, for nobody to look at
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from service.report import printable

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(escape(printable(what)), total=None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield functools.partial(show, "documents"), lambda name, done, total: show(f"posts of {name}", done, total)


@main.command()
@common
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="Form of the report.",
)
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="NAME",
    help="A consumer whose own demands are checked, too: google-news, msn, smartnews, naver, feedly ...",
)
def check(settings: Settings, strict: bool, form: str, profiles: tuple[str, ...]) -> None:
    """Report what is wrong with the content and its documents: path:line:col level code message [whom] (hint)."""
    from service import checking

    sys.exit(checking.check_content(settings, click.echo, strict=strict, form=form, profiles=profiles))


@main.command()
@click.argument("post")
@common
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the answer.")
def explain(settings: Settings, post: str, form: str) -> None:
    """Say where a post is published and which line gave each value, or why it is not published.

    POST is a file, a bare name, the URL or path of a page in any spelling (a former one, too), an id as documents show
    it, or an upstream's name of an item. PATH may be left out inside a site. With --state the index there is read as it
    is; without, the content is indexed for this question alone. Exit code 0: published, 1: not, 2: no such post.
    """
    from service.explain import command

    sys.exit(command.explain(post, settings, click.echo, form=form))


@main.command()
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the report.")
def diff(old: str, new: str, form: str) -> None:
    """Compare two builds, feeds or live sites as readers would see them.

    OLD and NEW are each a directory of a build, a feed document, or the http(s) URL of a feed or of a site's root.
    Exit code 1: a post has another id (readers show it again), an entry vanished from within a feed's window, or a feed
    can no longer be read. 4: a side cannot be reached or holds no feed.
    """
    from service.diff import reporting, sides

    found = sides.diff(old, new)
    click.echo(reporting.FORMATS[form](found))
    sys.exit(int(found.failed))


@main.command("import-feed")
@click.argument("feed", metavar="URL|FILE")
@common
@click.option("--at", default="", metavar="URL|PATH", help="Where the feed was, if neither URL nor the feed says.")
@click.option("--to", default="", metavar="PATH", help="Our feed that answers there, such as /categories/news/rss.xml.")
@click.option("--replace", "replacing", is_flag=True, help="Pin this feed's ids where another feed's are pinned.")
@click.option("--dry-run", is_flag=True, help="Change nothing.")
@click.option("--force", is_flag=True, help="Believe an emptied or shrunken source.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the report.")
def import_feed(
    settings: Settings, feed: str, at: str, to: str, replacing: bool, dry_run: bool, force: bool, form: str
) -> None:
    """Take over the readers of the feed a site had before: none of them sees an entry twice, or loses one.

    The entries of RSS, Atom or JSON Feed are matched to the posts by link, by id, by title and date; their ids and
    dates are pinned in the state directory, and where the feed was is redirected to ours. A page leads to the feed that
    it announces. Several feeds may be imported, also beside a running worker, which takes them over at once. Prints the
    proof, made with our own feed as it is then. Exit code 1: entries appear twice or are lost.
    """
    from service.importing import command

    sys.exit(
        command.import_feed(
            feed,
            settings,
            click.echo,
            options=command.Options(at=at, to=to, replacing=replacing, dry_run=dry_run, force=force),
            form=form,
        )
    )


@main.command()
@common
@click.option("--check", "only_check", is_flag=True, help="Print only what is wrong; exit 3 or 4 as serve would.")
@click.option(
    "--elsewhere",
    is_flag=True,
    help="The settings are for another machine: what this one lacks (variables, files, directories) is a warning.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of feedmill.toml, for editors.")
def config(settings: Settings, only_check: bool, elsewhere: bool, schema: bool) -> None:
    """Print the effective settings as JSON, secrets masked; and what would keep them from working, a line each.

    Exit code: what serve would refuse to start with, 0 where it would start.
    """
    if schema:
        from importlib.resources import files

        click.echo((files("schemas") / "settings.json").read_text("utf-8"), nl=False)
        return
    from service import configuring

    configuring.config(settings, click.echo, notice, only_check=only_check, elsewhere=elsewhere)


if __name__ == "__main__":
    main()
