"""What of a source's settings keeps its address from ever being asked, found without asking.

Used where a client is made and where settings are looked over, so that both say the same. Refuses to look anything up:
whether an upstream answers is not the settings' business.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from service.errors import Fault
from service.settings import SourceSettings
from service.upstream.secrets import secret


def key(source: SourceSettings) -> str:
    """The API key of a source; "" where its settings name none. Raises Fault where it is not where they say."""
    return secret("source.key", source.key_env, source.key_file)


def trusted(source: SourceSettings) -> bool | str:
    """Which certificates are trusted, as requests takes it: the public ones, or a file in their place. Raises Fault."""
    if source.ca_bundle is None:
        return True
    import ssl  # 8 ms: a directory needs none of it

    try:
        ssl.create_default_context(cafile=str(source.ca_bundle))
    except (OSError, ssl.SSLError) as error:
        message = f"{source.ca_bundle}: cannot be used: {error}"
        raise Fault("source.ca_bundle", message, "name a file of certificates in PEM", here=True) from None
    return str(source.ca_bundle)


def faults(source: SourceSettings) -> Iterator[Fault]:
    """All of it, the worst first; of a directory nothing."""
    if source.url is None:
        return
    from service.upstream.guard import Guard  # 40 ms with urllib3: a directory needs none of it

    parts = urlsplit(source.url)
    if "@" in parts.netloc:
        message = "has a user or a password in it, which logs and reports would show"
        yield Fault("source.url", message, "take it out, and name it by source.key_env or key_file")
    if parts.scheme.lower() == "http" and not source.allow_http:
        message = f"http://{parts.hostname or ''} is not encrypted, and will not be asked"
        yield Fault("source.url", message, "write https://, or set source.allow_http = true for this source")
    if Guard(source.networks).refuses(parts.hostname or ""):  # as far as it can be known without asking
        message = f"{parts.hostname} is not a public address"
        yield Fault("source.url", message, "list its network in source.networks to allow it")
    for look in (key, trusted):
        try:
            found = look(source)
        except Fault as fault:
            yield fault
            continue
        if look is key and not found and source.kind == "ghost":
            message = "there is none, and Ghost's Content API refuses whoever has no key"
            hint = "make a custom integration in Ghost, and name the variable that holds its Content API key"
            yield Fault("source.key_env", message, hint, level="warning")
