"""What every command takes: PATH, --config, --state, --site, --url, --set; and how its errors end.

Turns words into layers of settings. Heavy imports wait until a command needs them, so that ``--help`` is instant.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from service import collecting
from service.errors import FeedmillError, SettingsError, UsageError, once_each

if TYPE_CHECKING:
    from service.settings import Settings
    from service.settings_layers import Layer

_PATH: Final = click.Path(path_type=Path, readable=False)
"""A path that is judged by whoever opens it."""

_INTERRUPTED: Final = 128 + 2
"""As shells tell of a command that SIGINT ended."""


class OneOf(click.Choice[str]):
    """The words of an option that may be given several times."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            import difflib  # a millisecond that no right word costs

            option = param.opts[0] if param is not None else ""
            hint = once_each(option, str(value))
            near = difflib.get_close_matches(str(value), self.choices, n=1) if not hint else ()
            meant = f"; did you mean {near[0]}?" if near else ""
            self.fail(f"{error.message.rstrip('.')}{hint}{meant}", param, ctx)


class Commands(click.Group):
    """A group whose commands end with our errors' exit codes instead of a traceback."""

    def make_context(self, *words: Any, **more: Any) -> click.Context:
        with _in_one_line():
            return super().make_context(*words, **more)

    def invoke(self, ctx: click.Context) -> Any:
        collecting.starting()
        try:
            with _in_one_line():
                return super().invoke(ctx)
        except FeedmillError as error:
            from service.report import printable

            for line in error.lines:
                click.echo(f"feedmill: {printable(line)}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:  # click calls it 1, which says that something was found
            click.echo("\nfeedmill: interrupted", err=True)
            ctx.exit(_INTERRUPTED)


@contextlib.contextmanager
def _in_one_line() -> Iterator[None]:
    """Words that cannot be understood are one line, and the command that explains them."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        from feeds.text import single_line

        command = f" {error.ctx.info_name}" if error.ctx is not None and error.ctx.parent is not None else ""
        said = single_line(error.format_message()).rstrip(".")
        click.echo(f"feedmill:{command and command + ':'} {said} (feedmill{command} --help says more)", err=True)
        raise click.exceptions.Exit(error.exit_code) from None


def common(command: Callable[..., None]) -> Callable[..., None]:
    """The options every command takes; the command receives the settings they make."""

    @click.argument("path", required=False)
    @click.option("--config", type=_PATH, help="Settings file instead of feedmill.toml.")
    @click.option("--state", type=_PATH, help="Directory for everything Feedmill writes.")
    @click.option("--site", "of", metavar="HOST", help="The site of [sites] that this host shows, not the main one.")
    @click.option("--url", help="Where the site is, such as https://example.org (site.url).")
    @click.option(
        "--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Any setting, such as feed.window=50."
    )
    @functools.wraps(command)
    def wrapped(
        path: str | None,
        config: Path | None,
        state: Path | None,
        of: str | None,
        url: str | None,
        assignments: tuple[str, ...],
        **rest: Any,
    ) -> None:
        from service.settings import load  # 100 ms with pydantic: --help needs no settings
        from service.settings_layers import Layer, is_address, place

        if path is not None and "named" in rest and not is_address(path) and _is_source(path, config):
            rest["named"] = (*rest["named"], path)
            path = None
        layers = [] if path is None or _is_above(path, config) else [Layer("PATH", {"source": place(path)})]
        root = None if path is None or is_address(path) else Path(path)
        layers += [_assigned(assignment, path) for assignment in assignments]
        if url is not None:
            layers.append(Layer("--url", {"site": {"url": url}}))
        for name, value in (
            ("state", state),
            *((name, rest.pop(name, None)) for name in ("host", "port", "log_level")),
        ):
            if value is not None:
                layers.append(Layer(f"--{name.replace('_', '-')}", {"service": {name: value}}))
        settings = load(layers if of is None else (), config, root, notice)
        if of is not None:
            settings = _of_site(settings, of, layers, path)
        elif not settings.source:
            settings = _of_site_above(command.__name__.replace("_", "-"), rest, layers, config) or settings
        collecting.loaded()
        command(settings, **rest)

    return wrapped


def _is_above(path: str, config: Path | None) -> bool:
    """Whether PATH is the folder of settings that say where the content is, and is none itself: as if run in it."""
    from service.settings import FILE_NAME
    from service.settings_layers import file_layer, is_address, names_others

    own = Path(path, FILE_NAME)
    if config is not None or is_address(path) or not os.path.isfile(own):  # noqa: PTH113 - no path is too long for it
        return False
    return names_others(file_layer(own), Path(path))


def _is_source(name: str, config: Path | None) -> bool:
    """Whether a word is the name of a source of the settings, or of the site we stand in; a folder of that name is
    written ./name.

    Raises UsageError where it is neither.
    """
    from service.runtime import source_name
    from service.settings import load

    is_place = os.path.lexists(name)
    try:
        settings = load((), config)
        if not settings.source:
            settings = _site_around(Path.cwd(), [], config) or settings
    except SettingsError:
        if is_place:  # it may have settings of its own
            return False
        raise
    known = [source_name(source) for source in settings.source]
    if name not in known and not is_place:
        there = f"there is {', '.join(known)}{once_each('--source', name)}" if known else "the settings name none"
        raise UsageError(f"{name}: there is no such directory and no source of that name; {there}")
    return name in known


def _of_site(main: Settings, host: str, layers: list[Layer], path: str | None) -> Settings:
    """The settings of the site that a host shows, under the options."""
    from service.sites import named

    if path is not None:
        raise UsageError(f"--site {host!r} says whose content it is, and so does PATH; say it once")
    return named(main, host, layers)


def _of_site_above(command: str, words: Mapping[str, Any], layers: list[Layer], config: Path | None) -> Settings | None:
    """The settings of the site that a post lies in, where one is named, else of the one we stand in.

    None for a command that needs no content. Raises UsageError where we stand in none.
    """
    post = words.get("post", "")
    for start in (*([Path(post).parent] if post and os.path.lexists(post) else ()), Path.cwd()):
        settings = _site_around(start, layers, config)
        if settings is not None and settings.source:
            return settings
    if command == "config":
        return None
    said = " ".join(filter(None, (command, post or words.get("feed", ""))))
    if settings is not None:
        raise UsageError(f"no content: the settings have [sites] alone; write feedmill {said} --site HOST, or PATH")
    raise UsageError(
        f"no content: write feedmill {said} PATH, or run it inside the site (neither a feedmill.toml nor a generator's "
        "configuration is in this folder; where it is the site, PATH is .), or set FEEDMILL_SOURCE or [[source]] path"
    )


def _site_around(start: Path, layers: list[Layer], config: Path | None) -> Settings | None:
    """The settings of the site that a directory lies in. None where it lies in none; without a source where they are of
    ``[sites]`` alone.

    The site is the nearest directory with the settings file, or with a generator's configuration; in the latter's place
    settings above count that name the content the directory lies in: with them it is served.
    """
    from service.settings import FILE_NAME, load, sites_above
    from service.settings_layers import Layer, file_layer, names_around
    from service.sources.dialects import is_configured

    found: Path | None = None
    for root in sites_above(start):
        ours = config is None and os.path.isfile(root / FILE_NAME)  # noqa: PTH113 - as above
        if ours and (found is None or names_around(file_layer(root / FILE_NAME), start)):
            settings = load(layers, config, root, notice)
            if settings.source or (settings.sites and not is_configured(root)):
                return settings
            found = root
            break
        if found is None and is_configured(root):
            found = root
    if found is None:
        return None
    return load([Layer("PATH", {"source": {"path": str(found)}}), *layers], config, found, notice)


def notice(line: str) -> None:
    """Say something beside what was asked for."""
    from service.report import printable

    click.echo(f"feedmill: {printable(line)}", err=True)


def _assigned(text: str, path: str | None) -> Layer:
    """What one ``--set`` says; a part of a name with a dot in it stands in double quotes."""
    from service.settings import Settings
    from service.settings_layers import Layer, assignment
    from service.settings_names import parts
    from service.url_keys import masked

    name, equals, value = text.partition("=")
    names = parts(name)
    if not equals or (len(names) < 2 and names != ("source",)):
        raise UsageError(f"--set {masked(text)!r}: write SECTION.KEY=VALUE, such as feed.window=50")
    if path is not None and names in (("source",), ("source", "path"), ("source", "url")):
        raise UsageError(f"--set {masked(text)!r}: PATH says {masked(path)!r}; say it once")
    return Layer("--set", assignment(Settings, names, value, "--set"))
