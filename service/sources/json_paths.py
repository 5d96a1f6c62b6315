"""Where an API's answer has something: ``data.posts``, ``items[0].title``, ``/data/posts`` (RFC 6901), ``$`` for all.

Pure. A path that leads nowhere leads to nothing; one that cannot be read is refused when the settings are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the settings check their paths here, and values know the settings
    from service.sources.json_values import Node

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(0|[1-9]\d{0,8})\]", re.ASCII)
_PLACE = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_ESCAPE = re.compile(r"~(?![01])")
_LONGEST: Final = 500

Steps = tuple[str, ...]
"""Keys; one that is a number is a place where a list is."""


def steps(path: str) -> Steps:
    """The keys and places a path names. Raises ValueError for what is no path."""
    path = path.strip()
    if len(path) > _LONGEST:
        raise ValueError(f"is longer than a path may be ({_LONGEST} characters)")
    if path.startswith("/"):
        if _ESCAPE.search(path):
            raise ValueError("is no JSON pointer: ~ is written ~0, a slash in a key ~1")
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/"))
    rest = path.removeprefix("$")
    found, here = list[str](), 0
    while here < len(rest):
        step = _STEP.match(rest, here)
        if step is None or (here == 0 and rest is path and path.startswith(".")):
            raise ValueError("is not a path such as data.posts, items[0].title or /data/posts")
        found.append(step[1] if step[1] is not None else step[2])
        here = step.end()
    return tuple(found)


def at(node: Node, path: Steps) -> Node:
    """What is at a path below a value; nothing where it leads nowhere."""
    for step in path:
        found: Any = None
        if isinstance(node.value, list):
            if _PLACE.fullmatch(step):
                found = node.value[int(step)] if int(step) < len(node.value) else None
            node = node.beside(found, f"[{step}]")
        else:
            found = node.value.get(step) if isinstance(node.value, Mapping) else None
            node = node.beside(found, f".{step}")
    return node


def leads(node: Node, path: Steps) -> bool:
    """Whether there is something at a path below a value, be it null."""
    if not path:
        return node.value is not None
    value = at(node, path[:-1]).value
    if isinstance(value, list):
        return bool(_PLACE.fullmatch(path[-1])) and int(path[-1]) < len(value)
    return isinstance(value, Mapping) and path[-1] in value
