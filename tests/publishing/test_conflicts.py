"""Two files that claim the same place are named, both of them."""

from __future__ import annotations

from service.conflicts import conflicts
from tests.index.builders import SITE, at, put
from tests.publishing.published import page, publisher_of


def test_a_page_at_a_posts_address_is_named_with_the_post() -> None:
    shared = f"{SITE}/contact/"
    with publisher_of(
        put("a", at(3), url=shared), page("contact", url=f"{SITE}/contact/index.html"), put("b", at(2))
    ) as made:
        (problem,) = conflicts(made)
    assert (problem.path, problem.code, "a.md" in problem.message) == ("contact.md", "page-shared", True)


def test_two_versions_in_one_language_are_named_the_older_one_counts() -> None:
    versions = {"ko": "old", "KO": "new", "en": "english"}
    posts = [
        put(name, at(days), language=language, translation="story")
        for days, (language, name) in zip((9, 1, 5), versions.items(), strict=True)
    ]
    with publisher_of(*posts, put("x", at(1), language="ko", translation="path:/x")) as made:
        (problem,) = conflicts(made)
    assert (problem.path, problem.code, "old.md" in problem.message) == ("new.md", "translation-doubled", True)
