"""Who signed a webhook: the schemes of Ghost, GitHub, WordPress' plugins, Standard Webhooks, and one of our own.

Everything is judged on the raw bytes of the body, compared in constant time; nothing of it is ever parsed (W-02).
Refuses to read environments and clocks, and to know what a webhook leads to.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Literal

Scheme = Literal["wordpress", "ghost", "github", "standard", "generic"]
Header = Callable[[str], str]
"""The value of a header field by its name; "" where there is none."""

TOLERANCE: Final = 300
"""Seconds that a signed time may be from ours (W-03), as Standard Webhooks' own libraries have it."""

MOST_SIGNATURES: Final = 16
"""Signatures of one Standard Webhook that are looked at: it has several while its secret changes."""

WORDPRESS: Final = ("X-WP-Webhook-Signature", "X-WC-Webhook-Signature", "X-Hub-Signature-256", "X-Webhook-Signature")
"""WP Webhooks, WooCommerce, and what plugins name theirs that imitate GitHub or nobody."""

WORDPRESS_TOKEN: Final = "X-Webhook-Secret"  # noqa: S105 - the header's name

_TIME = re.compile(r"[0-9]{1,15}")
_STAMPED = re.compile(rb"[0-9]{1,15}\.")
_DIGITS: Final = b"0123456789"


class Unsigned(Exception):
    """The request is not from who holds the secret, or not of now. ``str()`` says why, for the log alone."""


def key_of(scheme: Scheme, secret: str) -> bytes:
    """The key that a secret stands for. Raises ValueError where it stands for none; an empty one is the caller's."""
    if scheme != "standard":
        return secret.encode()
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("the secret of Standard Webhooks is base64, usually behind whsec_")
    return key


def verify(scheme: Scheme, key: bytes, header: Header, body: bytes, now: datetime) -> bytes:
    """What tells this delivery from every other, as far as it is signed; b"" where nothing is but the secret itself.

    Raises Unsigned. Where a scheme signs a time, it has to be within TOLERANCE of ``now``.
    """
    if not key:
        raise Unsigned("there is no secret")
    return _SCHEMES[scheme](key, header, body, now)


def _github(key: bytes, header: Header, body: bytes, now: datetime) -> bytes:
    """docs.github.com, "Validating webhook deliveries". No time is signed, nor is the delivery's id."""
    del now
    mac = _mac(key, body)
    _demand(_given(header, "X-Hub-Signature-256"), (f"sha256={mac.hex()}",))
    return mac


def _wordpress(key: bytes, header: Header, body: bytes, now: datetime) -> bytes:
    """WordPress signs nothing; its plugins do, in base64 or hexadecimal, or send the secret as it is."""
    del now
    name = next((name for name in WORDPRESS if header(name)), None)
    if name is not None:
        mac = _mac(key, body)
        _demand(header(name), (b64encode(mac).decode(), mac.hex(), f"sha256={mac.hex()}"))
        return mac
    scheme, _, token = header("Authorization").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else header(WORDPRESS_TOKEN)
    if not given:
        raise Unsigned(f"there is none of {', '.join(WORDPRESS)}, {WORDPRESS_TOKEN} and Authorization: Bearer")
    _demand(given, (key.decode(),))
    return b""


def _ghost(key: bytes, header: Header, body: bytes, now: datetime) -> bytes:
    """``sha256=<hex>, t=<ms>``: Ghost signs the body with the time behind it; older ones the body alone.

    What is signed together with its time must not pass for a body that is signed alone and ends in digits.
    """
    parts = dict(part.strip().partition("=")[::2] for part in _given(header, "X-Ghost-Signature").split(","))
    given, time = parts.get("sha256", ""), parts.get("t", "")
    if _TIME.fullmatch(time):
        mac = _mac(key, body, time.encode())
        if _same(given, (mac.hex(),)):
            _demand_now(int(time) / 1000, now)
            return mac
    mac = _mac(key, body)
    _demand(given if body[-1:] not in _DIGITS or not body else "", (mac.hex(),))
    return mac


def _standard(key: bytes, header: Header, body: bytes, now: datetime) -> bytes:
    """standardwebhooks.com: id, time and body are signed; a delivery that is tried again keeps its id."""
    identity, time = _given(header, "Webhook-Id"), _given(header, "Webhook-Timestamp")
    mac = _mac(key, f"{identity}.{time}.".encode("latin-1", "replace"), body)
    wanted = (f"v1,{b64encode(mac).decode()}",)
    given = _given(header, "Webhook-Signature").split(" ")[:MOST_SIGNATURES]
    if not any(_same(one, wanted) for one in given):
        raise Unsigned("the signature does not match")
    _demand_now(_seconds(time), now)
    return hashlib.sha256(identity.encode("latin-1", "replace")).digest()


def _generic(key: bytes, header: Header, body: bytes, now: datetime) -> bytes:
    """``sha256=<hex>`` of the body, or of ``<time>.<body>`` where X-Feedmill-Timestamp has the time in seconds.

    What is signed together with its time must not pass for a body that is signed alone.
    """
    given, time = _given(header, "X-Feedmill-Signature"), header("X-Feedmill-Timestamp")
    if not time and _STAMPED.match(body):
        raise Unsigned("the body begins like a time, and there is no X-Feedmill-Timestamp")
    mac = _mac(key, f"{time}.".encode("latin-1", "replace") if time else b"", body)
    _demand(given, (f"sha256={mac.hex()}",))
    if time:
        _demand_now(_seconds(time), now)
    return mac


_SCHEMES: Final[dict[Scheme, Callable[[bytes, Header, bytes, datetime], bytes]]] = {
    "wordpress": _wordpress,
    "ghost": _ghost,
    "github": _github,
    "standard": _standard,
    "generic": _generic,
}


def _mac(key: bytes, *parts: bytes) -> bytes:
    made = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        made.update(part)
    return made.digest()


def _given(header: Header, name: str) -> str:
    value = header(name)
    if not value:
        raise Unsigned(f"there is no {name}")
    return value


def _demand(given: str, wanted: Iterable[str]) -> None:
    if not _same(given, wanted):
        raise Unsigned("the signature does not match")


def _same(given: str, wanted: Iterable[str]) -> bool:
    """Whether it is one of them, in a time that tells nothing of which, or how nearly."""
    said = given.encode("latin-1", "replace")
    return any(hmac.compare_digest(said, one.encode()) for one in wanted)


def _seconds(time: str) -> float:
    if not _TIME.fullmatch(time):
        raise Unsigned("its time is no number of seconds")
    return float(time)


def _demand_now(seconds: float, now: datetime) -> None:
    off = seconds - now.timestamp()
    if abs(off) > TOLERANCE:
        raise Unsigned(f"its time is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} ours")
