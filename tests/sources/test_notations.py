"""C-39: what bodies hold that is neither Markdown nor HTML, and posts in formats that nobody reads here."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import plain
from service.content.markdown import to_html
from service.content.mdx import to_markdown
from service.content.shortcodes import expand
from service.settings import SiteSettings
from service.sources.source import Put, Reject
from tests.sources.support import codes, post, put, scan, source, write

SITE = SiteSettings(url="https://plain.example")


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ('{{ youtube(id="abc_123-x") }}', '<iframe src="https://www.youtube.com/embed/abc_123-x"></iframe>'),
        ("{{ youtube(id='abc', autoplay=true) }}", '<iframe src="https://www.youtube.com/embed/abc"></iframe>'),
        ("{{ vimeo(id=`12`) }}", '<iframe src="https://player.vimeo.com/video/12"></iframe>'),
        (
            '{{ gist(url="https://gist.github.com/a") }}',
            '<a href="https://gist.github.com/a">https://gist.github.com/a</a>',
        ),
        ('{{ gist(url="javascript:x") }}', ""),
        ('{{ figure(src="a.png", alt="A & B") }}', '<img src="a.png" alt="A &amp; B">'),
        ('{% quote(author="Ada") %}\nWords\n{% end %}', "> Words\n>\n> — Ada"),
        ("{% note() %}One{% end %} two", "> One two"),
        ('{{/* youtube(id="a") */}}', '{{ youtube(id="a") }}'),
        ("{%/* quote() */%}\nx\n{%/* end */%}", "{% quote() %}\nx\n{% end %}"),
        ("{{ no_call }} and {% end %}", "{{ no_call }} and {% end %}"),
        (
            '{% quote() %}a {{ youtube(id="b") }}{% end %}',
            '> a <iframe src="https://www.youtube.com/embed/b"></iframe>',
        ),
    ],
)
def test_C39_known_shortcodes_say_the_same_in_html(written: str, becomes: str) -> None:
    text, problems = expand(written, "a.md", 1)
    assert (text.replace("{{  ", "{{ "), problems) == (becomes, ())


def test_C39_unknown_shortcodes_go_and_leave_their_text_with_a_line_and_column() -> None:
    text, problems = expand('One\n\nTwo {{ chart(data="x") }}\n{% box() %}Kept{% end %}\n{% open() %}', "a.md", 5)
    assert text == "One\n\nTwo \nKept\n"
    assert [(p.line, p.column, p.code) for p in problems] == [
        (7, 5, "shortcode-unknown"),
        (8, 1, "shortcode-unknown"),
        (9, 1, "shortcode-unknown"),
        (9, 1, "shortcode-unclosed"),
    ]


@given(st.text(alphabet="{}%()\"'/*= ab\n`<>AB.endquote", max_size=200))
def test_C39_no_text_breaks_the_readers_of_shortcodes_and_mdx(text: str) -> None:
    expand(text, "a.md", 1)
    made, _ = to_markdown(text, "a.mdx", 1)
    assert made.count("\n") == text.count("\n")


def test_C39_kramdowns_attribute_lists_are_no_text() -> None:
    html = to_html("# Title {#id}\n\n*Text*{: .lead} here.\n{: .note}\n")
    assert "{" not in plain(html)


MDX = """import Chart from '../chart.js'
import {
  a,
} from 'b'

export const meta = { title: 'x' }

Text with `<Code a={1} />` and {"a text"}{' '}<Note type="x">*kept*</Note>{/* gone */}.

<Chart data={[1, 2]}
  wide />

<Image src="https://x.example/a.png" alt="A" /> {1 + 1}

```jsx
import x from 'y'
<Chart /> {value}
```
"""


def test_C39_mdx_loses_its_program_and_keeps_its_text(tmp_path: Path) -> None:
    changes = scan(write(tmp_path, {"a.mdx": post("title: A\ndate: 2024-05-01", MDX)}), site=SITE)
    change = put(changes["a.mdx"])
    body = change.text.partition("---\n")[2].partition("---\n")[2]
    assert "import Chart" not in body
    assert "from 'b'" not in body
    assert "Text with `<Code a={1} />` and a text *kept*." in body
    assert '<img src="https://x.example/a.png" alt="A">' in body
    assert "import x from 'y'\n<Chart /> {value}" in body
    assert [(p.code, p.line, p.column) for p in change.problems] == [
        ("mdx-unknown", 12, 47),
        ("mdx-unknown", 14, 1),
        ("mdx-unknown", 17, 49),
    ]


def test_C39_formats_that_are_not_read_are_told_in_one_line(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n}.org": "* Org" for n in range(3)}
    files |= {"x/a.adoc": "= Doc", "x/pic.png": "x", "x/.hidden.rst": "x", "a.md": post("title: A\ndate: 2024-05-01")}
    opened = source(write(tmp_path, files), site=SITE)
    changes = list(opened.scan({}))
    assert [(type(change).__name__, change.locator) for change in changes] == [("Reject", "0.org"), ("Put", "a.md")]
    assert codes(changes[0]) == ["format-unread"]
    told = changes[0]
    assert isinstance(told, Reject)
    assert told.problems[0].level == "notice"
    assert told.problems[0].message.startswith("4 files are in formats that are not read here (.adoc 1, .org 3)")
    known = {change.locator: change.fingerprint for change in changes if isinstance(change, Put | Reject)}
    assert list(opened.scan(known)) == []
    (tmp_path / "1.org").unlink()
    assert [change.locator for change in opened.scan(known)] == ["0.org"]
    for name in ("0.org", "2.org", "x/a.adoc"):
        (tmp_path / name).unlink()
    assert [type(change).__name__ for change in opened.scan(known)] == ["Drop"]
