"""U-06: what anybody may GET says why a source is stale in our words, and nothing of what its upstream answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from service.errors import Problem
from service.index.records import Staleness
from service.paths import Target
from service.publisher import Publisher
from service.refresh import stale_problems
from service.settings import Settings, SourceSettings
from service.sources.source import FEED_UNAVAILABLE, Change, Reject
from tests.index.builders import CONTEXT, FACTS, NOW
from tests.publishing.published import app_of, body, publisher_of

SAID = "http://10.9.8.7:2368/posts: no valid JSON at byte 0; it begins 'CANARY maintenance'"
LATER = NOW + timedelta(minutes=5)
HOME = Target("site", "", "")
BLOG = Settings(source=(SourceSettings(url="https://blog.example/", name="blog"),))


def get(publisher: Publisher, path: str) -> str:
    answer = app_of(publisher).test_client().get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def read(publisher: Publisher, *changes: Change, problems: Sequence[Problem] = ()) -> None:
    publisher.index.apply("blog", changes, NOW, context=CONTEXT, facts=FACTS, problems=problems)


def fail(publisher: Publisher, staleness: Staleness) -> None:
    publisher.index.mark_stale("blog", LATER, staleness, stale_problems("blog", staleness.line))


@pytest.mark.parametrize("reason", ["json-invalid", "internal"])
def test_U06_a_wrong_answer_is_named_by_its_reason_and_never_quoted(reason: str) -> None:
    with publisher_of(settings=BLOG) as publisher:
        read(publisher)
        fail(publisher, Staleness(SAID, reason, 200))
        for path in ("/readyz", "/", "/metrics"):
            text = get(publisher, path)
            assert "CANARY" not in text
            assert "10.9.8.7" not in text
        (source,) = (one for one in json.loads(get(publisher, "/readyz"))["sources"] if one["name"] == "blog")
        assert (source["reason"], source["status"]) == (reason, 200)
        assert (source["stale"], source["stale_since"]) == (f"cannot be read ({reason} 200)", LATER.isoformat())
        home = body(publisher, HOME).decode()
        assert f"<code>blog</code> cannot be read ({reason} 200)" in home
        assert next(one for one in publisher.index.status() if one.name == "blog").stale == SAID, "for operators"
        assert any(SAID in problem.message for problem in publisher.index.problems()), "for operators"


def test_U06_what_a_directory_lacks_is_our_own_word_and_stays() -> None:
    with publisher_of(settings=BLOG) as publisher:
        read(publisher)
        fail(publisher, Staleness("_config.yml is gone"))
        assert "_config.yml is gone" in get(publisher, "/readyz")
        assert "_config.yml is gone" in body(publisher, HOME).decode()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/srv/of/kim/blog/_config.yml:2:8 error yaml-syntax a mark (close it)", "_config.yml:2:8 error yaml-syntax a"),
        ("/srv/of/kim/blog: is empty; is the disk mounted?", "is empty; is the disk mounted?"),
        ("/srv/of/kim/blog/notes/config.toml:1:1 must hold keys", "config.toml:1:1 must hold keys"),
    ],
)
def test_what_a_directory_lacks_has_file_and_line_but_not_where_it_lies_on_this_machine(line: str, shown: str) -> None:
    paths = ("/srv/of/kim/blog", "/srv/of/kim/blog/notes")
    with publisher_of(settings=Settings(source=tuple(SourceSettings(path=path) for path in paths))) as publisher:
        read(publisher)
        fail(publisher, Staleness(line))
        for text in (get(publisher, "/readyz"), body(publisher, HOME).decode()):
            assert shown in text
            assert "/srv" not in text
        assert next(one for one in publisher.index.status() if one.name == "blog").stale == line, "for operators"


def test_U06_what_is_reported_of_an_answer_is_named_by_its_code_and_never_quoted() -> None:
    feed = Problem("blog", 0, 0, "warning", FEED_UNAVAILABLE, f"the feed A cannot be read: {SAID}", "mend it")
    items = [
        Problem(f"CANARY {n}", 0, 0, "error", "item-invalid", f"$[{n}].title: is 'CANARY'", "look at it")
        for n in (1, 2)
    ]
    with publisher_of(settings=BLOG) as publisher:
        read(publisher, *(Reject(item.path, "1", (item,)) for item in items), problems=(feed,))
        home = body(publisher, HOME).decode()
        assert "CANARY" not in home
        assert "10.9.8.7" not in home
        assert "<code>blog</code> (mend it)" in home
        assert home.count("<code>blog</code> (look at it)") == 1
        assert "<li>and 1 more</li>" in home
        said = json.loads(get(publisher, "/readyz"))
        assert "CANARY" not in json.dumps(said)
        assert next(one for one in said["sources"] if one["name"] == "blog")["unread"] == 1
        assert {problem.message for problem in publisher.index.problems()} == {one.message for one in (feed, *items)}


def test_what_is_wrong_with_a_directorys_content_is_shown_as_it_is() -> None:
    item = Problem("a.md", 1, 1, "error", "yaml-syntax", "a colon", "quote it")
    with publisher_of(settings=Settings(source=(SourceSettings(path="blog", name="blog"),))) as publisher:
        read(publisher, Reject("a.md", "1", (item,)))
        assert "<code>a.md:1:1</code> a colon (quote it)" in body(publisher, HOME).decode()
