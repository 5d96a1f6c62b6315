"""The sizes and kinds of pictures that lie among a site's files."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds.model import Image
from service.settings import SiteSettings
from service.sources.files import Tree
from service.sources.pictures import Album, Picture, probe
from service.sources.walk import Entry
from tests.sources.support import CONFIG, STAND_IN, codes, fields, load, png, post, put, scan, source, write

POST = "_posts/2024-05-01-a-post.md"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0" * 8


def jpeg(width: int, height: int, *, before: bytes = b"") -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\1\x22\0" * 3
    return b"\xff\xd8" + before + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"


def turned() -> bytes:
    """EXIF that says: show it turned by 90 degrees."""
    tiff = b"MM\0*" + struct.pack(">LHHHLHHL", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff


def preview(size: int) -> bytes:
    """As cameras write it: segments of nothing we look at."""
    return (b"\xff\xe2" + struct.pack(">H", 60_000) + b"\0" * 59_998) * (size // 60_000)


def webp(width: int, height: int) -> bytes:
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return b"RIFF" + struct.pack("<L", 30) + b"WEBPVP8X" + struct.pack("<LL", 10, 0) + size


def box(kind: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">L4s", len(data) + 8, kind) + data


def avif(width: int, height: int) -> bytes:
    """Its data, of 1 MB, begins within the bytes that are read."""
    size = box(b"ispe", bytes(4), struct.pack(">LL", width, height))
    meta = box(b"meta", bytes(4), box(b"pitm", bytes(4), b"\0\1"), box(b"iprp", box(b"ipco", size)))
    return box(b"ftyp", b"avif", bytes(4), b"avifmif1") + meta + struct.pack(">L4s", 1_000_000, b"mdat") + bytes(50)


SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><path/></svg>'
SVG_WITHOUT = b'<svg viewBox="0 0 8 8"><rect width="3" height="4"/></svg>'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(1200, 630), Picture(1200, 630, "image/png")),
        (gif(10, 20), Picture(10, 20, "image/gif")),
        (jpeg(640, 480), Picture(640, 480, "image/jpeg")),
        (jpeg(640, 480, before=turned()), Picture(480, 640, "image/jpeg")),
        (webp(300, 200), Picture(300, 200, "image/webp")),
        (avif(90, 60), Picture(90, 60, "image/avif")),
        (SVG, Picture(40, 30, "image/svg+xml")),
        (SVG_WITHOUT, Picture(media_type="image/svg+xml")),
        (b"<html>", Picture()),
        (b"", Picture()),
        (b"\0\0\1\0\1\0", Picture(media_type="image/x-icon")),
        (png(0, 0), Picture(media_type="image/png")),
        (png(2**31, 2**31), Picture(media_type="image/png")),
        (jpeg(640, 480)[:8], Picture(media_type="image/jpeg")),
        (b"P5 4 4 ", Picture()),
    ],
)
def test_the_first_bytes_of_a_picture_say_what_it_is(data: bytes, expected: Picture) -> None:
    assert probe(data) == expected


@settings(max_examples=150)
@given(
    st.sampled_from([b"", png(1, 1)[:9], gif(1, 1)[:6], jpeg(1, 1)[:4], webp(1, 1)[:20], avif(1, 1)[:90], b"<svg "]),
    st.binary(max_size=300),
)
@example(b"<svg ", b"width='" + b"9" * 400 + b"' height='1'>")
@example(b"<svg ", b"width='100%' height=''>")
def test_garbage_is_no_size_and_no_crash(start: bytes, rest: bytes) -> None:
    found = probe(start + rest)
    assert (found.width is None) == (found.height is None)
    assert found.width is None or 0 < found.width <= 1_000_000


class TestPosts:
    def test_size_and_kind_of_a_picture_of_the_site_are_those_of_its_file(self, tmp_path: Path) -> None:
        files = {"assets/사진 1.jpg": png(1200, 630)}
        found = fields("image: {path: /assets/사진 1.jpg, alt: 산}", tmp_path=tmp_path, files=files)
        (image,) = found.images
        assert (image.width, image.height, image.media_type, image.alt) == (1200, 630, "image/png", "산")

    def test_a_name_in_the_other_normal_form_is_found(self, tmp_path: Path) -> None:
        files = {"\u1112\u1161\u11ab.png": png(3, 4)}
        assert fields("image: /한.png", tmp_path=tmp_path, files=files).images[0].width == 3

    @pytest.mark.parametrize(
        ("said", "size"),
        [
            ("width: 600", (600, 315)),
            ("height: 63", (120, 63)),
            ("width: 7, height: 7", (7, 7)),
            ("alt: x", (1200, 630)),
        ],
    )
    def test_what_the_author_says_wins_and_is_completed_in_proportion(
        self, tmp_path: Path, said: str, size: tuple[int, int]
    ) -> None:
        found = fields(f"image: {{path: /a.png, {said}}}", tmp_path=tmp_path, files={"a.png": png(1200, 630)})
        assert (found.images[0].width, found.images[0].height) == size

    def test_a_size_behind_a_long_preview_is_found_and_one_beyond_256_kib_is_not(self, tmp_path: Path) -> None:
        files = {
            "near.jpg": jpeg(64, 48, before=preview(120_000)),
            "far.jpg": jpeg(64, 48, before=preview(300_000)),
        }
        near, far = fields("image: [/near.jpg, /far.jpg]", tmp_path=tmp_path, files=files).images
        assert (near.width, far.width, far.media_type) == (64, None, "image/jpeg")

    def test_a_file_that_is_not_there_is_a_warning_with_place_and_mend(self, tmp_path: Path) -> None:
        change = load("title: x\nimage: /assets/none.png", tmp_path=tmp_path)
        (found,) = change.problems
        assert (found.code, found.path, found.line, found.level) == ("image-missing", POST, 3, "warning")
        assert "/assets/none.png" in found.message
        assert found.hint
        built = Image("https://site.example/assets/none.png", media_type="image/png")
        assert change.fields.images == (built,), "what builds the site may make assets/"

    def test_a_file_that_its_directory_does_not_have_stands_for_nothing(self, tmp_path: Path) -> None:
        change = load("image: [/assets/none.png, /assets/a.png]", tmp_path=tmp_path, files={"assets/a.png": png(5, 5)})
        assert [image.url for image in change.fields.images] == ["https://site.example/assets/a.png"]
        assert codes(change) == ["image-missing"]

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"<html>no picture", "does not begin as a picture does"),
            (b"", "is empty"),
            (png(5, 5)[:12], "ends before it says how large it is"),
            (jpeg(640, 480)[:8], "ends before it says how large it is"),
        ],
    )
    def test_a_file_that_is_no_picture_stands_for_nothing_and_is_a_warning(
        self, tmp_path: Path, data: bytes, why: str
    ) -> None:
        change = load("title: x\nimage: /a.jpg", tmp_path=tmp_path, files={"a.jpg": data})
        (found,) = change.problems
        assert (found.code, found.line, found.level) == ("image-unreadable", 3, "warning")
        assert why in found.message
        assert found.hint
        assert not change.fields.images

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
            ("a.avif", box(b"ftyp", b"mif1", bytes(4))),
            ("a.svg", b"<!-- " + b"x" * 9000 + b" --><svg/>"),
            ("a.jxl", b"\xff\x0a"),
            ("far.jpg", jpeg(64, 48, before=preview(300_000))),
        ],
    )
    def test_in_doubt_a_file_is_a_picture(self, tmp_path: Path, name: str, data: bytes) -> None:
        change = load(f"image: /{name}", tmp_path=tmp_path, files={name: data})
        assert len(change.fields.images) == 1
        assert not change.problems

    @pytest.mark.parametrize(
        ("said", "warned"),
        [
            ("width: 7, height: 7", True),
            ("width: 600", True),
            ("height: 631", True),
            ("width: 1200, height: 630", False),
            ("height: 630", False),
            ("alt: x", False),
        ],
    )
    def test_a_size_that_is_not_the_files_is_warned_of(self, tmp_path: Path, said: str, warned: bool) -> None:
        change = load(f"image: {{path: /a.png, {said}}}", tmp_path=tmp_path, files={"a.png": png(1200, 630)})
        assert codes(change) == ["image-size-differs"] * warned
        assert not warned or "1200x630" in change.problems[0].message

    def test_a_drawing_is_as_large_as_its_author_says(self, tmp_path: Path) -> None:
        assert not load("image: {path: /a.svg, width: 7}", tmp_path=tmp_path, files={"a.svg": SVG}).problems

    @pytest.mark.parametrize(
        "written", ["https://cdn.example/x.png", "//cdn.example/x.png", "https://site.example/x.png"]
    )
    def test_a_whole_url_may_be_served_by_someone_else(self, tmp_path: Path, written: str) -> None:
        assert not load(f"image: {written}", tmp_path=tmp_path).problems

    def test_a_whole_url_of_the_site_is_looked_at(self, tmp_path: Path) -> None:
        found = fields("image: https://site.example/x.png?v=2", tmp_path=tmp_path, files={"x.png": png(5, 6)})
        assert found.images[0].height == 6

    def test_a_picture_of_the_defaults_is_warned_of_once_and_not_in_each_post(self, tmp_path: Path) -> None:
        config = CONFIG + "defaults: [{values: {image: /none.png}}]\n"
        opened = source(write(tmp_path, {"_config.yml": config, POST: post()}))
        _, _, problems = opened.open()
        (change,) = opened.scan({})
        assert [(found.code, found.path, found.line) for found in problems] == [("image-missing", "_config.yml", 3)]
        assert not put(change).fields.images
        assert not codes(change)

    def test_a_picture_of_the_defaults_for_some_posts_is_warned_of_too(self, tmp_path: Path) -> None:
        values = "values: {image: /none.png}"
        config = CONFIG + f"defaults: [{{scope: {{path: a}}, {values}}}, {{scope: {{path: b}}, {values}}}]\n"
        _, _, problems = source(write(tmp_path, {"_config.yml": config, POST: post()})).open()
        assert [(found.code, found.line) for found in problems] == [("image-missing", 3)]

    @pytest.mark.parametrize(
        "place", ["../secret.png", "%2e%2e/secret.png", "link.png", "folder/secret.png", "a\0b.png"]
    )
    def test_no_picture_outside_the_source_is_looked_at(self, tmp_path: Path, place: str) -> None:
        write(tmp_path, {"secret.png": png(9, 9), "site/x": ""})
        (tmp_path / "site/link.png").symlink_to(tmp_path / "secret.png")
        (tmp_path / "site/folder").symlink_to(tmp_path)
        images = fields(f'image: "/{place}"'.replace("\0", "\\0"), tmp_path=tmp_path / "site").images
        assert all(image.width is None for image in images)

    def test_links_within_the_source_are_followed_unless_the_settings_say_never(self, tmp_path: Path) -> None:
        write(tmp_path, {"_config.yml": CONFIG, "real.png": png(9, 9), POST: post("image: /link.png")})
        (tmp_path / "link.png").symlink_to("real.png")
        assert put(scan(tmp_path)[POST]).fields.images[0].width == 9
        assert put(scan(tmp_path, follow_symlinks="never")[POST]).fields.images[0].width is None

    def test_a_directory_by_the_name_of_a_picture_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").mkdir(parents=True)
        assert codes(load("image: /a.png", tmp_path=tmp_path)) == ["image-missing"]

    def test_a_site_in_a_directory_of_its_own_below_a_path_finds_its_pictures(self, tmp_path: Path) -> None:
        config = "url: https://site.example\nbaseurl: /b\nsource: src\n"
        write(tmp_path, {"_config.yml": config, f"src/{POST}": post("image: /a.png"), "src/a.png": png(5, 5)})
        assert put(scan(tmp_path)[f"src/{POST}"]).fields.images[0].width == 5

    @pytest.mark.parametrize("place", ["notes/pic.png", "pic.png"])
    def test_in_a_plain_folder_a_picture_lies_beside_the_post_or_where_its_url_says(
        self, tmp_path: Path, place: str
    ) -> None:
        head = "title: A\ndate: 2024-05-01\npermalink: /elsewhere\nimage: pic.png"
        files: dict[str, str | bytes] = {"notes/a.md": post(head), place: png(8, 8)}
        found = put(scan(write(tmp_path, files), site=SiteSettings(url=STAND_IN))["notes/a.md"])
        assert found.fields.images[0].width == 8
        assert not found.problems


def test_a_post_is_read_again_when_the_picture_it_named_arrives(tmp_path: Path) -> None:
    opened = source(write(tmp_path, {"_config.yml": CONFIG, POST: post("image: /late.png")}))
    opened.open()
    (change,) = opened.scan({})
    known = {POST: put(change).fingerprint}
    assert codes(change) == ["image-missing"]
    assert list(opened.scan(known)) == []
    write(tmp_path, {"late.png": png(5, 6)})
    opened.open()
    (change,) = opened.scan(known)
    assert (put(change).fields.images[0].width, codes(change)) == (5, [])
    assert list(opened.scan(known)) == []


class CountingTree(Tree):
    """A tree that says how often it was read."""

    reads = 0

    def head(self, entry: Entry, limit: int) -> bytes:
        self.reads += 1
        return super().head(entry, limit)


def test_a_picture_that_many_posts_share_is_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    album, url = Album(STAND_IN), f"{STAND_IN}/a.png"
    with CountingTree(write(tmp_path, {"a.png": png(5, 5)})) as tree:
        assert [album.look(tree, "/a.png", url) for _ in range(3)] == [Picture(5, 5, "image/png")] * 3
        assert tree.reads == 1
        write(tmp_path, {"a.png": png(6, 6) + b"."})
        assert album.look(tree, "/a.png", url) == Picture(6, 6, "image/png")


def test_pictures_of_bodies_are_kept_as_long_as_one_tree_is_open(tmp_path: Path) -> None:
    album, seen = Album(STAND_IN), Image(f"{STAND_IN}/a.png", width=1, height=1)
    with Tree(tmp_path) as tree:
        album.kept(tree)[STAND_IN, "/a.png"] = seen
        assert album.kept(tree) == {(STAND_IN, "/a.png"): seen}
    with Tree(tmp_path) as tree:
        assert not album.kept(tree)
