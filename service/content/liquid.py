"""Liquid in post bodies, as Jekyll has it, rendered by python-liquid within limits: no file, no clock, no lots.

What cannot be rendered is left out, never shown: an unknown tag goes and its content stays, an unknown filter hands its
value on, and a template that is broken or goes over the limits loses all its tags and keeps its text. Refuses to raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from liquid import Environment, Mode
from liquid.ast import IllegalNode, Node
from liquid.builtin.output import Output
from liquid.builtin.tags.assign_tag import AssignTag
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.output import LimitedStringIO
from liquid.stream import TokenStream
from liquid.template import BoundTemplate
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token

from service.content.liquid_faults import inspect
from service.content.liquid_filters import FILTERS, LONGEST_TEXT, RENDERING, Run
from service.content.liquid_names import names
from service.content.liquid_scan import BLOCKS, BRANCHES, STATEMENTS, Scan, has_liquid, scan, strip
from service.content.liquid_tags import TAGS
from service.content.literal import hide_code, show_code
from service.sources.source import Context, Links

__all__ = ["LARGEST_OUTPUT", "Notes", "has_liquid", "inspect", "render", "strip"]

LARGEST_OUTPUT: Final = 2 * LONGEST_TEXT
"""Bytes a template may write."""

Notes = tuple[tuple[str, str], ...]
"""Codes and messages."""


def render(source: str, page: Mapping[str, Any], context: Context, links: Links) -> tuple[str, Notes]:
    """``source`` with its Liquid rendered, and what went wrong that :func:`inspect` could not see. Raises nothing.

    ``page`` and ``context.site`` are what a template sees as ``page`` and ``site``.
    """
    if not context.literal_code:
        return _render(source, page, context, links)
    text, notes = _render(hide_code(source), page, context, links)
    return show_code(text), notes


def _render(source: str, page: Mapping[str, Any], context: Context, links: Links) -> tuple[str, Notes]:
    found = scan(source)
    if not found.balanced:
        return found.text(), ()
    run = Run(context, links, _zone(context.timezone), tags=len(found.pieces) + 1)
    token = RENDERING.set(run)
    try:
        text = _rendered(source, found, run, page)
    except ResourceLimitError as error:
        run.report("liquid-limit", f"{error.message}: its tags are left out")
        text = found.text()
    except LiquidError as error:
        run.report("liquid-syntax", f"{_place(error)}{error.message}: all tags are left out")
        text = found.text()
    except Exception as error:  # whatever a filter meets in hostile values, the post is published
        run.report("liquid-error", f"{type(error).__name__}: all tags are left out")
        text = found.text()
    finally:
        RENDERING.reset(token)
    return text, tuple(run.problems)


def _rendered(source: str, found: Scan, run: Run, page: Mapping[str, Any]) -> str:
    template = BoundTemplate(_ENVIRONMENT, _ENVIRONMENT.nodes(source, found))
    run.parsing = False
    context = _RenderContext(template, globals=_globals(page, run.context))
    buffer = LimitedStringIO(limit=LARGEST_OUTPUT)
    template.render_with_context(context, buffer)
    return buffer.getvalue()


def _globals(page: Mapping[str, Any], context: Context) -> dict[str, object]:
    return {
        **names(page, context),
        "jekyll": {"environment": "production"},
        # python-liquid's own names for the clock.
        "now": "",
        "today": "",
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _place(error: LiquidError) -> str:
    where = error.token.source.count("\n", 0, error.token.start_index) + 1 if error.token and error.token.source else 0
    return f"line {where} of the body: " if where else ""


class _RenderContext(RenderContext):
    """Counts what a template uses up, which python-liquid's own limits see only in part."""

    __slots__ = ()

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        function = super().filter(name, token)
        run = RENDERING.get()

        def apply(value: object, *args: object, **kwargs: object) -> object:
            run.spend(value, *args)
            result = function(value, *args, **kwargs)
            run.spend(result)
            return result

        return apply

    def assign(self, key: str, val: Any) -> None:
        RENDERING.get().spend(val)
        super().assign(key, val)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        RENDERING.get().loop(length)


class _Environment(Environment):
    """One for all templates: what belongs to a single one is in :data:`RENDERING`."""

    block_nesting_limit = 30
    context_depth_limit = 50
    output_stream_limit = LARGEST_OUTPUT

    def nodes(self, source: str, found: Scan) -> list[Node]:
        stream = TokenStream(_tokens(source, found))
        nodes: list[Node] = []
        while stream.current.kind in (TOKEN_CONTENT, TOKEN_OUTPUT, TOKEN_TAG):
            kind = stream.current.kind
            nodes.append(self.tags[stream.current.value if kind == TOKEN_TAG else kind].get_node(stream))
            next(stream)
        return nodes

    def error(self, exc: type[LiquidError] | LiquidError, msg: str | None = None, token: Token | None = None) -> None:
        """While parsing, python-liquid would throw away the rest of a block: give up on the tags instead."""
        error = exc if isinstance(exc, LiquidError) else exc(msg, token=token)
        error.token = error.token or token
        run = RENDERING.get()
        if run.parsing or isinstance(error, ResourceLimitError):
            raise error
        run.report("liquid-error", f"{_place(error)}{error.message}")


def _tokens(source: str, found: Scan) -> Iterator[Token]:
    for piece in found.pieces:
        if piece.kind == "text":
            yield Token(TOKEN_CONTENT, piece.expression, piece.start, source)
            continue
        if piece.kind == "output":
            yield Token(TOKEN_OUTPUT, "{{", piece.start, source)
        else:
            yield Token(TOKEN_TAG, piece.name, piece.start + 2, source)
        if piece.expression or piece.kind == "output":
            yield Token(TOKEN_EXPRESSION, piece.expression, piece.expression_start, source)


def _lenient(node: Callable[[TokenStream], Node], stream: TokenStream) -> Node:
    """A statement that cannot be parsed stands alone: it is left out, and the rest of the template rendered."""
    token, start = stream.current, stream.pos
    try:
        return node(stream)
    except ResourceLimitError:
        raise
    except LiquidError as error:
        error.token = token
        RENDERING.get().report("liquid-syntax", f"{_place(error)}{error.message}: it is left out")
        stream.pos = start
        if stream.peek.kind == TOKEN_EXPRESSION:
            next(stream)
        return IllegalNode(token)


class _Output(Output):
    def get_node(self, stream: TokenStream) -> Node:
        return _lenient(self.parse, stream)


class _Assign(AssignTag):
    def get_node(self, stream: TokenStream) -> Node:
        return _lenient(self.parse, stream)


def _environment() -> _Environment:
    environment = _Environment(tolerance=Mode.LAX, strict_filters=False)
    for tag in (_Output, _Assign, *TAGS):
        environment.add_tag(tag)
    known = BLOCKS | BRANCHES | STATEMENTS | {TOKEN_CONTENT, TOKEN_OUTPUT}
    for name in set(environment.tags) - known - {"illegal"}:
        del environment.tags[name]
    environment.filters.update(FILTERS)
    return environment


_ENVIRONMENT = _environment()
