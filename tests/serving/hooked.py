"""A site with a hook for each way of signing, and senders who know the secrets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from service.errors import StorageUnavailable
from service.hooks import Hook, Hooks
from service.replays import Replays
from service.signatures import Scheme, key_of
from tests.serving import signing
from tests.serving.fakes import NOW, make_app, newsroom
from tests.serving.signing import SECRET, STANDARD_SECRET

BODY = b'{"post": {"id": 5}}'
SCHEMES: tuple[Scheme, ...] = ("wordpress", "ghost", "github", "standard", "generic")
SECRETS: dict[Scheme, str] = {**dict.fromkeys(SCHEMES, SECRET), "standard": STANDARD_SECRET}


class Site:
    """An application with one hook for each scheme, which is also the name of its source, and what it asked for."""

    def __init__(self, directory: Path, most: int = 1000, schemes: tuple[Scheme, ...] = SCHEMES) -> None:
        self.asked: list[str] = []
        self.now = NOW
        self.error: StorageUnavailable | None = None
        hooks = {name: Hook(name, key_of(name, SECRETS[name]), lambda name=name: self.ask(name)) for name in schemes}
        self.hooks = Hooks(hooks, Replays(directory), most, lambda: self.now)
        self.client = make_app(newsroom(), hooks=self.hooks).test_client()

    def ask(self, name: str) -> None:
        if self.error:
            raise self.error
        self.asked.append(name)

    def post(self, name: str, headers: dict[str, str], body: bytes = BODY, path: str = "/hooks/") -> tuple[int, str]:
        response = self.client.post(
            path + name, data=body, headers=headers, environ_overrides={"CONTENT_LENGTH": str(len(body))}
        )
        return response.status_code, response.get_data(as_text=True).strip()


def signed(name: Scheme, now: datetime = NOW, body: bytes = BODY) -> dict[str, str]:
    return {
        "wordpress": lambda: signing.wp_webhooks(body),
        "ghost": lambda: signing.ghost(body, now),
        "github": lambda: signing.github(body),
        "standard": lambda: signing.standard(body, now),
        "generic": lambda: signing.generic(body, now),
    }[name]()
