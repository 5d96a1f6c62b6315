"""Where an API's answer has something: ``data.posts``, ``items[0].title``, ``/data/posts`` (RFC 6901), ``$`` for all.

Pure. A path that leads nowhere leads to nothing; one that cannot be read is refused when the settings are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from service.sources.json_values import Node

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,9})\]")
_LONGEST: Final = 500

Steps = tuple[str | int, ...]


def steps(path: str) -> Steps:
    """The keys and places a path names. Raises ValueError for what is no path."""
    path = path.strip()
    if len(path) > _LONGEST:
        raise ValueError("is too long for a path")
    if path.startswith("/"):
        parts = [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]
        return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)
    path = path.removeprefix("$").removeprefix(".")
    found, here = list[str | int](), 0
    while here < len(path):
        step = _STEP.match(path, here)
        if step is None:
            raise ValueError(f"{path!r} is not a path such as data.posts, items[0] or /data/posts")
        found.append(step[1] if step[1] is not None else int(step[2]))
        here = step.end()
    return tuple(found)


def at(node: Node, path: Steps) -> Node:
    """What is at a path below a value; nothing where it leads nowhere."""
    for step in path:
        value: Any = None
        if isinstance(step, int) and isinstance(node.value, list):
            value = node.value[step] if step < len(node.value) else None
            node = Node(value, f"{node.path}[{step}]", node.origin)
        else:
            key = str(step)
            value = node.value.get(key) if isinstance(node.value, Mapping) else None
            node = Node(value, f"{node.path}.{key}", node.origin)
    return node
