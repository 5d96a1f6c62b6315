"""The list of a channel's newest posts (``embed.json``) against its JSON Schema."""

from __future__ import annotations

from schemas.json_schema import schema_problems


def embed_problems(body: bytes) -> list[str]:
    """What is wrong with a list of a channel's newest posts, by ``embed.json`` beside this module."""
    return schema_problems(body, "embed.json", "list")
