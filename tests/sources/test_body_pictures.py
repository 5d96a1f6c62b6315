"""Pictures that a body shows: how large their files are, and which ones are not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Image
from service.content.front_matter import FrontMatter
from service.content.render import render
from service.settings import LimitSettings, SiteSettings
from service.sources import body_pictures
from service.sources.body_pictures import MOST, look
from service.sources.pictures import Kept, Picture
from service.sources.source import Context
from tests.sources.support import STAND_IN, codes, fields, load, png, post, put, scan, write

AT = "https://site.example/assets/a.png"
SEEN = Image(AT, width=640, height=480, media_type="image/png")
FILES: dict[str, str | bytes] = {"assets/a.png": png(640, 480), "assets/my file.png": png(7, 8)}


@pytest.mark.parametrize(
    "body",
    [
        "![](/assets/a.png)",
        '![a [b] c](/assets/a.png "Title (1)")',
        "![](</assets/a.png>){: .wide}",
        "[![x](/assets/a.png)](https://elsewhere.example/)",
        "<p>\n<IMG class=x\n src='/assets/a.png'></p>",
        "<img alt=x src=/assets/a.png>",
        "![]({{ site.baseurl }}/assets/a.png)",
        "![]({{ site.url }}{{ site.baseurl }}/assets/a.png)",
        '![]({{ "/assets/a.png" | relative_url }})',
        "<img src=\"{{ 'assets/a.png' | absolute_url }}\">",
        '{% include figure.html image="/assets/a.png" alt="100%" %}',
        f"![]({AT}?v=1)\n![]({AT})",
        "- item\n\n      ![](/assets/a.png)",
    ],
)
def test_a_file_of_the_site_is_known_by_its_size_and_kind(tmp_path: Path, body: str) -> None:
    change = load(body=body, tmp_path=tmp_path, files=FILES)
    assert SEEN in change.fields.pictures
    assert not change.problems


def test_a_name_with_a_space_is_found(tmp_path: Path) -> None:
    (image,) = fields(body="![](/assets/my file.png)", tmp_path=tmp_path, files=FILES).pictures
    assert (image.url, image.width) == ("https://site.example/assets/my%20file.png", 7)


@pytest.mark.parametrize(
    "body",
    [
        "`![](/assets/none.png)`",
        "```\n![](/assets/none.png)\n```",
        "~~~ html\n<img src='/assets/none.png'>\n~~~",
        "Code:\n\n    <img src='/assets/none.png'>\n",
        "<!-- <img src='/assets/none.png'> -->",
        "{% comment %}\n![](/assets/none.png){% endcomment %}",
        "![](/assets/{{ page.name }}.png)",
        "![](https://cdn.example/none.png)",
        f"![]({AT}.none)",
        "![](data:image/png;base64,AAAA)",
        '{% include figure.html image="/assets/none.png" %}',
        "[text](/assets/none.png)",
        "![",
    ],
)
def test_what_is_no_picture_of_the_body_or_not_of_the_site_is_passed_over(tmp_path: Path, body: str) -> None:
    change = load(body=body, tmp_path=tmp_path, files=FILES)
    assert (change.fields.pictures, change.problems) == ((), ())


def test_a_missing_picture_is_one_warning_at_its_line(tmp_path: Path) -> None:
    body = "One.\n\n![a](/assets/none.png)\n\n<img src='/assets/none.png'>\n"
    change = load("title: x", body, tmp_path=tmp_path, files=FILES)
    (found,) = change.problems
    assert (found.code, found.line, found.level) == ("image-missing", 6, "warning")
    assert "/assets/none.png" in found.message
    assert change.fields.pictures == (Image("https://site.example/assets/none.png", width=0, height=0),)


def test_a_file_that_is_no_picture_is_warned_of(tmp_path: Path) -> None:
    change = load(body="![a](/b.jpg)", tmp_path=tmp_path, files={"b.jpg": "<html>"})
    assert codes(change) == ["image-unreadable"]


def test_lines_hold_behind_code_and_comments(tmp_path: Path) -> None:
    body = "```\nx\n```\n<!--\n-->\n{% comment %}\n{% endcomment %}\n![a](/none.png)"
    assert load("title: x", body, tmp_path=tmp_path).problems[0].line == 11


def test_braces_are_text_where_the_post_renders_no_liquid(tmp_path: Path) -> None:
    change = load("render_with_liquid: false", "![]({{ site.baseurl }}/assets/a.png)", tmp_path=tmp_path, files=FILES)
    assert not change.fields.pictures


@pytest.mark.parametrize("place", ["notes/pic.png", "pic.png"])
def test_a_picture_lies_beside_the_post_of_a_plain_folder_or_where_its_url_says(tmp_path: Path, place: str) -> None:
    files: dict[str, str | bytes] = {"notes/a.md": post("title: A\ndate: 2024-05-01", "![](pic.png)"), place: png(8, 9)}
    change = put(scan(write(tmp_path, files), site=SiteSettings(url=STAND_IN))["notes/a.md"])
    assert [image.width for image in change.fields.pictures] == [8 if place.startswith("notes") else 0]
    assert codes(change) == ([] if place.startswith("notes") else ["image-missing"])


def test_a_post_is_looked_at_up_to_twenty_pictures(tmp_path: Path) -> None:
    body = "\n".join(f"![](/n{number}.png)" for number in range(50))
    assert len(load(body=body, tmp_path=tmp_path).problems) == MOST


def test_html_posts_have_no_markdown_pictures(tmp_path: Path) -> None:
    name = "_posts/2024-05-01-a-post.html"
    assert not load(body="![](/none.png)", tmp_path=tmp_path, name=name).problems


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("![a](/assets/a.png)", 'width="640" height="480"'),
        ('![a](/assets/a.png){: width="320"}', 'width="320" height="240"'),
        ('<img src="/assets/a.png" height="48">', 'height="48" width="64"'),
        ('<img src="/assets/a.png" width="3" height="4">', 'width="3" height="4"'),
        ('<img src="/assets/a.png" width="100%">', 'width="100%">'),
    ],
)
def test_the_rendered_body_says_the_size_where_its_author_does_not(tmp_path: Path, body: str, size: str) -> None:
    found = fields(body=body, tmp_path=tmp_path, files=FILES)
    done = render(found, body, {}, Context("https://site.example"), lambda _: None, LimitSettings(), 200)
    assert size in done.html
    assert done.html.count("width=") == 1


PIECES = (
    *(
        "![",
        "a",
        "](",
        "/x.png",
        ")",
        "<img src=/y.png>",
        "<IMG ",
        "<!--",
        "-->",
        "{% include f src='z' %}",
        "{%",
        "{{",
    ),
    *("`", "~~~", "~", "\n", "\n    ", "\t", "    ", " ", "* ", "include", "<i", "!", "[", "{", "%", "\u3000", "한"),
)
BODIES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def written(body: str, *, markdown: bool = True) -> list[tuple[str, int, bool]]:
    found = body_pictures._written(body, STAND_IN, markdown)
    return [(path, place.string.count("\n", 0, place.start()), sure) for path, place, sure in found]


@settings(max_examples=300)
@given(BODIES)
def test_a_body_that_is_not_looked_at_closely_shows_nothing(body: str) -> None:
    caused = any(cause in body for cause in ("![", "<img", "<IMG", "include"))
    assert body_pictures._shows(body) <= caused
    assert body_pictures._shows(body) or not (caused and written(body))
    assert body_pictures._may_hold_code(body) or body_pictures._without_code(body) == body


@settings(max_examples=300)
@given(BODIES)
def test_code_is_found_alike_whether_any_line_is_indented_or_not(body: str) -> None:
    lines = body_pictures._without_code(body).split("\n")
    assert body_pictures._without_code(f"{body}\n\n\tx").split("\n")[: len(lines)] == lines


@settings(max_examples=300)
@given(BODIES, st.booleans())
def test_the_short_way_through_a_body_sees_what_the_long_way_sees(body: str, markdown: bool) -> None:
    assert written(body, markdown=markdown) == written(f"{body}\n\n<i>", markdown=markdown)


@settings(max_examples=200)
@given(st.lists(BODIES, max_size=4), st.booleans())
def test_what_is_kept_of_the_pictures_of_some_bodies_changes_nothing_for_others(
    bodies: list[str], liquid: bool
) -> None:
    def see(written: str, url: str) -> Picture | None:
        seen = {"/x.png": Picture(1, 2, "image/png"), "/y.png": Picture(missing=True)}
        return seen.get(written, Picture(3, 4, "image/gif") if url.endswith("/a/z") else None)

    kept: Kept = {}
    for number, body in enumerate(bodies):
        matter, url = FrontMatter("yaml", {}, body, 4), f"{STAND_IN}/{number}/a"
        alone = look(matter, "a.md", url, STAND_IN, see, {}, markdown=True, liquid=liquid)
        assert look(matter, "a.md", url, STAND_IN, see, kept, markdown=True, liquid=liquid) == alone
    assert kept.keys() <= {(STAND_IN, "/x.png")}


@settings(max_examples=60)
@given(
    st.text(max_size=80) | st.from_regex(r"(!\[|\]\(|<img |src=|`|\{%|\{\{|%\}|\n|x| |\"|>|\)){1,30}", fullmatch=True)
)
def test_any_body_is_looked_at_without_harm(body: str) -> None:
    seen: list[str] = []

    def see(_: str, url: str) -> Picture:
        seen.append(url)
        return Picture(1, 1, "image/png")

    matter = FrontMatter("yaml", {}, body, 4)
    images, problems = look(matter, "a.md", f"{STAND_IN}/a", STAND_IN, see, {}, markdown=True, liquid=True)
    assert len(images) <= MOST
    assert not problems
    assert all(url.startswith(("http", "mailto")) or ":" in url for url in seen)
