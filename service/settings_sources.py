"""The settings of one ``[[source]]``: a content directory, or the address of a CMS, an API or a feed.

What the tables say is checked here; what is there when it is asked is the business of ``service.sources``. Secrets are
named, never written: an environment variable or a file holds them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, model_validator

from service.settings_table import AuthorSettings, Section
from service.settings_values import EMPTY_IS_NONE, Encoding, LanguageTag, WebUrl, ZoneName
from service.signatures import Scheme
from service.sources.json_paths import steps
from service.url_keys import without

DirectoryKind = Literal["jekyll", "hugo", "eleventy", "zola", "plain"]
RemoteKind = Literal["wordpress", "ghost", "json", "feed"]
Kind = Literal["auto", DirectoryKind, RemoteKind]

DIRECTORY_KINDS: Final[tuple[DirectoryKind, ...]] = get_args(DirectoryKind)
REMOTE_KINDS: Final[tuple[RemoteKind, ...]] = get_args(RemoteKind)

FieldName = Literal[
    "id",
    "url",
    "title",
    "content",
    "summary",
    "published",
    "updated",
    "authors",
    "author_name",
    "author_url",
    "categories",
    "tags",
    "image",
    "image_alt",
    "language",
    "status",
]
"""What of a post a field map can name."""


def _json_path(path: str) -> str:
    steps(path)
    return path


def _json_paths(said: str | tuple[str, ...]) -> str | tuple[str, ...]:
    for path in (said,) if isinstance(said, str) else said:
        try:
            steps(path)
        except ValueError as error:
            raise ValueError(f"{path!r} {error}") from None
    return said


def _date_format(form: str) -> str:
    """Refuses what strptime cannot read, here and not at the first date."""
    if form in ("", "unix", "unix-ms"):
        return form
    try:
        datetime.strptime(datetime(2026, 3, 1, 12, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007 - only whether it can
    except (ValueError, IndexError, re.error):
        raise ValueError("is no format that dates can be read by, such as %Y-%m-%d %H:%M:%S, unix or unix-ms") from None
    return form


JsonPath = Annotated[str, AfterValidator(_json_path)]
JsonPaths = Annotated[str | tuple[str, ...], AfterValidator(_json_paths)]
DateFormat = Annotated[str, AfterValidator(_date_format)]


def _network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ip_network(value.strip())
    except ValueError as error:
        raise ValueError(f"{value!r} is no range of addresses such as 10.0.0.0/8: {error}") from None


Network = Annotated[
    IPv4Network | IPv6Network,
    PlainValidator(_network, json_schema_input_type=str),
    PlainSerializer(str, return_type=str),
]


class DefaultSettings(Section):
    """What a post has where its source says nothing of the kind."""

    categories: tuple[str, ...] = Field((), description="Categories of posts without any.", examples=[["News"]])
    tags: tuple[str, ...] = Field((), description="Tags of posts without any.", examples=[["imported"]])
    language: Annotated[LanguageTag | None, EMPTY_IS_NONE] = Field(None, description="Language of posts without one.")
    authors: tuple[AuthorSettings, ...] = Field(
        (), description="Authors of posts without any.", examples=[[{"name": "Kim"}]]
    )


class PagingSettings(Section):
    """How an API's listing is walked."""

    style: Literal["none", "page", "offset", "cursor", "next", "link"] = Field(
        "none",
        description="none: one answer; page, offset: a number in the query; cursor: a value from the last answer in "
        "the query; next: an address in the answer; link: the Link header.",
    )
    parameter: str = Field("", description="Query parameter of page, offset or cursor. Empty: its style's name.")
    first: int = Field(1, ge=0, description="Number of the first page.")
    size: int = Field(0, ge=0, le=10_000, description="Items asked for at once; 0: the API's own.")
    size_parameter: str = Field("per_page", description="Query parameter of size.")
    value: JsonPath = Field("", description="Where cursor and next find it in the answer, such as meta.next.")

    @model_validator(mode="after")
    def _says_where(self) -> PagingSettings:
        if self.needs_value and not self.value:
            raise ValueError(f"style {self.style} needs a value: where the answer names the next page")
        return self

    @property
    def needs_value(self) -> bool:
        """Whether the next page is looked for in the answer."""
        return self.style in ("cursor", "next")


class SourceSettings(Section):
    path: Path | None = Field(
        None, description="Content directory. One source is a table [source], several are [[source]] each."
    )
    url: Annotated[WebUrl | None, EMPTY_IS_NONE] = Field(
        None, description="Address of a site, an API or a feed, in the place of a directory."
    )
    name: str = Field("", description="Name in reports. Empty: the directory's name, or the address's host.")
    kind: Kind = Field(
        "auto",
        description="How it is read. auto: a directory as the generator whose configuration it has, else as plain; an "
        "address as a feed (a page leads to its feed).",
    )
    encoding: Encoding = Field("utf-8", description="Encoding of its files.")
    follow_symlinks: Literal["inside", "never"] = Field(
        "inside", description="Symbolic links: followed where they stay in the directory, or never."
    )
    split_terms_at_comma: bool = Field(False, description='Read `tags: "a, b"` as two tags.')
    collections: tuple[str, ...] = Field(
        (), description="Jekyll collections that enter the feeds beside the posts.", examples=[["recipes"]]
    )
    future: bool | None = Field(None, description="Publish posts dated in the future. Unset: what the content says.")
    defaults: DefaultSettings = Field(default_factory=DefaultSettings)
    interval: float = Field(
        900.0, ge=1, le=604_800, description="Seconds between two askings of an address; a directory has refresh's."
    )
    sweep: float = Field(
        86_400.0,
        ge=60,
        le=2_592_000,
        description="Seconds between complete listings where only changes are asked for: renamed tags and authors "
        "show in them.",
    )
    key_env: str = Field("", description="Environment variable that holds the API key.")
    key_file: Path | None = Field(None, description="File that holds the API key.")
    key_header: str = Field(
        "", description="Request header that carries the key. Empty: Authorization (json), the query (ghost)."
    )
    key_scheme: str | None = Field(
        None, description="Word before the key in that header. Unset: Bearer in Authorization, else none; empty: none."
    )
    redirect_hosts: tuple[str, ...] = Field(
        (), description="Other hosts that redirects may lead to.", examples=[["cdn.example.org"]]
    )
    allow_http: bool = Field(False, description="Ask without encryption, where the address says http.")
    networks: tuple[Network, ...] = Field(
        (),
        description="Address ranges it may be in though they are not public.",
        examples=[["10.0.0.0/8"]],
    )
    ca_bundle: Path | None = Field(None, description="Certificates to trust in the place of the public ones.")
    proxy: bool = Field(False, description="Ask through the proxy that HTTPS_PROXY and HTTP_PROXY name.")
    items: JsonPath = Field(
        "", description="Where an API's answer has its posts, such as data.posts. Empty: it is a list."
    )
    fields: dict[FieldName, JsonPaths] = Field(
        {},
        description="Where an API's item has what a post needs; of several places the first that says something, of "
        "none nothing.",
        examples=[{"title": "title", "url": ["link", "url"]}],
    )
    date_format: DateFormat = Field(
        "", description="Format of its dates, as strptime's or unix or unix-ms. Empty: ISO 8601 or RFC 822."
    )
    timezone: ZoneName = Field("", description="Zone of its dates without one. Empty: site.timezone.")
    paging: PagingSettings = Field(default_factory=PagingSettings)
    hook: Literal["", Scheme] = Field(
        "", description="Whose signature POST /hooks/<name> checks. Empty: there is no hook."
    )
    hook_secret_env: str = Field("", description="Environment variable that holds the hook's secret.")
    hook_secret_file: Path | None = Field(None, description="File that holds the hook's secret.")

    @model_validator(mode="after")
    def _one_place(self) -> SourceSettings:
        if (self.path is None) == (self.url is None):
            raise ValueError("needs a path or a url" if self.path is None else "has a path and a url: say which")
        if self.url is not None and self.kind in DIRECTORY_KINDS:
            raise ValueError(f"kind {self.kind} is a directory's; an address is one of {', '.join(REMOTE_KINDS)}")
        if self.path is not None and self.kind in REMOTE_KINDS:
            raise ValueError(f"kind {self.kind} is an address's; a directory is one of {', '.join(DIRECTORY_KINDS)}")
        return self

    @property
    def remote_kind(self) -> str:
        """What an address is read as: a feed, unless somebody says more."""
        return "feed" if self.kind == "auto" else self.kind

    @property
    def root(self) -> Path:
        """The directory of a source that has one."""
        assert self.path is not None  # noqa: S101 - whoever asks has looked at ``url``
        return self.path

    @property
    def place(self) -> str:
        """What tells this source from every other: the directory, resolved, or the address without the keys in it."""
        return without(self.url) if self.url else str(self.root.resolve())

    @property
    def location(self) -> dict[str, Any]:
        """Where it is as its table says it, as :class:`service.settings_places.Places` finds that again."""
        return {"url": self.url} if self.url else {"path": self.path}
