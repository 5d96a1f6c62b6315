"""Jekyll's meaning, held against Ruby's recorded answers, and those against Ruby where it is installed."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from service.content.dates import DateError, parse_date
from service.content.front_matter import parse
from service.content.scalars import Value, as_typed
from service.settings import LimitSettings
from tests.content import ruby

LIMITS = LimitSettings()


def value_of(source: str) -> Value:
    return parse(f"---\nkey: {source}\n---\n", "post.md", LIMITS).values["key"]


def spelled(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"bool {str(value).lower()}"
    if isinstance(value, datetime):
        return f"time {value.isoformat()}"
    names = {int: "int", float: "float", date: "date", str: "str"}
    return f"{names[type(value)]} {value}"


@pytest.mark.parametrize("case", ruby.read("dates"), ids=lambda case: f"{case.zone} {case.source}")
def test_a_date_is_rubys_moment_or_refused_on_purpose(case: ruby.Case) -> None:
    try:
        parsed = parse_date(value_of(case.source), zone=ZoneInfo(case.zone), meaning="jekyll", limits=LIMITS)
    except DateError as error:
        assert case.answer == "error" or case.ours == error.code
    else:
        assert (parsed.at.isoformat(), case.ours) == (case.answer, "")


@pytest.mark.parametrize("case", ruby.read("typed"), ids=lambda case: case.source)
def test_a_plain_scalar_has_the_type_that_psych_sees_in_it(case: ruby.Case) -> None:
    assert spelled(as_typed(value_of(case.source), ZoneInfo(case.zone))) == (case.ours or case.answer)


@pytest.mark.skipif(not ruby.available(), reason="Ruby is not installed; the recorded answers stand")
@pytest.mark.parametrize("table", ruby.TABLES)
def test_the_recorded_answers_are_rubys(table: str) -> None:
    # Ruby completes these from today's date, which is why they are refused here.
    lasting = [case for case in ruby.read(table) if case.source not in ("May 8", "２０２４-05-08")]
    assert ruby.ask(table, lasting) == [case.answer for case in lasting]
