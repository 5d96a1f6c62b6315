"""The metadata of a page (``meta.json``) against its JSON Schema, and against what no schema can express."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.json_schema import Path, schema_problems


def metadata_problems(body: bytes) -> list[str]:
    """What is wrong with the metadata of a page, by ``metadata.json`` beside this module."""
    return schema_problems(body, "metadata.json", "metadata", _against_rules)


def _against_rules(document: object) -> Iterator[tuple[Path, str]]:
    """Open Graph and the link say one address, and a node of the graph may only refer to one that is there."""
    if not isinstance(document, dict):
        return
    properties = document.get("open_graph")
    said = properties.get("url") if isinstance(properties, dict) else None
    if said != document.get("canonical"):
        yield ("open_graph", "url"), "must be the canonical address"
    data = document.get("json_ld")
    nodes = data.get("@graph") if isinstance(data, dict) else None
    if not isinstance(nodes, list):
        return
    known = {node["@id"] for node in nodes if isinstance(node, dict) and isinstance(node.get("@id"), str)}
    for index, node in enumerate(nodes):
        for place, target in _references(node, ("json_ld", "@graph", index)):
            if target not in known:
                yield place, "refers to a node that the graph does not have"


def _references(value: object, place: Path) -> Iterator[tuple[Path, str]]:
    """Objects that hold nothing but an ``@id``, wherever they are, however deep."""
    rest = [(place, value)]
    while rest:
        where, item = rest.pop()
        if isinstance(item, dict):
            target = item.get("@id")
            if len(item) == 1 and isinstance(target, str):
                yield where, target
            rest.extend(((*where, key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            rest.extend(((*where, index), inner) for index, inner in enumerate(item))
