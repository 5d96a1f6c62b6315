"""The golden corpus of metadata: bytes that changed must be looked at, and all its vocabularies agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from lxml import etree

from feeds.metadata import fragment, values
from feeds.open_graph import properties
from schemas import problems
from tests.feeds.head_reader import Head, node, stays_in_head
from tests.feeds.metadata_cases import CASES, CORPUS, Case

each_case: Callable[..., pytest.MarkDecorator] = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_the_documents_of_a_case_are_the_recorded_ones(case: Case) -> None:
    for path, body in case.documents():
        assert path.read_bytes() == body, f"{path.name}: look at it, then python -m tests.feeds.record_metadata"


def test_every_recorded_document_has_a_case() -> None:
    made = {path for case in CASES for path, _ in case.documents()}
    assert made | {CORPUS / f"{case.name}.json" for case in CASES} == set(CORPUS.iterdir())


@each_case
def test_the_values_satisfy_their_schema(case: Case) -> None:
    (body,) = [body for path, body in case.documents() if path.name.endswith(".meta.json")]
    assert problems("metadata", body) == []
    assert json.loads(body) == values(case.page, case.publication)


@each_case
def test_the_fragment_says_what_the_values_say_and_nothing_else(case: Case) -> None:
    said, markup = values(case.page, case.publication), fragment(case.page, case.publication)
    head = Head(markup)
    assert head.strange == []
    assert stays_in_head(markup)
    assert head.title == said["title"]
    assert head.data == [said["json_ld"]]
    expected = [("name", "description", said["description"])] if "description" in said else []
    expected.append(("name", "robots", said["robots"]))
    expected += [("property", name, content) for name, content in properties(said["open_graph"])]
    expected += [("name", f"twitter:{name}", content) for name, content in said["twitter"].items()]
    expected += [("name", "fediverse:creator", account) for account in said.get("fediverse_creator", ())]
    expected += [("name", "theme-color", said["theme_color"])] if "theme_color" in said else []
    expected += [("name", name, code) for name, code in said.get("verification", {}).items()]
    assert head.metas == expected
    assert head.links == [
        {"rel": "canonical", "href": said["canonical"]},
        *({"rel": "alternate", **link} for key in ("alternates", "feeds", "oembed") for link in said.get(key, ())),
    ]


@each_case
def test_one_element_stands_on_one_line(case: Case) -> None:
    lines = fragment(case.page, case.publication).decode().splitlines()
    assert all(line.startswith(("<title>", "<meta ", "<link ", "<script ")) and line.endswith(">") for line in lines)


@each_case
def test_what_describes_a_picture_directly_follows_it(case: Case) -> None:
    names = [name for kind, name, _ in Head(fragment(case.page, case.publication)).metas if kind == "property"]
    for before, name in pairwise(names):
        assert not name.startswith("og:image:") or before.startswith("og:image")


@each_case
def test_title_address_and_language_agree_in_all_vocabularies(case: Case) -> None:
    said = values(case.page, case.publication)
    page = node(said["json_ld"], "WebPage", "CollectionPage", "ProfilePage")
    assert said["title"] == said["open_graph"]["title"] == page["name"]
    assert said["canonical"] == said["open_graph"]["url"] == page["url"] == page["@id"]
    assert said.get("language") == page.get("inLanguage")
    assert (said["open_graph"]["type"] == "article") == (case.page.kind == "post")


@each_case
def test_both_oembed_answers_say_the_same(case: Case) -> None:
    bodies = {path.suffixes[-1]: body for path, body in case.documents() if ".oembed" in path.name}
    root = etree.fromstring(bodies[".xml"])
    assert root.tag == "oembed"
    assert {child.tag: child.text for child in root} == {k: str(v) for k, v in json.loads(bodies[".json"]).items()}
