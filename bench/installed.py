"""What stands beside Feedmill and where it is: tools on PATH, Python's and Node's peers in a directory of their own.

``make bench-peers`` fills that directory, ``.peers`` in the source tree, so that no peer is ever a requirement of ours.
Refuses to install anything: what is absent is said.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).parents[1] / ".peers"

HINT: Final = "make bench-peers installs it"


def tool(name: str) -> str:
    """The path of a program; "" where there is none."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin") or ""


def python() -> str:
    """The interpreter of Python's peers; "" where there is none."""
    found = HOME / "python" / "bin" / "python"
    return str(found) if found.exists() else ""


def packages() -> str:
    """The directory of Python's peers; "" where there is none."""
    return next((str(path) for path in (HOME / "python" / "lib").glob("python3.*/site-packages")), "")


def has(package: str) -> bool:
    """Whether one of Python's peers is there."""
    return bool(python()) and (Path(packages()) / package).is_dir()


def node_modules() -> Path:
    """The directory of Node's peers, whether or not it is there."""
    return HOME / "node" / "node_modules"
