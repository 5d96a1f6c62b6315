"""The ``feedmill`` command: serve, worker, refresh, build, check, config.

It parses words, calls the wiring, and turns errors into one line and an exit code (0 fine, 1 problems found, 2 usage,
3 settings, 4 source or storage unavailable). Heavy imports wait until a command needs them, so that ``--help`` is
instant.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from service.errors import FeedmillError, UsageError
from service.settings import Settings, load, masked
from service.settings_layers import Layer, assignment
from service.settings_names import parts


class Commands(click.Group):
    """A group whose commands end with our errors' exit codes instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FeedmillError as error:
            from service.report import printable

            click.echo(f"feedmill: {printable(str(error))}", err=True)
            ctx.exit(error.exit_code)


def common(command: Callable[..., None]) -> Callable[..., None]:
    """The options every command takes; the command receives the settings they make."""

    @click.argument("path", required=False, type=click.Path(path_type=Path))
    @click.option("--config", type=click.Path(path_type=Path), help="Settings file instead of feedmill.toml.")
    @click.option("--state", type=click.Path(path_type=Path), help="Directory for everything Feedmill writes.")
    @click.option("--url", help="Where the site is, such as https://example.org (site.url).")
    @click.option(
        "--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Any setting, such as feed.window=50."
    )
    @functools.wraps(command)
    def wrapped(
        path: Path | None,
        config: Path | None,
        state: Path | None,
        url: str | None,
        assignments: tuple[str, ...],
        **rest: Any,
    ) -> None:
        layers = [] if path is None else [Layer("PATH", {"source": {"path": str(path)}})]
        layers += [_assigned(assignment, path) for assignment in assignments]
        if url is not None:
            layers.append(Layer("--url", {"site": {"url": url}}))
        for name, value in (
            ("state", state),
            *((name, rest.pop(name, None)) for name in ("host", "port", "log_level")),
        ):
            if value is not None:
                layers.append(Layer(f"--{name.replace('_', '-')}", {"service": {name: value}}))
        command(load(layers, config, path), **rest)

    return wrapped


def _assigned(text: str, path: Path | None) -> Layer:
    """What one ``--set`` says; a part of a name with a dot in it stands in double quotes."""
    name, equals, value = text.partition("=")
    names = parts(name)
    if not equals or (len(names) < 2 and names != ("source",)):
        raise UsageError(f"--set {text!r}: write SECTION.KEY=VALUE, such as feed.window=50")
    if path is not None and names in (("source",), ("source", "path")):
        raise UsageError(f"--set {text!r}: PATH says {str(path)!r}; say it once")
    return Layer("--set", assignment(Settings, names, value, "--set"))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedmill")
def main() -> None:
    """Correct, cached RSS, Atom and JSON Feed for a site and for each of its categories, tags, authors and languages.

    PATH is a content directory: a Jekyll site, or a folder of .md, .markdown, .html and .txt files. Without it the
    sources are those of feedmill.toml or FEEDMILL_SOURCE.
    """


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
    from service import commands

    commands.serve(settings, click.echo, with_worker=with_worker)


@main.command()
@common
@log_level
def worker(settings: Settings) -> None:
    """Keep the index fresh without serving (one per state directory)."""
    from service import commands

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    commands.work(settings, stop)


@main.command()
@common
@click.option("--force", is_flag=True, help="Believe an emptied or shrunken source.")
@log_level
def refresh(settings: Settings, force: bool) -> None:
    """Scan the sources now; where a worker runs, ask it to."""
    from service import commands

    commands.refresh(settings, click.echo, force=force)


@main.command()
@common
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Directory to write to.")
@click.option("--pages/--no-pages", default=True, help="Write the HTML pages too.")
@click.option("--force", is_flag=True, help="Believe an emptied or shrunken source.")
@log_level
def build(settings: Settings, out: Path, pages: bool, force: bool) -> None:
    """Write every document as a static file, with .gz and .br beside it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from service import commands, report

    columns = (TextColumn("documents"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("documents", total=None)
        built, errors = commands.build_site(
            settings,
            out,
            pages=pages,
            force=force,
            progress=lambda made, total: bar.update(task, completed=made, total=total),
        )
    click.echo(
        f"{built.documents} documents in {out}: {built.written} files written, {built.unchanged} unchanged, "
        f"{built.removed} removed, {built.bytes / 1e6:.1f} MB"
        + (f"; {report.counted(errors, 'error')} in the content (feedmill check says more)" if errors else "")
    )


@main.command()
@common
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="Form of the report."
)
def check(settings: Settings, strict: bool, form: str) -> None:
    """Report what is wrong with the content: path:line:col level code message (hint)."""
    from service import commands

    sys.exit(commands.check_content(settings, click.echo, strict=strict, form=form))


@main.command()
@common
@click.option("--check", "only_check", is_flag=True, help="Print nothing; exit 3 where a setting is wrong.")
def config(settings: Settings, only_check: bool) -> None:
    """Print the effective settings as JSON, secrets masked."""
    if not only_check:
        click.echo(json.dumps(masked(settings), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
