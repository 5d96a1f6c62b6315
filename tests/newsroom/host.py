"""A page that is not ours, on an origin of its own, in a real browser: what it shows, and what its console says."""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.newsroom.test_browser import opened

# What the page's own script reports: a reader of the DOM cannot see into a shadow root.
PROBE = b"""
const violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
const events = new Map([...document.querySelectorAll("feedmill-posts")].map((element) => [element, []]));
for (const element of events.keys()) {
  for (const name of ["load", "error"]) {
    element.addEventListener(name, () => { events.get(element).push(name); report(); });
  }
}
function report() {
  const elements = [...events.keys()].map((element) => {
    const root = element.shadowRoot, list = root.querySelector("ul");
    const rows = [...root.querySelectorAll("li")].map((li) => ({
      lang: li.lang, text: li.querySelector("[part=title]").textContent, href: li.querySelector("a")?.href ?? "",
      day: li.querySelector("time").textContent, summary: li.querySelector("p")?.textContent ?? "",
      image: li.querySelector("img")?.alt ?? null,
    }));
    return {
      rows, events: events.get(element), fallback: Boolean(root.querySelector("slot")), markup: root.innerHTML,
      style: list && getComputedStyle(list).listStyleType, lang: list && list.lang,
    };
  });
  const said = JSON.stringify({ violations, title: document.title, elements });
  document.querySelector("pre").textContent = said;
}
addEventListener("load", report);
"""


@dataclass
class Origin:
    """A web server on a port of its own, which is an origin of its own."""

    url: str = ""
    routes: dict[str, tuple[str, bytes, Mapping[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def origin() -> Iterator[Origin]:
    made = Origin()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            media_type, body, headers = made.routes.get(self.path, ("text/plain", b"", {}))
            self.send_response(200 if self.path in made.routes else 404)
            for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def strict(url: str, more: str = "") -> str:
    """The strictest policy of a page on which the element of the service at ``url`` works."""
    return (
        f"default-src 'none'; script-src {url}; connect-src {url}; base-uri 'none'; "
        f"require-trusted-types-for 'script'; trusted-types 'none'; {more}"
    )


def shown(body: str, policy: str, profile: Path) -> tuple[str, str]:
    """A page of another origin under ``policy``: its tree, and what the console said."""
    with origin() as host:
        page = f"<!doctype html><title>host</title><pre></pre>{body}"
        host.routes["/"] = ("text/html; charset=utf-8", page.encode(), {"Content-Security-Policy": policy})
        return opened(f"{host.url}/", profile, "--virtual-time-budget=10000")


def probed(url: str, body: str, policy: str, profile: Path) -> tuple[Any, str]:
    """What the probe saw, which is ``url``/probe.js, and what the console said."""
    tree, console = shown(f'<script type="module" src="{url}/probe.js"></script>{body}', policy, profile)
    return json.loads(html.unescape(tree.partition("<pre>")[2].partition("</pre>")[0])), console
