"""Code is hidden from Liquid and comes back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.content.literal import hide_code, show_code

TEXT = st.text(alphabet="`~{}% \n>ab한", max_size=200)


@given(TEXT)
def test_hiding_keeps_every_offset_and_showing_brings_the_text_back(source: str) -> None:
    hidden = hide_code(source)
    assert len(hidden) == len(source)
    assert show_code(hidden) == source


def test_braces_in_fences_and_spans_are_hidden_and_no_others() -> None:
    source = "{{ a }}\n```go\n{{ b }}\n```\n`{{ c }}` ``{% d ` %}`` {% e %}\n~~~\n{{ f }}"
    assert "".join(c for c in hide_code(source) if c.isalpha() or c in "{}") == "{{a}}gobcd{%e%}f".replace("%", "")


def test_where_an_author_escapes_liquid_in_code_nothing_is_hidden() -> None:
    source = "```\n{% raw %}{{ a }}{% endraw %}\n```"
    assert hide_code(source) == source
