"""What single settings may say: URLs, language tags, time zones, encodings and paths of this service.

Each type checks a value and writes it in its one form; it raises ValueError with what to write instead. Refuses to look
anything up: whether a channel exists is the index's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from feeds.tokens import language_tag
from feeds.uri import ascii_url, is_web_url
from service import paths
from service.colours import is_colour
from service.hosts import host_of

_SUCH_AS: Final = ", such as / or /tags/x/"


def _base_url(value: str) -> str:
    """A base URL: http or https with a host, no query, no fragment, no trailing slash."""
    value = value.strip().rstrip("/")
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must start with http:// or https:// and name a host, such as https://example.org")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must not carry a query, a fragment or a user name")
    if any(c.isspace() or ord(c) < 32 for c in value):
        raise ValueError("must not contain white space")
    return ascii_url(value)


def _web_url(value: str) -> str:
    value = value.strip()
    if not is_web_url(value) or any(c.isspace() for c in value):
        raise ValueError("must be an absolute URL that starts with http:// or https://")
    return value


def _language(value: str) -> str:
    tag = language_tag(value)
    if tag is None or len(tag.partition("-")[0]) > 3:  # longer first subtags are well-formed, but none is registered
        raise ValueError("must be a BCP 47 language tag, such as ko or ko-KR")
    return tag


def _zone(value: str) -> str:
    if value:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is not an IANA time zone; write one such as Asia/Seoul") from None
    return value


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _encoding(value: str) -> str:
    try:
        b" ".decode(value)  # one byte: nothing at all is decoded without looking the codec up
    except UnicodeDecodeError:
        return value
    except (LookupError, ValueError):
        raise ValueError("is not a text encoding that Python knows; write one such as utf-8 or cp949") from None
    return value


def _log_level(value: object) -> object:
    level = value.strip().lower() if isinstance(value, str) else value
    return "warning" if level == "warn" else level


def _channel_path(value: str) -> str:
    """A channel's canonical path in characters: the leading and the trailing slash may be left out."""
    bare = value.strip().strip("/")
    meaning = paths.parse(f"/{bare}/" if bare else "/") if value.strip() else None
    if not isinstance(meaning, paths.Target):
        meaning = paths.parse(f"/{bare}")
        target = meaning.target if isinstance(meaning, paths.Moved) else meaning
        raise ValueError(f"is not the path of a channel{f'; its channel is {_home(target)}' if target else _SUCH_AS}")
    return _home(meaning)


def _old_path(value: str) -> str:
    path = "/" + value.strip().removeprefix("/")
    if path == "/" or paths.decode(path) is None or any(c in path for c in "?#\\") or "//" in path:
        raise ValueError("is not a path of this service, such as /feeds/all.xml (no host, no query)")
    return path


def _document_path(value: str) -> str:
    path = "/" + value.strip().removeprefix("/")
    meaning = paths.parse(path)
    if isinstance(meaning, paths.Target):
        return paths.decoded_path_of(meaning)
    if isinstance(meaning, paths.Moved):
        raise ValueError(f"has itself moved; write {paths.decoded_path_of(meaning.target)}")
    raise ValueError("is not a path of this service, such as /rss.xml or /tags/x/atom.xml")


def _page_pattern(value: str) -> str:
    pattern = value.strip()
    if pattern in ("", "off"):
        return pattern
    path = "/" + pattern.removeprefix("/")
    if (
        not any(name in path for name in (":name", ":slug", ":jekyll"))
        or any(c.isspace() or c in "?#\\" for c in path)
        or "//" in path
    ):
        raise ValueError("is neither a path with :name, :slug or :jekyll in it, such as /category/:name/, nor off")
    return path


def _host_name(value: str) -> str:
    name = value.strip().lower().removesuffix(".")
    written = ascii_url(f"http://{name}/") if name and name == host_of(name) else ""
    host = written.removeprefix("http://").removesuffix("/")
    if not host or any(c in host for c in "/?#@") or any(c.isspace() for c in name):
        raise ValueError("is not a host name, such as blog.example.org (no scheme, no port, no path)")
    return host


def _robot_path(value: str) -> str:
    if not value.startswith(("/", "*")) or any(c.isspace() or c == "#" or ord(c) < 32 for c in value):
        raise ValueError("is not a path as in robots.txt, such as /admin/ or /*.pdf$")
    return ascii_url(value)


def _robot_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_-]{1,64}|\*", value):
        raise ValueError("is not a product token, such as Yeti or GPTBot (letters, - and _)")
    return value


def _colour(value: str) -> str:
    value = value.strip()
    if value and not is_colour(value):
        raise ValueError("is not a colour of CSS, such as #1a1a1a, navy, rgb(26 26 26) or hsl(210 50% 20%)")
    return value


def _home(target: paths.Target) -> str:
    """The path of the target's channel, under the slug that its spelling would have."""
    slug = paths.slug_of(target.kind, target.slug) if target.slug else ""
    return paths.decoded_path_of(paths.Target(target.kind, slug, ""))


def _empty_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _said_once(normal: Callable[[str], str], noun: str = "path") -> Callable[[Any], Any]:
    """Refuses a table in which two keys mean the same; keys that mean nothing are reported on their own."""

    def check(table: Any) -> Any:
        seen: dict[str, str] = {}
        for key in table if isinstance(table, Mapping) else ():
            try:
                first = seen.setdefault(normal(str(key)), str(key))
            except ValueError:
                continue
            if first != key:
                raise ValueError(f"{first!r} and {key!r} are the same {noun}; write it once")
        return table

    return check


def _written(pattern: str) -> WithJsonSchema:
    """For editors: the shape of a text, which refuses nothing that the validator takes, and lets it be empty."""
    return WithJsonSchema({"type": "string", "pattern": rf"^\s*(?:{pattern})?\s*$"})


_HTTP: Final = "[Hh][Tt][Tt][Pp][Ss]?://"

BaseUrl = Annotated[str, AfterValidator(_base_url), _written(rf"{_HTTP}[^\s/?#@]+(?:/[^\s?#]*)?")]
"""Where something is: scheme, host and base path in ASCII, without a trailing slash; "" where nothing is said."""

WebUrl = Annotated[str, AfterValidator(_web_url), _written(rf"{_HTTP}\S+")]
"""An absolute http or https URL, as it was written."""

LanguageTag = Annotated[str, AfterValidator(_language), _written("[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")]
"""A BCP 47 tag (RFC 5646)."""

ZoneName = Annotated[str, AfterValidator(_zone)]
"""A key of the IANA time zone database, or ""."""

Moment = Annotated[datetime, AfterValidator(_aware)]
"""A moment; without a zone it is UTC."""

Encoding = Annotated[str, AfterValidator(_encoding)]
"""The name of a codec that turns bytes into text."""

ChannelPath = Annotated[str, AfterValidator(_channel_path)]
"""``service.paths.decoded_path_of`` a channel: ``/`` or ``/tags/x/``."""

OldPath = Annotated[str, AfterValidator(_old_path)]
"""A path below the service's prefix, percent-encoded or not."""

DocumentPath = Annotated[str, AfterValidator(_document_path)]
"""The canonical path of a document or of a channel's page."""

Colour = Annotated[str, AfterValidator(_colour)]
"""A colour of CSS (:mod:`service.colours`), or ""."""

PagePattern = Annotated[str, AfterValidator(_page_pattern)]
"""A pattern of :mod:`service.sources.term_pages`; ``off``, or "" where nothing is said."""

HostName = Annotated[str, AfterValidator(_host_name)]
"""A host as :func:`service.hosts.host_of` has it, in ASCII."""

RobotPath = Annotated[str, AfterValidator(_robot_path)]
"""A path pattern of RFC 9309 in ASCII."""

RobotName = Annotated[str, AfterValidator(_robot_name)]
"""A product token of RFC 9309, or ``*``."""

LOG_LEVEL = BeforeValidator(_log_level)
EMPTY_IS_NONE = BeforeValidator(_empty_is_none)
CHANNELS_ONCE = BeforeValidator(_said_once(_channel_path))
HOSTS_ONCE = BeforeValidator(_said_once(_host_name, "host"))
OLD_PATHS_ONCE = BeforeValidator(_said_once(_old_path))
