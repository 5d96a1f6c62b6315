"""Bytes to text: strict, or a reason in one line."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content.decode import HEAD_BYTES, XML_ILLEGAL, decode, decoded, refuse_binary
from service.errors import Problem, Rejected, SettingsError

KOREAN = "---\ntitle: 메타버스 혁명\n---\n정부가 메타버스 산업 활성화를 위한 기본계획 수립에 착수했다.\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    + zlib.compress(b"x")
)


def refused(data: bytes, encoding: str = "utf-8") -> Problem:
    with pytest.raises(Rejected) as caught:
        decode(data, "post.md", encoding)
    (problem,) = caught.value.problems
    return problem


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(deadline=None, max_examples=100)
def test_C03_a_byte_order_mark_changes_nothing(text: str) -> None:
    data = b"x" + text.replace("\0", "").encode()
    assert decode(b"\xef\xbb\xbf" + data, "post.md") == decode(data, "post.md")


def test_C03_only_one_mark_is_dropped() -> None:
    assert decode(b"\xef\xbb\xbf\xef\xbb\xbfx", "post.md")[0] == "\ufeffx"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)), st.data())
@settings(deadline=None, max_examples=100)
def test_C04_every_style_of_newline_becomes_a_line_feed(lines: list[str], data: st.DataObject) -> None:
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    mixed = "".join(line + data.draw(ends) + "x" for line in lines)
    text, problems = decode(mixed.encode(), "post.md")
    assert text == "".join(f"{line}\nx" for line in lines)
    assert problems == ()


def test_C04_a_line_separator_in_the_body_stays() -> None:
    assert decode("a\u2028b\u2029c\x85d".encode(), "post.md")[0] == "a\u2028b\u2029c\x85d"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_C05_invalid_utf8_names_byte_offset_line_and_column(newline: bytes) -> None:
    head = b"one" + newline + "둘째 ".encode()
    problem = refused(head + b"\xff rest")
    assert (problem.code, problem.line, problem.column) == ("encoding-invalid", 2, 4)
    assert f"byte 0xFF at offset {len(head)}" in problem.message


def test_C05_the_offset_counts_the_byte_order_mark() -> None:
    assert "offset 4" in refused(b"\xef\xbb\xbfa\xff").message


def test_C05_a_single_damaged_byte_in_utf8_is_not_taken_for_another_encoding() -> None:
    assert (
        refused(KOREAN.encode() + b"\xff").hint == "the rest looks like UTF-8; retype what stands there (1 such places)"
    )


PIECES = st.sampled_from((b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n", b"\r", b"\n", b"a", "한".encode(), b"\xb0\xa1", b"\0"))


@given(st.lists(PIECES, max_size=6).map(b"".join), st.sampled_from(("utf-8", "UTF8", "cp949", "utf-16-le", "ascii")))
def test_bytes_that_are_said_to_be_those_of_their_text_are(data: bytes, encoding: str) -> None:
    try:
        text, _, same = decoded(data, "p.md", encoding)
    except Rejected:
        return
    assert same is None or text.encode() == same == data


def test_most_files_are_their_text_byte_for_byte() -> None:
    data = "---\ntitle: 제목\n---\nBody\n".encode()
    assert decoded(data, "p.md")[2] is data
    assert decoded(b"odd \x7f \x01", "p.md")[2] == b"odd \x7f \x01"
    assert decoded(b"one\r\ntwo", "p.md")[2] is None


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=150)
def test_C05_bytes_become_text_or_one_problem(data: bytes) -> None:
    try:
        text, problems = decode(data, "post.md")
    except Rejected as rejected:
        assert [problem.code for problem in rejected.problems] in (["encoding-invalid"], ["binary-file"])
    else:
        assert "\r" not in text
        assert bool(XML_ILLEGAL.search(text)) == any(problem.code == "control-characters" for problem in problems)


@pytest.mark.parametrize("text", [KOREAN, "---\ntitle: 안녕하세요\n---\n본문\n", KOREAN * 400])
@pytest.mark.parametrize("encoding", ["cp949", "euc_kr"])
def test_C06_a_korean_file_in_cp949_is_refused_with_its_name(text: str, encoding: str) -> None:
    hint = refused(text.encode(encoding)).hint
    assert hint == 'looks like cp949; iconv -f cp949 -t utf-8, or set encoding = "cp949"'


def test_C06_it_is_read_where_the_encoding_is_set() -> None:
    assert decode(KOREAN.encode("cp949"), "post.md", "cp949") == (KOREAN, ())


def test_C06_a_utf8_file_where_cp949_is_set_says_so() -> None:
    problem = refused("제목: 가나다라 각\n".encode() + "똠방각하".encode(), "cp949")
    assert "the file is UTF-8" in problem.hint


def test_C06_a_byte_order_mark_wins_over_the_setting() -> None:
    assert decode(b"\xef\xbb\xbf" + KOREAN.encode(), "post.md", "cp949")[0] == KOREAN


@pytest.mark.parametrize("encoding", ["no-such-codec", "hex", ""])
def test_an_unknown_encoding_is_a_settings_error(encoding: str) -> None:
    with pytest.raises(SettingsError, match=r"source\.encoding"):
        decode(b"text", "post.md", encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_C07_utf16_and_utf32_with_a_mark_are_read_with_a_warning(encoding: str) -> None:
    text, problems = decode(("\ufeff" + KOREAN).encode(encoding), "post.md")
    assert text == KOREAN
    assert [(problem.level, problem.code) for problem in problems] == [("warning", "encoding-utf16")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_C07_utf16_without_a_mark_is_refused_as_an_encoding_not_as_binary(encoding: str) -> None:
    problem = refused(KOREAN.encode(encoding))
    assert problem.code == "encoding-invalid"
    assert "looks like utf-16 without a byte order mark" in problem.hint


def test_C07_half_a_character_in_utf16_is_refused() -> None:
    assert refused(b"\xff\xfea\x00b").code == "encoding-invalid"


@pytest.mark.parametrize(
    "data", [PNG, gzip.compress(b"text" * 99, mtime=0), b"text\0text", b"x" * (HEAD_BYTES - 1) + b"\0"]
)
def test_C08_a_binary_file_is_refused_by_its_first_8_kib(data: bytes) -> None:
    assert refused(data).code == "binary-file"
    with pytest.raises(Rejected):
        refuse_binary(data[:HEAD_BYTES], "post.md")


def test_C08_a_nul_far_into_a_text_is_only_a_control_character() -> None:
    text, problems = decode(b"x" * HEAD_BYTES + b"\n\0", "post.md")
    assert text.endswith("\0")
    assert [(problem.code, problem.line, problem.column) for problem in problems] == [("control-characters", 2, 1)]


@pytest.mark.parametrize("character", ["\x01", "\x08", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff"])
def test_C09_a_character_that_xml_forbids_is_warned_of_with_its_line(character: str) -> None:
    text, (problem,) = decode(f"one\ntwo{character} {character}\n".encode(), "post.md")
    assert character in text
    assert (problem.level, problem.code, problem.line, problem.column) == ("warning", "control-characters", 2, 4)
    assert f"U+{ord(character):04X} and 1 more" in problem.message


def test_C09_tabs_line_feeds_and_bidi_marks_are_no_reason_to_warn() -> None:
    assert decode("a\tb\n\u202e\u200b\x7f\x85".encode(), "post.md")[1] == ()
