"""Asking ``explain`` within this process, as the command does."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.commands import refresh
from service.explain.command import explain
from service.settings import load
from service.settings_layers import Layer
from tests.newsroom.running import CONFIG, site

OLD = 1_700_000_000


def jekyll_site(root: Path, posts: Mapping[str, str], config: str = "", **files: str) -> Path:
    """A Jekyll site; ``files`` lie below its root, ``__`` for a slash and ``_md`` at the end for the extension."""
    site(root, posts, CONFIG + config)
    return write(root, {name.replace("__", "/").removesuffix("_md") + ".md": text for name, text in files.items()})


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    for path in root.rglob("*"):  # a file this young would be read twice (C-15)
        os.utime(path, (OLD, OLD))
    return root


def text(**keys: str) -> str:
    """A post: one key a line, from line 2 on."""
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in keys.items()) + "---\n\nBody.\n"


def settings(*roots: Path, state: Path | None = None, **sections: Any) -> Any:
    layers = [Layer("test", {"source": [{"path": str(root)} for root in roots], **sections})]
    if state is not None:
        layers.append(Layer("test", {"service": {"state": str(state)}}))
    return load(layers, None, None)


def ask(said: str | Path, *roots: Path, state: Path | None = None, **sections: Any) -> dict[str, Any]:
    """The answer as JSON, with the exit code as ``code``."""
    answers: list[str] = []
    code = explain(str(said), settings(*roots, state=state, **sections), answers.append, form="json")
    found: dict[str, Any] = json.loads(answers[0])
    return found | {"code": code}


def index(root: Path, state: Path | None, **sections: Any) -> None:
    """Scan a site into a state directory (None: the default one)."""
    refresh(settings(root, state=state, **sections), lambda _: None, force=True)
