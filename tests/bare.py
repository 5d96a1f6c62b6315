"""A process that nobody has set Feedmill up for: what the tests of settings start from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def bare_environment(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """No variable that Feedmill reads, and an empty working directory."""
    for name in list(os.environ):
        if name.startswith("FEEDMILL_") or name in ("PORT", "WEB_CONCURRENCY", "LOG_LEVEL", "KUBERNETES_SERVICE_HOST"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(directory)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path
