"""What an API's items say of who may see them: in doubt nobody (U-20)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sources.asked import HOME, NOW, Fake, as_json, opened, puts

HIDDEN: list[dict[str, Any]] = [
    *({key: True} for key in ("draft", "private", "hidden", "protected", "password_protected", "deleted", "archived")),
    *(
        {key: True}
        for key in ("is_draft", "isDraft", "is_private", "isPrivate", "is_deleted", "isArchived", "unlisted")
    ),
    *({key: False} for key in ("published", "is_published", "isPublished", "public", "visible", "live", "active")),
    *({key: "2026-01-02"} for key in ("deleted_at", "deletedAt", "archived_at")),
    *({"status": word} for word in ("draft", "Auto-Draft", "in_review", "trashed", "unlisted", "expired", "비공개")),
    *({"status": said} for said in (["published", "draft"], {"value": "draft"}, {"name": "Private"}, False, 0, "0")),
    *({"visibility": word} for word in ("private", "internal", "members")),
    *({key: None} for key in ("published_at", "publishedAt", "date_published")),
    {"content": {"rendered": "x", "protected": True}},
    {"draft": "true"},
    {"draft": 1},
]
SEEN: list[dict[str, Any]] = [
    *({key: False} for key in ("draft", "is_private", "isDeleted", "protected")),
    *({key: True} for key in ("published", "is_published", "public", "live")),
    *({key: None} for key in ("deleted_at", "archivedAt", "status", "visibility")),
    *({"status": said} for said in ("published", "live", "whatever", ["published"], {"value": "published"}, True, 1)),
    {"issue": True},
    {"island": "private"},
    {"content": {"rendered": "x", "protected": False}},
]


def seen(said: dict[str, Any], **words: Any) -> str:
    item = {"id": 1, "url": "/1", "title": "t", "content": "x", "date": "2026-01-01", **said}
    pulled = opened("json", Fake(lambda *_: as_json([item])), url=f"{HOME}/posts", site={"url": HOME}, **words).pull(
        {}, "", NOW
    )
    (put,) = puts(pulled.changes).values()
    return put.fields.visibility


@pytest.mark.parametrize("said", HIDDEN, ids=str)
def test_U20_what_says_in_any_usual_way_that_it_is_not_for_all_is_hidden(said: dict[str, Any]) -> None:
    assert seen(said) == "hidden"


@pytest.mark.parametrize("said", SEEN, ids=str)
def test_what_says_nothing_of_the_kind_is_public(said: dict[str, Any]) -> None:
    assert seen(said) == "public"


def test_a_null_says_nothing_where_the_settings_say_where_the_date_is() -> None:
    assert seen({"published_at": None}, fields={"published": "date"}) == "public"
