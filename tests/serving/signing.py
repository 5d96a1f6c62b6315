"""Senders of webhooks: what Ghost, GitHub, WordPress' plugins and the others put beside a body."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import datetime

SECRET = "It's a Secret to Everybody"  # noqa: S105 - docs.github.com's example
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of Standard Webhooks' tests


def mac(secret: str | bytes, *parts: bytes) -> bytes:
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def github(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={mac(secret, body).hex()}"}


def ghost(body: bytes, now: datetime, secret: str = SECRET) -> dict[str, str]:
    """Ghost 5: ``createHmac('sha256', secret).update(`${body}${t}`)``."""
    time = str(int(now.timestamp() * 1000))
    return {"X-Ghost-Signature": f"sha256={mac(secret, body, time.encode()).hex()}, t={time}"}


def old_ghost(body: bytes, now: datetime, secret: str = SECRET) -> dict[str, str]:
    time = int(now.timestamp() * 1000)
    return {"X-Ghost-Signature": f"sha256={mac(secret, body).hex()}, t={time}"}


def standard(body: bytes, now: datetime, identity: str = "msg_1", secret: str = STANDARD_SECRET) -> dict[str, str]:
    time = str(int(now.timestamp()))
    key = b64decode(secret.removeprefix("whsec_"))
    signature = b64encode(mac(key, f"{identity}.{time}.".encode(), body)).decode()
    return {"Webhook-Id": identity, "Webhook-Timestamp": time, "Webhook-Signature": f"v1,{signature}"}


def generic(body: bytes, now: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    if now is None:
        return {"X-Feedmill-Signature": f"sha256={mac(secret, body).hex()}"}
    time = str(int(now.timestamp()))
    signed = mac(secret, f"{time}.".encode(), body)
    return {"X-Feedmill-Signature": f"sha256={signed.hex()}", "X-Feedmill-Timestamp": time}


def wp_webhooks(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The plugin WP Webhooks: ``base64_encode(hash_hmac('sha256', $data, $secret, true))``."""
    return {"X-WP-Webhook-Signature": b64encode(mac(secret, body)).decode()}
