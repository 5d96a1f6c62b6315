"""What every command takes: PATH, --config, --state, --site, --url, --set; and how its errors end.

Turns words into layers of settings. Heavy imports wait until a command needs them, so that ``--help`` is instant.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service import collecting
from service.errors import FeedmillError, UsageError

if TYPE_CHECKING:
    from service.settings import Settings
    from service.settings_layers import Layer


class Commands(click.Group):
    """A group whose commands end with our errors' exit codes instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        collecting.starting()
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
    @click.option("--site", "of", metavar="HOST", help="The site of [sites] that this host shows, not the main one.")
    @click.option("--url", help="Where the site is, such as https://example.org (site.url).")
    @click.option(
        "--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Any setting, such as feed.window=50."
    )
    @functools.wraps(command)
    def wrapped(
        path: Path | None,
        config: Path | None,
        state: Path | None,
        of: str | None,
        url: str | None,
        assignments: tuple[str, ...],
        **rest: Any,
    ) -> None:
        from service.settings import load  # 100 ms with pydantic: --help needs no settings
        from service.settings_layers import Layer

        if path is not None and "named" in rest and not path.exists() and _is_source(str(path), config):
            path, rest["named"] = None, (*rest["named"], str(path))
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
        settings = load(layers if of is None else (), config, path, _notice)
        if of is not None:
            settings = _of_site(settings, of, layers, path)
        elif "post" in rest and not settings.source:
            settings = _of_site_above(rest["post"], layers, config)
        command(settings, **rest)

    return wrapped


def _is_source(name: str, config: Path | None) -> bool:
    """Whether a source of the settings has that name."""
    from service.runtime import source_name
    from service.settings import load

    return any(source_name(source) == name for source in load((), config).source)


def _of_site(main: Settings, host: str, layers: list[Layer], path: Path | None) -> Settings:
    """The settings of the site that a host shows, under the options."""
    from service.sites import named

    if path is not None:
        raise UsageError(f"--site {host!r} says whose content it is, and so does PATH; say it once")
    return named(main, host, layers)


def _of_site_above(post: str, layers: list[Layer], config: Path | None) -> Settings:
    """The settings of the site that a post lies in, else of the one we stand in. Raises UsageError."""
    from service.settings import load, site_above
    from service.settings_layers import Layer

    for start in (*([Path(post).parent] if os.path.lexists(post) else ()), Path.cwd()):
        root = site_above(start)
        if root is not None:
            settings = load(layers, config, root, _notice)
            here = Layer("PATH", {"source": {"path": str(root)}})
            return settings if settings.source else load([here, *layers], config, root, _notice)
    raise UsageError(f"no content: write feedmill explain {post} PATH, or run it inside the site (_config.yml)")


def _notice(line: str) -> None:
    from service.report import printable

    click.echo(f"feedmill: {printable(line)}", err=True)


def _assigned(text: str, path: Path | None) -> Layer:
    """What one ``--set`` says; a part of a name with a dot in it stands in double quotes."""
    from service.settings import Settings
    from service.settings_layers import Layer, assignment
    from service.settings_names import parts

    name, equals, value = text.partition("=")
    names = parts(name)
    if not equals or (len(names) < 2 and names != ("source",)):
        raise UsageError(f"--set {text!r}: write SECTION.KEY=VALUE, such as feed.window=50")
    if path is not None and names in (("source",), ("source", "path")):
        raise UsageError(f"--set {text!r}: PATH says {str(path)!r}; say it once")
    return Layer("--set", assignment(Settings, names, value, "--set"))
