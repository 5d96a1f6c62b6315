"""IRIs in, URIs out: every URL that leaves in a document is ASCII (RFC 3987 §3.1; the validator's UriNotIri).

Refuses to resolve anything relative and to decide whether a URL is welcome; it only writes one correctly.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import quote, unquote

import idna

from feeds.text import xml_legal

WEB: Final = ("http://", "https://")
"""How every URL begins that the web can follow."""

_PLAIN = re.compile(
    r"(?:https?://[a-z0-9][a-z0-9.-]{0,62})?(?:/(?!/)(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]++|(?:%[0-9A-F][0-9A-F])++)*+)?"
    r"(?:[?#](?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]++|(?:%[0-9A-F][0-9A-F])++)*+)?"
)
"""Most URLs: nothing to do. A host this short keeps the limits of DNS whatever its labels are."""
_PARTS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
"""RFC 3986 appendix B, with the scheme's own characters."""
_IGNORED = re.compile("[\x00-\x1f\x7f-\x9f]")
_SIMPLE = re.compile(r"(https?://[a-z0-9][a-z0-9.-]{0,62})?(/(?!/)[^?#]*+)?", re.DOTALL)
"""A host that needs no look, and a path: either, or both."""
_UNSAFE = re.compile(r"%[0-9A-Fa-f]{2}|%|[^A-Za-z0-9%._~!$&'()*+,;=:@/?-]++")
_HOST = re.compile(r"[a-z0-9._-]+")
_URI = re.compile(
    r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})++(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+)?"
)
"""What a URI is written with."""


def ascii_url(url: str) -> str:
    """``url`` as an ASCII URI: host in IDNA (UTS #46), the rest percent-encoded UTF-8, "" for what cannot be one.

    Existing escapes are kept and upper-cased, a lone ``%`` is escaped, scheme and host are lower-cased, control
    characters dropped; nothing is normalised to NFC, because servers compare octets. Any scheme passes (``tag:``,
    ``urn:``), and so does a relative reference. Raises nothing; applying it twice changes nothing.
    """
    if _PLAIN.fullmatch(url):
        return url
    simple = _SIMPLE.fullmatch(url) if url.isprintable() and not url.endswith(" ") else None
    if simple and simple[2]:
        return (simple[1] or "") + _UNSAFE.sub(_escape, simple[2])
    text = _IGNORED.sub("", xml_legal(url)).strip()
    parts = _PARTS.fullmatch(text)
    if not parts:
        return ""
    scheme, authority, path, query, fragment = parts.groups()
    result = ""
    if scheme:
        scheme = scheme.lower()
        if len(scheme) + 1 == len(text) or (scheme in ("http", "https") and not authority):
            return ""
        result = f"{scheme}:"
    if authority is not None:
        written = _authority(authority, required=scheme in (None, "http", "https"))
        if written is None:
            return ""
        result += f"//{written}"
    result += _UNSAFE.sub(_escape, path)
    if query is not None:
        result += f"?{_UNSAFE.sub(_escape, query)}"
    if fragment is not None:
        result += f"#{_UNSAFE.sub(_escape, fragment)}"
    return result


def ascii_id(id_: str) -> str:
    """``id_`` as documents say it: as it is where a URI may be written so, else as :func:`ascii_url` writes it.

    Readers compare ids letter by letter (RFC 4287 §4.2.6.1): WordPress' ``%ed%95%9c`` must not become ``%ED%95%9C``.
    """
    written = ascii_url(id_)
    return id_ if written == id_ or (written and _URI.fullmatch(id_)) else written


def is_web_url(url: str) -> bool:
    """Whether ``url`` is absolute, http or https, and names a host that can exist."""
    return ascii_url(url).startswith(WEB)


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    return found.upper() if len(found) == 3 and found[0] == "%" else quote(found, safe="")


def _authority(text: str, *, required: bool) -> str | None:
    """``user@host:port`` in ASCII, None where it is not one. An empty host is possible only in schemes such as file."""
    user, at, place = text.rpartition("@")
    host, port = place, ""
    if ":" in place and not place.endswith("]"):
        host, _, port = place.rpartition(":")
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65536):
        return None
    written = _host(host)
    if written is None or (required and not written):
        return None
    return (f"{_UNSAFE.sub(_escape, user).replace('@', '%40')}@" if at else "") + written + (f":{port}" if port else "")


def _host(host: str) -> str | None:
    """A host name or address in lower-case ASCII, emoji let through as browsers do; None where it cannot be one."""
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1])}]" if host.endswith("]") and "%" not in host else None
        except ValueError:
            return None
    if len(host) > 1000:
        return None
    try:
        host = idna.uts46_remap(unquote(host, errors="strict"), std3_rules=False, transitional=False)
        labels = [label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in host.split(".")]
    except (idna.IDNAError, UnicodeError):
        return None
    name = ".".join(labels)
    valid = len(name) < 255 and all(len(label) < 64 for label in labels) and (not name or _HOST.fullmatch(name))
    return name if valid else None
