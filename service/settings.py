"""Every setting, its default and its meaning: one model, and the only reader of the environment and feedmill.toml.

Precedence: command-line option, then ``FEEDMILL_<SECTION>__<KEY>``, then the platform names (PORT, WEB_CONCURRENCY,
LOG_LEVEL), then ``feedmill.toml``, then the default here. Unknown names are refused at every depth. The descriptions
are the settings table of the README; a test compares the two.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, SecretStr, ValidationError

from feeds.model import FOUNDED
from service import url_keys
from service.errors import Faults
from service.settings_errors import explain, quoted
from service.settings_layers import Layer, combined, environment_layers, file_layer, replaced_sources
from service.settings_places import Places
from service.settings_sources import SourceSettings as SourceSettings
from service.settings_table import AuthorSettings as AuthorSettings
from service.settings_table import Section
from service.settings_values import (
    CHANNELS_ONCE,
    EMPTY_IS_NONE,
    HOSTS_ONCE,
    LOG_LEVEL,
    OLD_PATHS_ONCE,
    BaseUrl,
    ChannelPath,
    Colour,
    DocumentPath,
    HostName,
    LanguageTag,
    Moment,
    OldPath,
    PagePattern,
    RobotName,
    RobotPath,
    WebUrl,
    ZoneName,
)

FILE_NAME = "feedmill.toml"

_GENERATORS = (
    *("_config.yml", "_config.yaml", "_config.toml"),
    *("hugo.toml", "hugo.yaml", "hugo.json", "zola.toml", "config.toml", "config.yaml", "config.json"),
    *(".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"),
)
"""Files at the root of a site; which generator's it is, ``service.sources.dialects`` says."""

KIB = 1024
MIB = 1024 * KIB


class SiteSettings(Section):
    url: BaseUrl = Field(
        "", description="Where the pages are: scheme, host and base path. Empty: what the content says."
    )
    title: str = Field("", description="Title of the publication. Empty: what the content says.")
    description: str = Field("", description="One sentence about it. Empty: what the content says.")
    language: Annotated[LanguageTag | None, EMPTY_IS_NONE] = Field(
        None, description="BCP 47 tag, such as ko-KR. Unset: what the content says."
    )
    timezone: ZoneName = Field(
        "",
        description="IANA zone of dates without one (Jekyll: an unquoted one with seconds and no zone is UTC). "
        "Empty: what the content says, else UTC.",
    )
    authors: tuple[AuthorSettings, ...] = Field(
        (), description="Authors of posts that name none.", examples=[[{"name": "Kim"}]]
    )
    rights: str = Field("", description="Copyright line.")
    icon: Annotated[WebUrl | None, EMPTY_IS_NONE] = Field(None, description="URL of a square picture.")
    logo: Annotated[WebUrl | None, EMPTY_IS_NONE] = Field(
        None, description="URL of a wide picture (RSS image, Atom logo)."
    )
    hubs: tuple[WebUrl, ...] = Field(
        (), description="URLs of WebSub hubs, announced in feeds and Link headers.", examples=[["https://hub.example/"]]
    )
    founded: Moment = Field(FOUNDED, description="Date that empty feeds carry.")


class ServiceSettings(Section):
    url: BaseUrl = Field("", description="Where Feedmill is reachable, path prefix included. Empty: site.url.")
    state: Path | None = Field(
        None, description="Directory for everything Feedmill writes. Unset: below $XDG_STATE_HOME."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one. PORT is honoured.")
    processes: int = Field(1, ge=1, le=64, description="Web processes. WEB_CONCURRENCY is honoured.")
    threads: int = Field(8, ge=1, le=256, description="Threads per web process for requests the front cannot answer.")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], LOG_LEVEL] = Field(
        "info", description="Least level that is logged. LOG_LEVEL is honoured."
    )
    show_problems: bool = Field(True, description="Show on the home page what is wrong with the content.")
    stall_timeout: float = Field(
        5.0, gt=0, le=600, description="Seconds after which a stalled request head, body or reader is cut off."
    )
    keep_alive: float = Field(30.0, gt=0, le=3600, description="Seconds an idle connection is kept.")
    head_bytes: int = Field(16 * KIB, ge=1 * KIB, le=1 * MIB, description="Longest request head; beyond it 431.")
    body_bytes: int = Field(64 * KIB, ge=0, le=16 * MIB, description="Longest request body; beyond it 413.")


class ChannelSettings(Section):
    window: int | None = Field(None, ge=1, le=500, description="Posts in this channel's feeds.")
    full_text: bool | None = Field(None, description="Whole bodies (true) or excerpts (false) in this channel.")
    title: str | None = Field(None, description="Title of this channel's feeds.")
    description: str | None = Field(None, description="Description of this channel's feeds.")


class FeedSettings(Section):
    window: int = Field(20, ge=1, le=500, description="Posts in a feed: the newest ones.")
    full_text: bool = Field(True, description="Whole bodies (true) or excerpts (false).")
    byte_budget: int = Field(
        512 * KIB,
        ge=16 * KIB,
        le=4_500_000,
        description="Largest feed in bytes: whole items first, then bodies cut to excerpts with a link.",
    )
    excerpt_length: int = Field(280, ge=40, le=4000, description="Characters of an excerpt made from a body.")
    ttl: int = Field(60, ge=1, le=10_080, description="Minutes a reader may wait, as feeds say it (RSS ttl).")
    channels: Annotated[dict[ChannelPath, ChannelSettings], CHANNELS_ONCE] = Field(
        {},
        description='Exceptions by channel path, such as [feed.channels."/categories/news/"].',
        examples=[{"/categories/news/": {"window": 50}}],
    )


class RefreshSettings(Section):
    interval: float = Field(60.0, ge=1, le=86_400, description="Seconds between complete scans.")
    watch: Literal["auto", "poll", "off"] = Field("auto", description="How changes on disk are noticed at once.")
    debounce: int = Field(100, ge=50, le=5000, description="Milliseconds to wait for more events before a scan.")
    processes: int = Field(
        0, ge=0, le=64, description="Processes that read a large source; 0: as many as processors, at most 4."
    )
    shrink_share: float = Field(
        0.5, gt=0, le=1, description="A scan that would drop a larger share of what a source has published is held."
    )
    shrink_minimum: int = Field(
        20, ge=1, description="Sources with fewer published posts are held only where none would be left."
    )
    shrink_scans: int = Field(
        3, ge=1, le=100, description="Equal scans, an interval apart, after which a held shrinkage is believed."
    )


class CacheSettings(Section):
    max_age: int = Field(300, ge=0, le=86_400, description="Seconds a cache may keep a document (max-age).")
    stale_while_revalidate: int = Field(600, ge=0, description="Seconds a cache may serve it while it asks again.")
    stale_if_error: int = Field(86_400, ge=0, description="Seconds a cache may serve it while we are down.")
    front_bytes: int = Field(64 * MIB, ge=1 * MIB, description="Memory for prepared answers, per web process.")
    entry_bytes: int = Field(32 * MIB, ge=1 * MIB, description="Memory for rendered entries, per process.")


class LimitSettings(Section):
    file_bytes: int = Field(1 * MIB, ge=1 * KIB, le=16 * MIB, description="Largest content file.")
    front_matter_bytes: int = Field(64 * KIB, ge=256, le=1 * MIB, description="Largest front matter.")
    flow_brackets: int = Field(200, ge=1, le=1000, description="Brackets and braces in a front matter.")
    indent_depth: int = Field(50, ge=2, le=200, description="Nesting by indentation in a front matter.")
    title_length: int = Field(1000, ge=10, description="Characters of a title; longer ones are cut at a word.")
    summary_length: int = Field(4000, ge=100, description="Characters of an author's excerpt.")
    terms_per_post: int = Field(100, ge=1, description="Categories, and tags, of one post.")
    label_length: int = Field(100, ge=1, description="Characters of a category or tag.")
    terms_per_site: int = Field(10_000, ge=1, description="Categories, and tags, that get feeds of their own.")
    table_cells: int = Field(50_000, ge=100, description="Cells a Markdown table may expand to.")
    html_bytes: int = Field(2 * MIB, ge=64 * KIB, description="Largest rendered body.")
    html_depth: int = Field(256, ge=16, le=1000, description="Nesting of elements in a body.")
    attributes_per_tag: int = Field(100, ge=10, le=1000, description="Attributes of one element.")
    connect_seconds: float = Field(3.0, gt=0, le=60, description="Time for reaching an upstream.")
    read_seconds: float = Field(10.0, gt=0, le=300, description="Time an upstream may say nothing.")
    request_seconds: float = Field(
        30.0, gt=0, le=600, description="Time for one answer of an upstream, redirects and all."
    )
    pull_seconds: float = Field(300.0, gt=0, le=86_400, description="Time for asking an upstream for everything.")
    response_bytes: int = Field(20 * MIB, ge=1 * KIB, le=1024 * MIB, description="Largest answer, unpacked.")
    redirects: int = Field(3, ge=0, le=20, description="Redirects of one request.")
    listing_pages: int = Field(1000, ge=1, description="Pages of one listing.")
    listing_items: int = Field(100_000, ge=1, description="Posts of one listing.")
    broken_share: float = Field(
        0.2, ge=0, le=1, description="Share of a listing's posts that may be unreadable; beyond it nothing is believed."
    )
    render_seconds: float = Field(2.0, gt=0, le=60, description="Time limit for rendering a suspicious body.")
    earliest_year: int = Field(1970, ge=1, description="Dates before it are errors.")
    latest_year: int = Field(2100, le=9998, description="Dates from it on are errors.")


class PathSettings(Section):
    gone: tuple[ChannelPath, ...] = Field(
        (), description="Channel paths that answer 410, such as /tags/old/.", examples=[["/tags/old/"]]
    )
    feed_aliases: Annotated[dict[OldPath, DocumentPath], OLD_PATHS_ONCE] = Field(
        {},
        description="Old feed paths and the canonical path each moved to (301).",
        examples=[{"/index.rdf": "/rss.xml"}],
    )
    channel_pages: bool = Field(
        True,
        description="Link to our HTML page of a channel where the site has no page for it; false: to its home page. "
        "build --no-pages says false.",
    )
    category_page: PagePattern = Field(
        "",
        description="Where the site has a page for each category, such as /category/:name/ (:name is the label, "
        ":slug as in our own paths, :jekyll as Jekyll slugifies). Empty: what the content says; off: it has none.",
    )
    tag_page: PagePattern = Field("", description="The same for tags.")
    author_page: PagePattern = Field("", description="The same for authors.")


class MetadataSettings(Section):
    article: Literal["NewsArticle", "BlogPosting", "Article"] = Field(
        "BlogPosting", description="What a post is to search engines (JSON-LD @type)."
    )
    image: Annotated[WebUrl | None, EMPTY_IS_NONE] = Field(
        None, description="Picture for pages that have none. Unset: what the content says, else site.logo."
    )
    twitter: str = Field("", description="The publication's X account, such as @example. Empty: what the content says.")
    fediverse: str = Field("", description="Fediverse account of authors who name none, such as @kim@social.example.")
    oembed: bool = Field(
        True, description="Announce /oembed in the head of posts; false where the documents are static files only."
    )
    theme_color: Colour = Field(
        "", description="Colour of the browser's frame, as in CSS: #1a1a1a, navy, rgb(26 26 26), hsl(210 50% 20%)."
    )
    verification: dict[Literal["google", "bing", "yandex", "baidu", "naver", "pinterest", "facebook"], str] = Field(
        {},
        description="Codes by which consoles know the owner. Those of the content stand where none is set.",
        examples=[{"naver": "c0de"}],
    )


class NewsSettings(Section):
    name: str = Field("", description="Publication name in sitemap-news.xml. Empty: site.title.")
    language: Annotated[LanguageTag | None, EMPTY_IS_NONE] = Field(
        None, description="Its language, for posts that name none. Unset: site.language."
    )


class RobotsSettings(Section):
    search: Literal["allow", "disallow"] = Field(
        "allow", description="Search engines, Yeti (Naver) among them; disallow also refuses crawlers nobody named."
    )
    ai: Literal["allow", "disallow"] = Field("allow", description="Crawlers that train or feed language models.")
    disallow: tuple[RobotPath, ...] = Field(
        (), description="Paths that no crawler may fetch, * and $ as in RFC 9309.", examples=[["/admin/"]]
    )
    bots: dict[RobotName, tuple[RobotPath, ...]] = Field(
        {},
        description="Exceptions by product token, * for the rest: paths it may not fetch beside disallow; [] for none.",
        examples=[{"Yeti": [], "BadBot": ["/"]}],
    )
    license: Annotated[WebUrl | None, EMPTY_IS_NONE] = Field(
        None, description="URL of licence terms for machines (RSL), a License line."
    )


class Settings(Section):
    """The effective settings. :func:`load` reads them."""

    site: SiteSettings = Field(default_factory=SiteSettings)
    service: ServiceSettings = Field(default_factory=ServiceSettings)
    feed: FeedSettings = Field(default_factory=FeedSettings)
    source: tuple[SourceSettings, ...] = Field((), examples=[[{"path": "posts"}]])
    refresh: RefreshSettings = Field(default_factory=RefreshSettings)
    cache: CacheSettings = Field(default_factory=CacheSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    paths: PathSettings = Field(default_factory=PathSettings)
    metadata: MetadataSettings = Field(default_factory=MetadataSettings)
    news: NewsSettings = Field(default_factory=NewsSettings)
    robots: RobotsSettings = Field(default_factory=RobotsSettings)
    sites: Annotated[dict[HostName, Path], HOSTS_ONCE] = Field(
        {},
        description="Other sites that this process serves: by host name the settings file of each.",
        examples=[{"blog.example.org": "blog/feedmill.toml"}],
    )
    _places: Places = PrivateAttr(default_factory=Places)

    @property
    def places(self) -> Places:
        """Where each of them was said, as far as this process read them."""
        return self._places


def load(
    options: Mapping[str, Any] | Sequence[Layer] = (),
    config: Path | None = None,
    root: Path | None = None,
    notice: Callable[[str], None] = lambda _: None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings: ``options`` (nested mappings, as in the file) over the environment over feedmill.toml.

    ``environ`` is another environment than the process's own.

    The file is ``config`` where given (it must exist), else the first feedmill.toml found in ``root`` (a content
    directory) and the working directory. Relative paths in it are relative to it. ``notice`` is told, in a line, what
    the file says and does not count. Raises SettingsError, with a line for each setting that is wrong.
    """
    path = config or _find(root)
    said = [Layer("options", options)] if isinstance(options, Mapping) else options
    file = [file_layer(path)] if path else []
    wrong = [fault for layer in file for fault in quoted(layer, Settings)]
    layers = [*file, *environment_layers(os.environ if environ is None else environ, Settings), *said]
    try:
        settings = Settings.model_validate(combined(layers))
    except ValidationError as error:
        named = {fault.setting for fault in wrong}
        wrong += (fault for fault in explain(error, layers, Settings) if fault.setting not in named)
        raise Faults(wrong) from None
    if wrong:
        raise Faults(wrong)
    settings._places = Places(tuple(layers))
    for line in replaced_sources(layers):
        notice(line)
    return settings


def sites_above(place: Path) -> Iterator[Path]:
    """The directories, from ``place`` upwards, that have a feedmill.toml, or a file that is called as a generator's
    configuration is."""
    place = place.absolute()
    for directory in (place, *place.parents):
        if any(os.path.isfile(directory / name) for name in (FILE_NAME, *_GENERATORS)):  # noqa: PTH113 - as below
            yield directory


def dump(settings: Settings) -> str:
    """The settings as JSON that :func:`restore` reads back in a child process. Secrets are in clear."""
    return json.dumps(settings.model_dump(), default=_in_clear, ensure_ascii=False)


def restore(text: str) -> Settings:
    """The settings that :func:`dump` wrote, whatever this process's environment says."""
    return Settings.model_validate_json(text)


def presentable(settings: Settings) -> dict[str, Any]:
    """The effective settings for people's eyes: JSON-able, secrets as asterisks, those in addresses, too, and what
    stands where a variable is to be named and may be one."""
    shown: dict[str, Any] = _masked(settings.model_dump(mode="json"))
    return shown


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: url_keys.variable(one) if name.endswith("_env") and isinstance(one, str) else _masked(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return list(map(_masked, value))
    return url_keys.masked(value) if isinstance(value, str) else value


def _in_clear(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _find(root: Path | None) -> Path | None:
    for directory in (root, Path.cwd()):
        if directory and os.path.isfile(directory / FILE_NAME):  # noqa: PTH113 - is_file() raises where it may not look
            return directory / FILE_NAME
    return None
