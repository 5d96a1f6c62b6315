"""Shortcodes: how calls are found and paired, what the known ones come to, and that nothing of them leaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.content import goldmark
from service.content.render import render
from service.settings import LimitSettings
from service.sources.hugo_shortcodes import Call, expand
from service.sources.page import page_values
from service.sources.source import Put
from tests.sources.support import codes, put, source, write

CONFIG = 'baseURL = "https://hugo.example/"\n[params]\nphone = "02-1234"\n'
LIMITS = LimitSettings()


def shown(call: Call) -> str:
    inner = f"|{call.inner}" if call.inner is not None else ""
    words = (*call.arguments, *(f"{key}={value}" for key, value in call.named.items()))
    return f"[{call.name}:{','.join(words)}{inner}]"


def page(tmp_path: Path, body: str, *, config: str = CONFIG, **files: str) -> Put:
    write(
        tmp_path, {"hugo.toml": config, "content/posts/a.md": f"---\ntitle: A\ndate: 2024-01-01\n---\n{body}", **files}
    )
    opened = source(tmp_path)
    opened.open()
    return put({change.locator: change for change in opened.scan({})}["content/posts/a.md"])


def html(change: Put, tmp_path: Path) -> str:
    context = source(tmp_path).open()[1]
    values, body = page_values(change.fields, change.text, LIMITS, path=change.locator, context=context)
    return render(change.fields, body, values, context, lambda _: None, LIMITS, 300).html


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("a {{< x >}} b", "a [x:] b"),
        ('{{<x "a b" `c "d"` e-1 >}}', '[x:a b,c "d",e-1]'),
        ('{{% x one=1 Two="zwei \\"q\\"" %}}', '[x:one=1,two=zwei "q"]'),
        ("{{< x >}}in{{< /x >}}", "[x:|in]"),
        ("{{< x />}} out {{< /x >}}", "[x:] out "),
        ("{{< a >}}1{{< b >}}2{{< c >}}3{{< /a >}}", "[a:|1[b:]2[c:]3]"),
        ("{{< a >}}{{< a >}}1{{< /a >}}2{{< /a >}}", "[a:|[a:|1]2]"),
        ("{{</* x */>}} {{%/* y %}} */%}}", "{{< x >}} {{% y %}} %}}"),
        ('{{< x src="a>}}b" >}}', "[x:src=a>}}b]"),
        ("{{< x https://e.example/a/b >}}", "[x:https://e.example/a/b]"),
        ("{{< never closed", "{{< never closed"),
        ("{{ .Title }} {% tag %}", "{{ .Title }} {% tag %}"),
        ("{{< x\n  one=1\n>}}tail", "[x:one=1]\n\ntail"),
    ],
)
def test_a_call_is_read_as_hugo_reads_it(written: str, made: str) -> None:
    assert expand(written, shown)[0] == made


WORDS = ["{{<", "{{%", ">}}", "%}}", " x ", "/", '"', "`", "=", "\n", "text", "/*", "*/", "}}"]


@given(st.lists(st.sampled_from(WORDS)))
def test_whatever_stands_there_nothing_raises_and_no_line_is_lost(words: list[str]) -> None:
    body = "".join(words)
    made, broken = expand(body, lambda call: call.inner or "")
    assert made.count("\n") >= body.count("\n")
    assert all(body.startswith(("{{<", "{{%"), offset) for offset in broken)


def test_C39_an_unknown_shortcode_goes_its_text_stays_and_its_place_is_said(tmp_path: Path) -> None:
    found = page(tmp_path, 'One.\n\n  {{< notice "x" >}}\n**Kept** text.\n{{< /notice >}}\n\n{{< lonely >}} end\n')
    problems = [p for p in found.problems if p.code == "shortcode-unknown"]
    assert [(p.path, p.line, p.column) for p in problems] == [
        ("content/posts/a.md", 7, 3),
        ("content/posts/a.md", 11, 1),
    ]
    made = html(found, tmp_path)
    assert "<strong>Kept</strong> text." in made
    assert "notice" not in made
    assert "{{" not in made


def test_lines_of_later_problems_are_the_authors(tmp_path: Path) -> None:
    found = page(
        tmp_path, "{{< figure\n  src=x\n  caption=y\n>}}\n\n{{< details >}}\na\n{{< /details >}}\n{{< odd >}}\n"
    )
    assert found.text.count("\n") == 4 + 9
    assert [p.line for p in found.problems if p.code == "shortcode-unknown"] == [13]


def test_what_a_shortcode_makes_is_sanitised_like_anything_else(tmp_path: Path) -> None:
    found = page(
        tmp_path,
        '{{< figure src="javascript:alert(1)" caption="<script>alert(2)</script>" link="javascript:x" >}}\n'
        "{{< rawhtml >}}<img src=x onerror=alert(3)><script>alert(4)</script>{{< /rawhtml >}}\n"
        '{{< youtube "x\\" onload=alert(5)" >}}\n'
        '{{< highlight "html\\" onclick=\\"x" >}}<b>{{< /highlight >}}',
    )
    made = html(found, tmp_path)
    assert "alert" not in made.replace("alert(2)", "")
    assert "onclick" not in made
    assert "javascript" not in made


def test_an_author_cannot_smuggle_raw_html_past_a_safe_site_into_scripts(tmp_path: Path) -> None:
    made = html(page(tmp_path, "<!--shortcode--><script>alert(1)</script><b>x</b><!--/shortcode-->"), tmp_path)
    assert "alert" not in made


def test_details_hold_their_markdown_and_qr_codes_leave_nothing(tmp_path: Path) -> None:
    made = html(
        page(tmp_path, '{{< details summary="More" >}}\n- one\n- two\n{{< /details >}}\n\n{{< qr text="x" />}}\n'),
        tmp_path,
    )
    assert "<details><summary>More</summary>" in made
    assert made.count("<li>") == 2
    assert "qr" not in made


def test_links_to_posts_elsewhere_are_links(tmp_path: Path) -> None:
    tweets = '{{< tweet user="SanDiegoZoo" id="1453110110599868418" >}}\n\n{{< x user="a" id="2" >}}\n\n'
    body = f"{tweets}{{{{< instagram CxOWiQNP2MO >}}}}\n"
    made = html(page(tmp_path, body), tmp_path)
    assert 'href="https://x.com/SanDiegoZoo/status/1453110110599868418"' in made
    assert 'href="https://x.com/a/status/2"' in made
    assert 'href="https://www.instagram.com/p/CxOWiQNP2MO/"' in made


def test_a_reference_names_the_file_so_that_it_follows_its_target(tmp_path: Path) -> None:
    found = page(
        tmp_path,
        '[b]({{< ref "b.md#x" >}}) [c]({{< relref "c" >}}) [gone]({{< ref "gone" >}})',
        **{"content/posts/b.md": "---\ntitle: B\n---\n", "content/posts/c/index.md": "---\ntitle: C\n---\n"},
    )
    body = found.text.rpartition("---\n")[2]
    assert body == "[b](@//content/posts/b.md#x) [c](@//content/posts/c/index.md) [gone](@//gone.md)"


def test_twenty_pairs_deep_is_deep_enough_and_a_thousand_cost_nothing() -> None:
    deep = "{{< a >}}" * 2000 + "x" + "{{< /a >}}" * 2000
    made, _ = expand(deep, lambda call: f"({call.inner})" if call.inner else "")
    assert "x" in made


def test_raw_html_is_left_out_unless_the_site_lets_it_through(tmp_path: Path) -> None:
    body = "A <b>bold</b> word.\n"
    assert "<b>" not in html(page(tmp_path / "a", body), tmp_path / "a")
    unsafe = f"{CONFIG}[markup.goldmark.renderer]\nunsafe = true\n"
    assert "<b>bold</b>" in html(page(tmp_path / "b", body, config=unsafe), tmp_path / "b")


def test_a_korean_particle_is_no_part_of_an_address() -> None:
    assert 'href="https://a.example/"' in goldmark.to_html("see https://a.example/ here")
    assert "<a" not in goldmark.to_html("https://a.example/에서 봅니다")


def test_codes_of_a_clean_page_are_none(tmp_path: Path) -> None:
    assert codes(page(tmp_path, "{{< param phone >}} {{< highlight go >}}x{{< /highlight >}}\n")) == []
