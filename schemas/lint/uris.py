"""What is wrong with a URI: by RFC 3986, and by the narrower reading of those who follow it; and the other names of
things that documents hold: e-mail addresses, media types, languages."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, Literal
from urllib.parse import urlsplit

from schemas.lint.findings import words

Fault = Literal["UriNotIri", "InvalidUriChar", "InvalidFullLink"]

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_LEGAL: Final = re.compile(r"[A-Za-z0-9;/?:@&=+$.\-_!~*'()%,#\[\]]*")
_HOSTLESS: Final = re.compile(r"https?:(?!//[^/])", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;.*)?", re.ASCII)
_LOCAL: Final = r"[\w.!#$%&'*+/=?^`{|}~-]"
MAIL: Final = rf"(?<!{_LOCAL}){_LOCAL}{{1,64}}@[\w-]+(?:\.[\w-]+)+"
"""An e-mail address as a pattern (ASCII). At most 64 letters before the @ (RFC 5321 §4.5.3.1.1), and none before them:
else each place of a long word would be tried as its beginning."""
_ADDRESS: Final = re.compile(MAIL, re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_SCHEMES: Final = words(
    "http https ftp mailto tel sms xmpp geo magnet irc ircs news nntp urn tag data cid mid sip sips info doi feed"
)
_PORTS: Final = {"http": ":80", "https": ":443"}


def fault_of(uri: str) -> Fault | None:
    """The rule that an absolute URI of a feed breaks: the validator's names for it."""
    if any(ord(char) > 126 for char in uri):
        return "UriNotIri"
    if not _LEGAL.fullmatch(uri):
        return "InvalidUriChar"
    return None if is_absolute(uri) else "InvalidFullLink"


def is_absolute(uri: str) -> bool:
    """Whether a URI says everything itself."""
    return bool(_SCHEME.match(uri)) and not _HOSTLESS.match(uri)


def scheme_of(uri: str) -> str:
    """The scheme in small letters, "" where there is none."""
    match = _SCHEME.match(uri)
    return match[1].lower() if match else ""


def is_registered(scheme: str) -> bool:
    """Whether a scheme is one that a feed's readers may know."""
    return scheme in _SCHEMES


def host_of(uri: str) -> str:
    """The host in small letters; "" where a URI has none, or is none."""
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def origin_of(uri: str) -> tuple[str, str]:
    """Scheme and authority in small letters; two empty strings where there are none."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()


def path_of(uri: str) -> str:
    """The path; "" where a URI has none, or is none."""
    try:
        return urlsplit(uri).path
    except ValueError:
        return ""


def is_private(uri: str) -> bool:
    """Whether only machines of one house reach the host: nothing public can be said of such a URL."""
    host = host_of(uri)
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".test"))


def has_public_form(uri: str) -> bool:
    """Whether the host of a URL has a dot in it, as the validator wants it of enclosures."""
    return scheme_of(uri) in ("http", "https") and "." in host_of(uri) and fault_of(uri) is None


def is_canonical(uri: str) -> bool:
    """Whether an id is in the one form it should have (RFC 4287 §4.2.6.1): small scheme and host, no default port."""
    match = _SCHEME.match(uri)
    if not match or match[1] != match[1].lower():
        return not match
    scheme = match[1]
    if not uri.startswith(f"{scheme}://"):
        return True
    authority = uri[len(scheme) + 3 :].partition("/")[0]
    default = _PORTS.get(scheme)
    if authority != authority.lower() or (default and authority.endswith(default)):
        return False
    return default is None or bool(path_of(uri))


def is_mail(text: str) -> bool:
    """Whether a text is an e-mail address and nothing else."""
    return bool(_ADDRESS.fullmatch(text))


def holds_mail(text: str) -> bool:
    """Whether there is an e-mail address in a text."""
    return "@" in text and bool(_ADDRESS.search(text))


def is_media_type(text: str) -> bool:
    """RFC 6838, parameters allowed."""
    return bool(_MEDIA_TYPE.fullmatch(text))


def is_language(tag: str) -> bool:
    """The shape of BCP 47; no registry is asked."""
    return bool(_LANGUAGE.fullmatch(tag))
