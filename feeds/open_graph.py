"""Open Graph (ogp.me): what Facebook, KakaoTalk, Naver, Slack and most link previews read.

From a page that went through :func:`feeds.page.clean`. Refuses to write HTML and to split a person's name in two: which
part of 김기자 is the first name is nobody's guess (``profile:first_name``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from feeds.dates import rfc3339
from feeds.locales import og_locale
from feeds.model import Author, Image
from feeds.page import X_DEFAULT, Page, Publication


def open_graph(page: Page, publication: Publication) -> dict[str, Any]:
    """The properties without their ``og:``, in the order in which they are written. Empty ones are left out.

    Text is a str, a repeated property a list; ``image`` is a list of objects, ``article`` and ``profile`` are objects
    of those namespaces. Raises ValueError for a naive date.
    """
    return present(
        {
            "title": page.title,
            "type": _type(page),
            "url": page.canonical,
            "site_name": publication.site.title,
            "description": page.description,
            "locale": og_locale(page.language),
            "locale:alternate": _other_locales(page) if page.alternates else [],
            "image": [_image(image, page) for image in page.images],
            "article": _article(page) if page.kind == "post" else {},
            "profile": _profile(page.profile) if _type(page) == "profile" and page.profile else {},
        }
    )


def properties(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """``property`` and ``content`` of each meta element; what describes a picture directly follows it."""
    for name, value in values.items():
        if isinstance(value, str):
            yield f"og:{name}", value
        elif name == "image":
            for image in value:
                yield "og:image", image["url"]
                for part, said in image.items():
                    if part != "url":
                        yield f"og:image:{part}", str(said)
        elif isinstance(value, dict):
            for part, said in value.items():
                for each in said if isinstance(said, list) else (said,):
                    yield f"{name}:{part}", each
        else:
            for each in value:
                yield f"og:{name}", each


def present(values: dict[str, Any]) -> dict[str, Any]:
    """Only the keys that have a value."""
    return {key: value for key, value in values.items() if value or value not in _NO_VALUE}


_NO_VALUE: Final[tuple[Any, ...]] = (None, "", [], {})


def alt_text(image: Image, page: Page) -> str:
    """What the picture shows by its author's word, else whose it is: a preview without any text is mute. Decoration
    has no words."""
    return image.alt or image.title or ("" if page.from_content else page.title)


def _type(page: Page) -> str:
    if page.kind == "post":
        return "article"
    return "profile" if page.profile else "website"


def _other_locales(page: Page) -> list[str]:
    others = (og_locale(tag) for tag, _ in page.alternates if tag != X_DEFAULT)
    return [name for name in dict.fromkeys(others) if name and name != og_locale(page.language)]


def _image(image: Image, page: Page) -> dict[str, Any]:
    return present(
        {
            "url": image.url,
            "secure_url": image.url if image.url.startswith("https:") else "",
            "type": image.media_type,
            "width": image.width,
            "height": image.height,
            "alt": alt_text(image, page),
        }
    )


def _article(page: Page) -> dict[str, Any]:
    return present(
        {
            "published_time": rfc3339(page.published) if page.published else "",
            "modified_time": rfc3339(max(page.updated, page.published or page.updated)) if page.updated else "",
            "author": [author.url for author in page.authors if author.url],
            "section": page.categories[0] if page.categories else "",
            "tag": list(page.tags),
        }
    )


def _profile(author: Author) -> dict[str, Any]:
    account = author.twitter or author.fediverse
    return present({"username": account.removeprefix("@").partition("@")[0]})
