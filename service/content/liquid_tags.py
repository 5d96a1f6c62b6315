"""The tags that Jekyll adds to Liquid: include (Alembic's figure, button and video), highlight, link, post_url, embeds.

No tag opens a file: an include is one of three built in here, or nothing. What a tag writes is HTML that passes through
Markdown and the sanitiser afterwards.
"""

from __future__ import annotations

import html
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Final, TextIO

from liquid.ast import BlockNode, Node
from liquid.context import RenderContext
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token

from service.content.liquid_faults import include_name
from service.content.liquid_filters import RENDERING, relative_url
from service.content.liquid_names import site_root

_PARAMETER = re.compile(
    r"(?<![\w-])([\w-]++)\s*+=\s*+"
    r"(?:\"((?:[^\"\\]|\\.)*+)\"|'((?:[^'\\]|\\.)*+)'|([\w.-]++))",
    re.DOTALL,
)
"""Jekyll::Tags::IncludeTag::VALID_SYNTAX, without its backtracking."""
_LANGUAGE = re.compile(r"[a-z0-9.+#_-]+")
_EDGE_LINES = re.compile(r"\A[\r\n]+|[\r\n]+\Z")
_RENDERED: Final = (".md", ".markdown", ".mkdown", ".mkdn", ".mkd", ".html", ".htm")
"""What a page or post is written in; ``link`` to anything else means a file as it is."""
_EMBEDS: Final = {
    "gist": "https://gist.github.com/{}",
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
}


class _ArgumentNode(Node):
    """A tag that writes something made of its argument's text."""

    __slots__ = ("argument", "write")

    def __init__(self, token: Token, argument: str, write: Callable[[Token, str, RenderContext], str]) -> None:
        super().__init__(token)
        self.argument = argument
        self.write = write
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(self.write(self.token, self.argument, context))


class _ArgumentTag(Tag):
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = stream.current
        argument = ""
        if stream.peek.kind == TOKEN_EXPRESSION:
            stream.eat(TOKEN_TAG)
            argument = stream.current.value
        return _ArgumentNode(token, argument, self.write)

    @abstractmethod
    def write(self, token: Token, argument: str, context: RenderContext) -> str:
        """What the tag with this ``argument`` puts in its place."""


class IncludeTag(_ArgumentTag):
    name = "include"

    def write(self, token: Token, argument: str, context: RenderContext) -> str:
        name = include_name(argument)
        include = INCLUDES.get(name)
        return include(_parameters(argument[len(name) :], context), _on_its_own_line(token)) if include else ""


class LinkTag(_ArgumentTag):
    """``link`` and ``post_url``: the URL of another source file; nothing, and a problem, where there is none."""

    name = "link"

    def write(self, token: Token, argument: str, context: RenderContext) -> str:  # noqa: ARG002 - the signature is shared
        run = RENDERING.get()
        path = argument.strip().strip("\"'").lstrip("/")
        url = run.links(path)
        if url:  # without the host, as Jekyll writes it: authors put {{ site.url }} before it
            return url.removeprefix(site_root(run.context)) or "/"
        if self.name == "link" and "." in path and not path.lower().endswith(_RENDERED):
            return relative_url(path)  # a static file: its URL is its path
        run.report("liquid-link", f"{{% {self.name} {path} %}} names no post or page")
        return ""


class PostUrlTag(LinkTag):
    name = "post_url"


class EmbedTag(_ArgumentTag):
    """A frame or script elsewhere: here a link to what it shows."""

    def write(self, token: Token, argument: str, context: RenderContext) -> str:  # noqa: ARG002 - the signature is shared
        words = argument.split()
        return _embed(self.name, words[0].strip("\"'")) if words else ""


class GistTag(EmbedTag):
    name = "gist"


class YoutubeTag(EmbedTag):
    name = "youtube"


class VimeoTag(EmbedTag):
    name = "vimeo"


class _HighlightNode(Node):
    __slots__ = ("block", "language")

    def __init__(self, token: Token, language: str, block: BlockNode) -> None:
        super().__init__(token)
        self.language = language
        self.block = block
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        inner = context.get_buffer(buffer)
        self.block.render(context, inner)
        code = html.escape(_EDGE_LINES.sub("", inner.getvalue()), quote=False)
        language = f' class="language-{self.language}"' if self.language else ""
        # A block of its own in Markdown: <pre> ends at </pre> whatever blank lines are in between (CommonMark §4.6).
        return buffer.write(f"<pre><code{language}>{code}</code></pre>")


class HighlightTag(Tag):
    name = "highlight"
    end = "endhighlight"

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        language = ""
        if stream.current.kind == TOKEN_EXPRESSION:
            match = _LANGUAGE.match(stream.current.value.lower())
            language = match[0] if match else ""
            stream.eat(TOKEN_EXPRESSION)
        block = get_parser(self.env).parse_block(stream, (self.end,))
        stream.expect(TOKEN_TAG, self.end)
        return _HighlightNode(token, language, block)


def _parameters(text: str, context: RenderContext) -> dict[str, str]:
    """An include's ``key="value"`` pairs; a bare word is the name of a variable."""
    values: dict[str, str] = {}
    for key, double, single, variable in _PARAMETER.findall(text):
        if variable:
            found = context.get(list(variable.split(".")), token=None, default=None)
            values[key] = found if isinstance(found, str) else "" if found is None else str(found)
        else:
            values[key] = double.replace('\\"', '"') or single.replace("\\'", "'")
    return values


def _on_its_own_line(token: Token) -> bool:
    """Whether the tag opens a line: what it writes is then a block, which Markdown ends only at a blank line."""
    opening = token.source.rfind("{%", 0, token.start_index)
    return opening == 0 or token.source[opening - 1 : opening] == "\n"


def _figure(values: Mapping[str, str], own_line: bool) -> str:
    # Alembic's name for it; minimal-mistakes' and others' figures say image_path or src.
    image = values.get("image") or values.get("image_path") or values.get("src", "")
    if not image:
        return ""
    caption = values.get("caption", "")
    sizes = "".join(f' {name}="{html.escape(values[name])}"' for name in ("width", "height") if values.get(name))
    picture = f'<img src="{html.escape(image)}" alt="{html.escape(values.get("alt") or caption)}"{sizes}>'
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"<figure>{picture}{below}</figure>" + ("\n" if own_line else "")


def _button(values: Mapping[str, str], own_line: bool) -> str:  # noqa: ARG001 - the signature is shared
    link, text = values.get("link", ""), values.get("text", "")
    return f'<a href="{html.escape(link)}">{text or html.escape(link)}</a>' if link else text


def _video(values: Mapping[str, str], own_line: bool) -> str:  # noqa: ARG001 - the signature is shared
    if not values.get("id"):
        return ""
    return _embed("youtube", values["id"], values.get("title", ""))


def _embed(player: str, name: str, label: str = "") -> str:
    """A link to what a player shows, by its id or, as authors also write it, its whole URL."""
    return _link(name if "://" in name else _EMBEDS[player].format(name), label)


def _link(url: str, label: str = "") -> str:
    # Without a scheme and www, so that Markdown does not make a link within the link of it.
    shown = label or url.removeprefix("https://").removeprefix("www.")
    return f'<a href="{html.escape(url)}">{html.escape(shown)}</a>'


INCLUDES: Final[Mapping[str, Callable[[Mapping[str, str], bool], str]]] = {
    "figure.html": _figure,
    "button.html": _button,
    "video.html": _video,
    # minimal-mistakes and others leave the extension out.
    "figure": _figure,
    "video": _video,
}
TAGS: Final = (IncludeTag, LinkTag, PostUrlTag, GistTag, YoutubeTag, VimeoTag, HighlightTag)
