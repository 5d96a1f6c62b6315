"""Which picture of a post's content stands for it."""

from __future__ import annotations

import pytest

from feeds.metadata import Page, Publication, as_json, first_image, values
from feeds.model import Image, Site
from schemas import problems

A = "https://example.org/a.png"


@pytest.mark.parametrize(
    ("html", "url"),
    [
        (f'<p>x</p><img src="{A}"><img src="https://example.org/b.png">', A),
        (f'<img src="/relative.png"><img src="data:image/png;base64,AA"><img src="{A}">', A),
        (f'<img src="https://example.org/badge.svg" height="20"><img src="{A}" width="640" height="480">', A),
        (f'<img src="https://example.org/dot.gif" width=1 height=1><img src="{A}" width="100%">', A),
        (f'<picture><source srcset="https://example.org/a.avif"><img src="{A}"></picture>', A),
        (f'<video poster="https://example.org/still.png"></video><img src="{A}">', A),
        (f'<video poster="{A}"></video>', A),
        (f"<!-- <img src='https://example.org/b.png'> --><IMG SRC={A}>", A),
        ('<a title="<img src=https://example.org/b.png>">x</a>', None),
        ("<p>no picture</p>", None),
        ("<img>", None),
        ("", None),
    ],
)
def test_the_first_picture_is_one_that_can_stand_for_the_post(html: str, url: str | None) -> None:
    image = first_image(html)
    assert (image.url if image else None) == url


def test_its_text_is_decoded_and_its_size_unknown() -> None:
    html = f'<img src="{A}?a=1&amp;b=한" alt="Tom &amp; &quot;Jerry&quot;" title="T" width="300" height="200">'
    assert first_image(html) == Image(f"{A}?a=1&b=%ED%95%9C", 'Tom & "Jerry"', "T")


def test_depth_and_rubbish_do_no_harm() -> None:
    for html in (
        "<div>" * 50_000 + "<img src=x>",
        "<img src='",
        "\x00<img",
        "<?xml encoding='x'?><img src=x>",
        "<img" * 9,
    ):
        assert first_image(html) is None


def test_size_and_kind_are_those_of_a_known_file() -> None:
    known = Image(A, width=640, height=480, media_type="image/png")
    assert first_image(f'<img src="{A}" alt="x" width="320">', [known]) == Image(A, "x", "", 640, 480, "image/png")


@pytest.mark.parametrize("size", [(32, 32), (640, 16), (0, 0)])
def test_an_icon_by_its_files_size_and_a_picture_that_is_not_there_stand_for_no_post(size: tuple[int, int]) -> None:
    other = "https://example.org/b.png"
    known = Image(A, width=size[0], height=size[1])
    image = first_image(f'<img src="{A}"><img src="{other}">', [known])
    assert image is not None
    assert image.url == other


@pytest.mark.parametrize(("from_content", "alt"), [(True, None), (False, "Title")])
def test_decoration_in_a_body_does_not_become_the_title_in_a_preview(from_content: bool, alt: str | None) -> None:
    page = Page("post", "https://example.org/x", "Title", images=(Image(A),), from_content=from_content)
    publication = Publication(Site("https://example.org/", "Site"))
    found = values(page, publication)
    assert found["open_graph"]["image"][0].get("alt") == alt
    assert found["twitter"].get("image:alt") == alt
    assert not problems("metadata", as_json(page, publication))
