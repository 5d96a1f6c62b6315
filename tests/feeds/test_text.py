"""Text: what may stand in XML, what a line is, what a reader sees of HTML, where an excerpt ends."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.text import excerpt, inside_cluster, plain, single_line, xml_legal
from tests.feeds.strategies import text

quick = settings(max_examples=60, deadline=None)


@quick
@given(text)
def test_C09_legal_text_survives_an_xml_parser_unchanged(value: str) -> None:
    legal = xml_legal(value)
    element = etree.Element("x")
    element.text = legal
    assert (etree.fromstring(etree.tostring(element)).text or "") == legal
    assert xml_legal(legal) == legal


@pytest.mark.parametrize(
    ("raw", "legal"),
    [
        ("a\x00b\x0b\x0c\x1b", "ab"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ud800a\udc00", "a"),
        ("\ufffe\uffff\ufffd", "\ufffd"),
        ("\x7f\x85\u2028\ufeff", "\x7f\x85\u2028\ufeff"),
        ("\t한글\U0010ffff", "\t한글\U0010ffff"),
    ],
)
def test_C09_only_what_xml_forbids_is_dropped(raw: str, legal: str) -> None:
    assert xml_legal(raw) == legal


def test_C09_what_xml_forbids_is_what_its_grammar_says_in_any_text() -> None:
    allowed = {0x9, 0xA, *range(0x20, 0xD800), *range(0xE000, 0xFFFE), *range(0x10000, 0x110000, 0xFFF)}
    for code in (*range(0x10000), *range(0x10000, 0x110000, 0xFFF)):
        for rest in ("a\n", "가\n"):
            kept = xml_legal(rest + chr(code))
            assert kept == rest + (chr(code) if code in allowed else "\n" if code == 0xD else "")


@quick
@given(text)
def test_C09_C32_a_line_has_no_breaks_no_controls_and_no_direction_of_its_own(value: str) -> None:
    line = single_line(value)
    assert line == single_line(line) == line.strip()
    assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in line)
    assert not any(
        unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        for char in line
    )
    assert "  " not in line


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("  a \r\n\t b\u00a0\u3000c ", "a b c"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("News\u200b", "News"),
        ("\u200d\u200b\ufeff", ""),
        ("👩\u200d💻", "👩\u200d💻"),
        ("نامه\u200cها", "نامه\u200cها"),
    ],
)
def test_C09_what_cannot_be_seen_does_not_stay_in_a_line(raw: str, line: str) -> None:
    assert single_line(raw) == line


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("", ""),
        ("no markup at all", "no markup at all"),
        ("<p>One <b>bold</b>\nword</p><p>Two</p>", "One bold word\nTwo"),
        ("<ul><li>a</li><li>b</li></ul>c<br>d<hr/>e", "a\nb\nc\nd\ne"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("AT&amp;amp;T &lt;b&gt; &#8217; &nbsp;&copy", "AT&amp;T <b> ’ ©"),
        ("a&am<i>p;</i>b", "a&amp;b"),
        ("I <3 you, 1 < 2", "I <3 you, 1 < 2"),
        ("<a title='>' href=x>link</a>", "link"),
        ("<a title=it's>it's</a> ok", "it's ok"),
        ("x<!-- <p>no</p> > -->y<!DOCTYPE z><?php 1 ?>w", "xyw"),
        ("x<script>if (a<b) '<p>'</script>y<STYLE>p{}</STYLE>z", "xyz"),
        ("x<!-- never closed", "x"),
        ("x<a href='never closed>y", "x"),
        ("x<script>never closed", "x"),
        ("&#0;&#xD800;&#x1F600;&#55357;", "\ufffd\ufffd😀\ufffd"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("한<wbr>글", "한글"),
    ],
)
def test_plain_text_is_what_a_browser_would_show(markup: str, shown: str) -> None:
    assert plain(markup) == shown


@quick
@given(st.text(st.sampled_from("<>/!-&#;=\"' \npabscript0xﬁ\x00\ud800")) | text)
def test_plain_text_never_fails_and_is_legal(markup: str) -> None:
    shown = plain(markup)
    assert xml_legal(shown) == shown
    assert all(line and line == " ".join(line.split()) for line in shown.split("\n") if shown)


@pytest.mark.parametrize("bomb", ["<", "<a ", "<!--", "<script>", '<a b="', "&#", "</", "= ", "<a =", "&amp;"])
def test_C37_plain_text_takes_linear_time(bomb: str) -> None:
    markup = "<a " + bomb * (1_000_000 // len(bomb))
    started = time.perf_counter()
    plain(markup)
    assert time.perf_counter() - started < 5


LONG_KOREAN = "정부가 메타버스 산업 활성화를 위한 계획 수립에 착수했다. 계획은 확장성과 산업의 전환을 가속화한다. " * 5


def test_a_short_text_is_its_own_excerpt() -> None:
    assert excerpt(" Short\n text. ", 40) == "Short text."


def test_an_excerpt_ends_after_a_sentence_where_one_ends_late_enough() -> None:
    assert excerpt(LONG_KOREAN, 50) == "정부가 메타버스 산업 활성화를 위한 계획 수립에 착수했다. …"
    assert excerpt("It cost 3.50 and more. Then it went on and on and on.", 40) == "It cost 3.50 and more. …"
    assert excerpt("「終わり。」そして次の文章はとても長いのです。まだ続く", 10) == "「終わり。」 …"


def test_an_excerpt_of_korean_ends_at_a_space() -> None:
    assert excerpt("가나다라 마바사아 자차카타 파하가나 다라마바", 14) == "가나다라 마바사아…"


def test_an_excerpt_of_chinese_or_japanese_ends_between_characters() -> None:
    assert excerpt("日本語の文章には空白がありませんから、どこでも切れます", 12) == "日本語の文章には空白が…"


def test_an_excerpt_leaves_no_dangling_punctuation() -> None:
    assert excerpt("alpha beta, (gamma delta epsilon", 13) == "alpha beta…"


@pytest.mark.parametrize(
    "cluster",
    ["👨‍👩‍👧‍👦", "👍🏽", "🇰🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u0301\u0323", "❤️", "각", "1️⃣", "क्ष", "\u1100\u1161\u11a8"],
)
def test_an_excerpt_never_parts_what_reads_as_one_character(cluster: str) -> None:
    for length in range(1, 6 * len(cluster)):
        kept = excerpt(cluster * 12, length).removesuffix("…")
        assert kept == cluster * (len(kept) // len(cluster))


@quick
@given(text.map(lambda value: value * 3), st.integers(1, 40))
def test_an_excerpt_is_a_start_of_the_text_within_its_length(value: str, length: int) -> None:
    line, cut = single_line(value), excerpt(value, length)
    assert len(cut) <= length
    if cut != line:
        kept = cut.removesuffix("…").rstrip(" ")
        assert cut.endswith("…")
        assert line.startswith(kept)
        assert not inside_cluster(line, len(kept))


def test_a_title_of_a_million_flags_is_cut_in_linear_time() -> None:
    started = time.perf_counter()
    assert excerpt("🇰🇷" * 500_000, 281) == "🇰🇷" * 140 + "…"
    assert time.perf_counter() - started < 5
