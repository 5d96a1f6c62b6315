"""Query parameters that hold keys, and addresses without them: for whatever is shown, or kept to tell a source by.
Names of variables that hold keys, unless they look like the keys themselves.

Pure; knows no settings.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

NAMES: Final = frozenset(
    ("key", "api_key", "apikey", "access_token", "auth_token", "consumer_key", "consumer_secret", "token", "password")
)
"""Names of parameters, in lower case; no address that is shown has them."""

STARS: Final = "***"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+")
_USER = re.compile(r"(?<=://)[^/?#]*@")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*|")
_BETWEEN = re.compile(r"([?&#])")


def without(url: str, names: frozenset[str] = NAMES) -> str:
    """A URL without some of its parameters; the others stay as they were written. Raises ValueError for no URL."""
    parts = urlsplit(url)
    kept = (one for one in parts.query.split("&") if not _names(one) & names)
    return urlunsplit(parts._replace(query="&".join(kept)))


def masked(text: str) -> str:
    """A text with asterisks for each user and password, and for the keys, in the addresses in it; total."""
    return _URL.sub(_masked, text)


def variable(name: str) -> str:
    """The name of an environment variable where it is written as they are, in capitals; else asterisks: what stands
    there may be the secret that the variable was to hold."""
    return name if _VARIABLE.fullmatch(name) else STARS


def _masked(url: re.Match[str]) -> str:
    place, *parameters = _BETWEEN.split(_USER.sub(f"{STARS}@", url[0]))
    return place + "".join(f"{one.partition('=')[0]}={STARS}" if _names(one) & NAMES else one for one in parameters)


def shown_address(url: str) -> str:
    """An address for people: without user, query and fragment, any of which may be a secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _names(parameter: str) -> set[str]:
    return {name.lower() for name, _ in parse_qsl(parameter, keep_blank_values=True)}
