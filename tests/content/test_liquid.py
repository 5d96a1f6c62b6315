"""Liquid in bodies: what is rendered, what is left out and said, and that a template can use neither files nor time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content import liquid, liquid_faults, liquid_tags
from tests.content.bodies import PAGE, POSTS, SITE


def render(source: str) -> str:
    return liquid.render(source, PAGE, SITE, POSTS.get)[0]


def notes(source: str) -> list[str]:
    return [code for code, _ in liquid.render(source, PAGE, SITE, POSTS.get)[1]]


def faults(source: str) -> list[str]:
    return [fault.code for fault in liquid.inspect(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ page.title }} {{ site.title | upcase }}", "이 글 소식"),
        ("{{ site.url }}{{ site.baseurl }}/x", "https://example.org/blog/x"),
        ("{{ '/a b' | relative_url }} {{ 'x' | relative_url }}", "/blog/a%20b /blog/x"),
        (
            "{{ '/x' | absolute_url }} {{ 'https://a.example' | absolute_url }}",
            "https://example.org/blog/x https://a.example",
        ),
        ("{{ '/a/index.html' | strip_index }}", "/a/"),
        ("{{ page.date | date: '%Y-%m-%d %H:%M %z' }}", "2024-05-01 09:30 +0900"),
        ("{{ '2024-05-01T00:30:00Z' | date: '%-d %B' }}", "1 May"),
        ("{{ 1714521600 | date: '%F %R' }}", "2024-05-01 09:00"),
        ("{{ page.date | date_to_xmlschema }}", "2024-05-01T09:30:00+09:00"),
        ("{{ page.date | date_to_rfc822 }}", "Wed, 01 May 2024 09:30:00 +0900"),
        ("{{ page.date | date_to_string }}, {{ page.date | date_to_long_string }}", "01 May 2024, 01 May 2024"),
        ("{{ page.date | date_to_string: 'ordinal', 'US' }}", "May 1st, 2024"),
        ("{{ 'no date' | date: '%Y' }}{{ page.none | date: '%Y' }}", "no date"),
        ("{{ '*a*' | markdownify }}", "<p><em>a</em></p>\n"),
        ("{{ '\"a\" -- b' | smartify }}", "“a” – b"),
        ("{{ '<a b=\"c\">&' | xml_escape }}", "&lt;a b=&quot;c&quot;&gt;&amp;"),
        ("{{ 'a, b?' | cgi_escape }} {{ 'a, 나' | uri_escape }}", "a%2C+b%3F a,%20%EB%82%98"),
        ("{{ ' a\n b ' | normalize_whitespace }}", "a b"),
        ("{{ '두 단어 words' | number_of_words }} {{ '두 단어 words' | number_of_words: 'cjk' }}", "3 4"),
        ("{{ 'plain words' | number_of_words: 'auto' }}", "2"),
        (
            "{{ page.tags | array_to_sentence_string }} {{ '' | split: ',' | array_to_sentence_string }}",
            "정치 and tech ",
        ),
        ("{{ 'a,b,c' | split: ',' | array_to_sentence_string: 'or' }}", "a, b, or c"),
        ("{{ page.tags | jsonify }}", '["정치","tech"]'),
        (
            "{{ 'A b_C 글' | slugify }} {{ 'A b_C' | slugify: 'pretty' }} {{ 'A b' | slugify: 'none' }}",
            "a-b-c-글 a-b_c a b",
        ),
        ("{{ '12.7' | to_integer | plus: 1 }}{{ true | to_integer }}{{ 'x' | to_integer }}", "1310"),
        ("{{ site.data.people | where: 'name', 'Lee' | map: 'name' }}", "Lee"),
        ("{{ '<b>a</b><!-- c --> < b<script>x</script>' | strip_html }}", "a < b"),
        ("{{ page.none | default: 'd' | append: '!' | prepend: '¿' | replace: 'd', 'e' }}", "¿e!"),
        ("{% if page.title == '이 글' %}y{% else %}n{% endif %}{% unless true %}n{% endunless %}", "y"),
        ("{% for t in page.tags %}{{ forloop.index }}{{ t }}{% endfor %}", "1정치2tech"),
        ("{% case page.title %}{% when '이 글' %}1{% else %}2{% endcase %}", "1"),
        ("{% capture x %}a{{ page.title }}{% endcapture %}{{ x }}", "a이 글"),
        ("{% raw %}{{ x }} {% if %}{% endraw %}", "{{ x }} {% if %}"),
        ("a{% comment %}{{ x }} {% if %}{% endcomment %}b{% # inline %}c", "abc"),
        ("a {%- if true -%} b {%- endif -%} c {{- 'd' -}} e", "abcde"),
        ("{% highlight c++ %}\n\n<a>\n{% endhighlight %}", '<pre><code class="language-c++">&lt;a&gt;</code></pre>'),
        ("{% highlight %}x{% endhighlight %}", "<pre><code>x</code></pre>"),
        ("{% link _posts/2024-04-01-other.md %}", "/blog/2024/04/01/other/"),
        ("{% post_url 2024-04-01-other %}", "/blog/2024/04/01/other/"),
        ("{{ site.url }}{% post_url 2024-04-01-other %}", "https://example.org/blog/2024/04/01/other/"),
        ("{% link assets/보고서.pdf %}", "/blog/assets/%EB%B3%B4%EA%B3%A0%EC%84%9C.pdf"),
        (
            '{% youtube "https://www.youtube.com/watch?v=abcdefghijk" %}',
            '<a href="https://www.youtube.com/watch?v=abcdefghijk">youtube.com/watch?v=abcdefghijk</a>',
        ),
        ("{% vimeo 123 %}", '<a href="https://vimeo.com/123">vimeo.com/123</a>'),
        ("{{ jekyll.environment }}", "production"),
        ("{{ '{{' }}", "{{"),
    ],
)
def test_what_jekyll_renders_is_rendered(source: str, expected: str) -> None:
    assert render(source) == expected
    assert notes(source) == faults(source) == []


@pytest.mark.parametrize(
    ("source", "left", "codes"),
    [
        ("a {% foo %}b{% endfoo %} c", "a b c", ["liquid-unknown-tag"]),
        ("{{ 'a' | nope | upcase }}", "A", ["liquid-unknown-filter"]),
        ("{% assign x = 'a' | nope %}{{ x }}", "a", ["liquid-unknown-filter"]),
        ("a{% include nope.html x='1' %}b", "ab", ["liquid-unknown-include"]),
        ("a{% include ../../etc/passwd %}b", "ab", ["liquid-unknown-include"]),
        ("a{% include_relative x.md %}b", "ab", ["liquid-unknown-tag"]),
        ("a {{ b", "a  b", ["liquid-syntax"]),
        ("a {% if x", "a  if x", ["liquid-syntax"]),
        ("a {% if page.title %}b {{ page.title }}", "a b ", ["liquid-syntax"]),
        ("a {% endif %}b{% else %}", "a b", ["liquid-syntax", "liquid-syntax"]),
        ("{% if 1 %}{% for i in a %}x{% endif %}{% endfor %}", "x", ["liquid-syntax"]),
        ("{% raw %}{{ x }}", "", ["liquid-syntax"]),
        ("{%%}a{% %}", "a", ["liquid-unknown-tag", "liquid-unknown-tag"]),
    ],
)
def test_C38_what_the_door_can_see_is_left_out_and_reported(source: str, left: str, codes: list[str]) -> None:
    assert render(source) == left
    assert set(faults(source)) == set(codes)


@pytest.mark.parametrize(
    ("source", "left", "code"),
    [
        ("a {{ b c }} d", "a  d", "liquid-syntax"),
        ("a{% assign = %}d {{ page.title }}", "ad 이 글", "liquid-syntax"),
        ("{% if %}kept{% endif %} {{ page.title }}", "kept ", "liquid-syntax"),
        ("{{ 1 | divided_by: 0 }}d", "d", "liquid-error"),
        ("{{ 'a' | slice }}d", "d", "liquid-error"),
        ("[x]({% link nope.md %})", "[x]()", "liquid-link"),
        ("{% for i in (1..3) %}{% continue %}{% endfor %}{% continue %}x", "x", "liquid-error"),
    ],
)
def test_C38_what_only_rendering_can_see_is_left_out_and_reported(source: str, left: str, code: str) -> None:
    assert render(source) == left
    assert notes(source) == [code]


BOMBS = {
    "a loop over ten millions": "x{% for i in (1..10000000) %}y{% endfor %}",
    "nested loops": "{% for i in (1..100) %}" * 3 + "x" + "{% endfor %}" * 3,
    "loops in a row": "{% for i in (1..9999) %}{% endfor %}" * 1000,
    "many tags in a loop": "{% for i in (1..9999) %}" + "{% assign x = 1 %}" * 2000 + "{% endfor %}",
    "tablerow": "{% tablerow i in (1..1000000) %}x{% endtablerow %}",
    "text that doubles": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 60,
    "text that multiplies": "{{ '" + "a" * 200 + "'" + (" | replace: 'a', '" + "a" * 400 + "'") * 4 + " }}",
    "numbers that square": "{% assign a = 99 %}" + "{% assign a = a | times: a %}" * 60,
    "lists that double": "{% assign l = 'a,b' | split: ',' %}" + "{% assign l = l | concat: l %}" * 40,
    "a long join": "{{ (1..100000000) | join: 'x' }}",
    "blocks 2,000 deep": "{% if true %}" * 2000 + "{% endif %}" * 2000,
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_C38_over_the_limits_the_tags_are_stripped(source: str) -> None:
    started = time.process_time()
    text, problems = liquid.render("before {{ page.title }} " + source, PAGE, SITE, POSTS.get)
    assert time.process_time() - started < 5
    assert text.startswith("before  ")
    assert "{" not in text
    assert [code for code, _ in problems] == ["liquid-limit"]


@pytest.mark.parametrize(
    "source",
    [
        *("{{" * 50_000, "{%" * 50_000, "{% raw %}" * 20_000, "{% comment %}" * 20_000, "{% x" + " " * 100_000 + "%}"),
        *("{{" + " " * 100_000 + "}}", "{{ " + "(" * 50_000 + " }}", "{{ " + "['" * 50_000 + " }}"),
        *("{% include figure.html " + "a" * 100_000 + "%}", "{% include figure.html " + 'a="' * 30_000 + "%}"),
        "{{ '" + "<" * 1900 + "' | strip_html }}",
    ],
    ids=lambda source: source[:12] + str(len(source)),
)
def test_C38_scanning_takes_linear_time(source: str) -> None:
    started = time.process_time()
    liquid.inspect(source)
    render(source)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ["now", "today", "Now"])
def test_no_template_can_read_the_clock(name: str) -> None:
    filters = ("date: '%Y'", "date", "date_to_string", "date_to_long_string", "date_to_xmlschema", "date_to_rfc822")
    assert render("".join(f"{{{{ '{name}' | {filter_} }}}}" for filter_ in filters)) == ""
    assert render("{{ now }}{{ today }}{{ site.time }}{{ now | date: '%Y' }}") == ""


def test_a_time_without_a_date_is_not_completed_from_the_clock() -> None:
    assert render("{{ '10:30' | date: '%Y' }}") == "10:30"


def test_dates_do_not_depend_on_the_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert render("{{ 0 | date: '%F %T %z' }} {{ '2024-01-01' | date_to_xmlschema }}") == (
            "1970-01-01 09:00:00 +0900 2024-01-01T00:00:00+09:00"
        )
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_of_the_page_may_be_a_datetime() -> None:
    page = {"date": datetime(2024, 1, 1, 20, tzinfo=UTC)}
    source = "{{ page.date | date: '%F' }} {{ page.date }}"
    assert liquid.render(source, page, SITE, POSTS.get)[0] == "2024-01-02 2024-01-01 20:00:00 +0000"


def test_an_unknown_zone_is_utc() -> None:
    context = replace(SITE, timezone="Nowhere/At_All")
    assert liquid.render("{{ 0 | date: '%R' }}", PAGE, context, POSTS.get)[0] == "00:00"


def test_a_fault_names_its_place_in_the_source() -> None:
    source = "one\n  {{ page.title | upcase | nope: '| nor' }}\n{% foo %}"
    assert [(source[: f.offset].count("\n") + 1, f.offset, f.code) for f in liquid.inspect(source)] == [
        (2, source.index("nope"), "liquid-unknown-filter"),
        (3, source.index("{% foo"), "liquid-unknown-tag"),
    ]


def test_an_include_takes_variables_quotes_and_line_breaks() -> None:
    source = '{% include figure.html\n  image=\'/a.png\'\n  caption=page.title alt="a \\"b\\"" %}'
    assert render(source) == (
        '<figure><img src="/a.png" alt="a &quot;b&quot;"><figcaption>이 글</figcaption></figure>\n'
    )


def test_a_figure_names_its_picture_as_other_themes_do_too() -> None:
    for name in ("image", "image_path", "src"):
        assert '<img src="a.png"' in render(f"{{% include figure.html {name}='a.png' %}}")


def test_a_figure_at_the_start_of_a_line_ends_its_block_of_markdown() -> None:
    assert render("{% include figure.html image='a' %}\nnext") == '<figure><img src="a" alt=""></figure>\n\nnext'
    assert render("  {% include figure.html image='a' %}\nnext") == '  <figure><img src="a" alt=""></figure>\nnext'


def test_includes_without_what_they_need_show_nothing() -> None:
    assert render("{% include figure.html %}{% include video.html %}{% include button.html text='t' %}") == "t"


def test_stripping_keeps_the_text_between_tags() -> None:
    source = "a {% if x %}b{% endif %} {{ c }}{% comment %}d{% endcomment %}"
    assert liquid.strip(source) == "a b "


PLAIN_WORDS = (
    *("{{", "}}", "{%", "%}", " if page.title ", " endif ", " for i in page.tags ", " endfor ", " page.title ", "\n"),
    *(" | upcase ", " | size ", " comment ", " endcomment ", " assign a = ", " else ", "(1..3)", "[", "글", " case a "),
    *(" when 1 ", "#", " highlight c ", " endhighlight ", " include figure.html image=page.title", " nope "),
)
TRICKY_WORDS = (
    *PLAIN_WORDS,
    "{%-",
    "-%}",
    "{{-",
    "-}}",
    " raw ",
    " endraw ",
    "'",
    '"',
    " | date: '%Y' ",
    "\ud800",
    "\0",
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PLAIN_WORDS) | st.text("abc .", max_size=3), max_size=20).map("".join))
def test_C38_no_tag_is_ever_left(source: str) -> None:
    for text in (render(source), liquid.strip(source)):
        assert "{{" not in text
        assert "{%" not in text


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(TRICKY_WORDS) | st.text(max_size=4), max_size=20).map("".join))
def test_C38_no_template_raises(source: str) -> None:
    liquid.render(source, PAGE, SITE, POSTS.get)
    liquid.inspect(source)
    liquid.strip(source)


def test_what_a_scan_takes_for_known_is_what_can_be_rendered() -> None:
    assert frozenset(liquid._ENVIRONMENT.filters) == liquid_faults.FILTERS
    assert tuple(liquid_tags.INCLUDES) == liquid_faults.INCLUDES


_SHOWN = (
    *("{{", "}}", "{%", "%}", "{", "}", "-", " ", "\n", "|", ".", "'", "[0]", "(", "x" * 2_001, "한글"),
    *("{{ site.url }}", "{{- a -}}", "{{ a | nope }}", "{{ a | upcase }}", "{% raw %}", "{% endraw %}", "site.title"),
)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(_SHOWN), max_size=8).map("".join))
def test_a_template_that_only_names_values_is_found_as_faultless_as_by_the_long_way(source: str) -> None:
    """Behind an empty comment nothing is short any more."""
    comment = "{% comment %}{% endcomment %}"
    assert [fault._replace(offset=fault.offset + len(comment)) for fault in liquid_faults.inspect(source)] == (
        liquid_faults.inspect(comment + source)
    )
