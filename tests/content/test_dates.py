"""Dates: what is refused, what is warned of, and that nothing else happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.content import dates
from service.content.dates import (
    DateError,
    Meaning,
    ParsedDate,
    midnight,
    name_date,
    name_slug,
    parse_date,
    rolled_over,
)
from service.content.front_matter import parse
from service.content.scalars import Plain, Value
from service.errors import Rejected
from service.settings import LimitSettings

CORPUS = Path(__file__).parent / "corpus" / "dates"
BAD = (CORPUS / "bad.txt").read_text("utf-8").splitlines()
ISO = [line.split("\t") for line in (CORPUS / "iso.tsv").read_text("utf-8").splitlines()]
LIMITS = LimitSettings()
SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")
MEANINGS: tuple[Meaning, ...] = ("jekyll", "iso")


def read(value: Value, meaning: Meaning = "jekyll", zone: ZoneInfo = SEOUL) -> datetime:
    return parse_date(value, zone=zone, meaning=meaning, limits=LIMITS).at


def front_matter_date(source: str) -> Value:
    return parse(f"---\ndate: {source}\n---\n", "post.md", LIMITS).values["date"]


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("source", BAD)
def test_C19_an_impossible_date_is_a_problem_line_not_a_crash(source: str, meaning: Meaning) -> None:
    try:
        value = front_matter_date(source)
    except Rejected as rejected:
        assert rejected.problems[0].line == 2
        return
    with pytest.raises(DateError) as caught:
        read(value, meaning)
    assert caught.value.code in ("date-invalid", "date-out-of-range")
    assert "\n" not in caught.value.message + caught.value.hint


def test_C19_the_table_of_bad_dates_has_forty_values_and_more() -> None:
    assert len(set(BAD)) >= 40


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("2024-02-30", "2024-02, it has 29"),
        ("2024-13-01", "no month 13"),
        ("2024-05-08 25:00", "25:00:00"),
    ],
)
def test_C19_the_message_says_what_is_impossible(source: str, part: str) -> None:
    with pytest.raises(DateError, match=part):
        read(Plain(source))


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("2024년 5월 7일", "write 2024-05-07"),
        ("1715130000", "an epoch number is no date here: write 2024-05-08 01:00:00 +0000"),
        ("2024-05-08 10:00 JST", "write 2024-05-08 10:00:00 +0900"),
        ("yesterday", "write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS +0900"),
    ],
)
def test_C19_the_hint_is_the_date_where_it_is_plain_to_see(source: str, hint: str) -> None:
    with pytest.raises(DateError) as caught:
        read(Plain(source))
    assert caught.value.hint == hint


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(MEANINGS))
@settings(deadline=None, max_examples=100)
def test_C20_every_year_outside_the_limits_is_refused_and_no_other(moment: datetime, meaning: Meaning) -> None:
    text = Plain(f"{moment.year:04}-{moment:%m-%d %H:%M:%S} -1200")
    local_year = 9999 if moment.year == 9999 else (moment + timedelta(hours=21)).year
    if moment.year >= LIMITS.earliest_year and local_year < LIMITS.latest_year:
        assert read(text, meaning) == moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=-12)))
    else:
        with pytest.raises(DateError) as caught:
            read(text, meaning)
        assert caught.value.code == "date-out-of-range"


def test_C20_a_shift_into_the_year_10000_is_out_of_range_where_limits_are_wide() -> None:
    wide = LimitSettings(earliest_year=1, latest_year=9998)
    for text in ("0001-01-01T00:00:00+14:00", "9997-12-31T23:59:59-12:00"):
        with pytest.raises(DateError) as caught:
            parse_date(Plain(text), zone=SEOUL, meaning="iso", limits=wide)
        assert caught.value.code == "date-out-of-range"


@pytest.mark.parametrize("source", ["2024-05-08 10:00 JST", "2024-05-08 10:00 CET", "2024-05-08 10:00 (PKT)"])
def test_C22_a_foreign_abbreviation_is_refused_with_a_hint(source: str) -> None:
    for meaning in MEANINGS:
        with pytest.raises(DateError) as caught:
            read(Plain(source), meaning)
        assert caught.value.hint.startswith("write 2024-05-08 10:00:00 +0")


def test_C22_the_abbreviation_of_the_sites_own_zone_is_known_as_in_ruby() -> None:
    assert read(Plain("2024-05-08 10:00 KST")) == datetime(2024, 5, 8, 1, tzinfo=UTC)
    with pytest.raises(DateError):
        read(Plain("2024-05-08 10:00 KST"), zone=NEW_YORK)


@pytest.mark.parametrize("meaning", MEANINGS)
def test_C22_a_time_that_clocks_skip_moves_forward_with_a_warning(meaning: Meaning) -> None:
    parsed = parse_date(Plain("2024-03-10 02:30"), zone=NEW_YORK, meaning=meaning, limits=LIMITS)
    assert parsed.at.isoformat() == "2024-03-10T03:30:00-04:00"
    assert parsed.warning is not None
    assert parsed.warning[0] == "date-dst-gap"


@pytest.mark.parametrize(("meaning", "offset"), [("iso", "-04:00"), ("jekyll", "-05:00")])
def test_C22_a_time_that_happens_twice_is_the_first_or_as_in_ruby_the_second(meaning: Meaning, offset: str) -> None:
    parsed = parse_date(Plain("2024-11-03 01:30"), zone=NEW_YORK, meaning=meaning, limits=LIMITS)
    assert parsed.at.isoformat() == f"2024-11-03T01:30:00{offset}"
    assert parsed.warning is not None
    assert parsed.warning[0] == "date-dst-overlap"


def test_C22_a_naive_date_is_the_sites_and_midnight_may_not_exist() -> None:
    parsed = midnight(date(2018, 11, 4), zone=ZoneInfo("America/Sao_Paulo"), meaning="jekyll", limits=LIMITS)
    assert parsed.at.isoformat() == "2018-11-04T01:00:00-02:00"
    assert read(Plain("2024-05-08")).isoformat() == "2024-05-08T00:00:00+09:00"


def test_an_unquoted_timestamp_with_seconds_is_utc_to_jekyll_and_local_when_quoted_or_without_seconds() -> None:
    assert read(Plain("2024-05-01 16:30:00")).isoformat() == "2024-05-02T01:30:00+09:00"
    assert read("2024-05-01 16:30:00").isoformat() == "2024-05-01T16:30:00+09:00"
    assert read(Plain("2024-05-01 16:30")).isoformat() == "2024-05-01T16:30:00+09:00"
    assert read(Plain("2024-05-01 16:30:00"), "iso").isoformat() == "2024-05-01T16:30:00+09:00"


@pytest.mark.parametrize(
    ("value", "zone", "message"),
    [
        (Plain("2026-11-23 10:01:28"), "Asia/Seoul", "10:01:28 is 19:01:28 in Asia/Seoul"),
        (Plain("2026-11-23T20:00:00"), "Asia/Seoul", "20:00:00 is 2026-11-24 05:00:00 in Asia/Seoul"),
        (Plain("2026-07-01 10:00:00"), "Europe/London", "10:00:00 is 11:00:00 in Europe/London"),
        (Plain("2026-01-01 10:00:00"), "Europe/London", ""),
        (Plain("2026-11-23 10:01:28"), "UTC", ""),
        (Plain("2026-11-23 10:01:28 +0900"), "Asia/Seoul", ""),
        (Plain("2026-11-23 10:01:28 UTC"), "Asia/Seoul", ""),
        (Plain("2026-11-23 10:01"), "Asia/Seoul", ""),
        (Plain("2026-11-23"), "Asia/Seoul", ""),
        ("2026-11-23 10:01:28", "Asia/Seoul", ""),
    ],
)
def test_a_time_that_only_seconds_make_utc_is_warned_of_where_that_matters(value: str, zone: str, message: str) -> None:
    parsed = parse_date(value, zone=ZoneInfo(zone), meaning="jekyll", limits=LIMITS)
    assert (parsed.warning is not None) == bool(message)
    if parsed.warning:
        assert parsed.warning[0] == "date-zone-missing"
        assert message in parsed.warning[1]
        assert parsed.warning[2] == f"add the zone, such as {'+0900' if zone == 'Asia/Seoul' else '+0100'}"
    assert parse_date(value, zone=ZoneInfo(zone), meaning="iso", limits=LIMITS).warning is None


@pytest.mark.parametrize(
    ("source", "day"),
    [("05/08/2024", "2024-08-05"), ("5/8/24", "2005-08-24"), ("24-05-08", "2024-05-08"), ("May 2024", "2024-05-01")],
)
def test_what_ruby_reads_in_one_of_several_ways_is_warned_of(source: str, day: str) -> None:
    parsed = parse_date(source, zone=SEOUL, meaning="jekyll", limits=LIMITS)
    assert parsed.at.date().isoformat() == day
    assert parsed.warning is not None
    assert parsed.warning[0] == "date-ambiguous"
    assert day in parsed.warning[1]


@pytest.mark.parametrize(("source", "expected"), ISO)
def test_the_iso_meaning_reads_what_can_mean_one_thing_only(source: str, expected: str) -> None:
    value = front_matter_date(source)
    try:
        assert read(value, "iso").isoformat() == expected
    except DateError as error:
        assert error.code == expected


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("2024-05-08-hello-world", (date(2024, 5, 8), "hello-world")),
        ("2024-5-8-한글-제목", (date(2024, 5, 8), "한글-제목")),
        ("24-5-9-x", (date(2024, 5, 9), "x")),
        ("68-1-1-x", (date(2068, 1, 1), "x")),
        ("69-1-1-x", (date(1969, 1, 1), "x")),
        ("2024-05-08-", (date(2024, 5, 8), "")),
        ("2024-05-08-dots...", (date(2024, 5, 8), "dots")),
        ("hello", (None, "hello")),
        ("2024-05-08", (None, "2024-05-08")),
        ("2024-05-hello", (None, "2024-05-hello")),
        ("12024-05-08-x", (None, "12024-05-08-x")),
    ],
)
def test_C18_the_date_of_a_post_may_stand_in_its_file_name(stem: str, expected: tuple[date | None, str]) -> None:
    assert name_date(stem) == expected


@pytest.mark.parametrize(
    ("stem", "day"),
    [
        ("2024-02-30-x", date(2024, 3, 1)),
        ("2023-02-29-x", date(2023, 3, 1)),
        ("2024-02-31-x", date(2024, 3, 2)),
        ("2024-06-31-x", date(2024, 7, 1)),
    ],
)
def test_C19_a_day_the_month_lacks_rolls_over_in_a_file_name_as_in_jekyll(stem: str, day: date) -> None:
    assert name_date(stem) == (day, "x")
    found = rolled_over(stem)
    assert found is not None
    assert (found[0], day.isoformat() in found[1]) == ("date-rolled-over", True)
    assert rolled_over("2024-02-29-x") is rolled_over("x") is None


@pytest.mark.parametrize("stem", ["2024-13-45-x", "2024-00-01-x", "2024-01-00-x", "2024-01-32-x", "0000-01-01-x"])
def test_C19_an_impossible_date_in_a_file_name_is_refused(stem: str) -> None:
    with pytest.raises(DateError):
        name_date(stem)


FORMATS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%d %b %Y %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S %z",
    "rfc2822",
    "iso",
)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 30), timezones=st.timezones()),  # noqa: DTZ001 - zones come from the strategy
    st.sampled_from(FORMATS),
    st.sampled_from(MEANINGS),
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_a_date_written_with_its_offset_reads_back_as_the_same_moment(
    moment: datetime, form: str, meaning: Meaning, quoted: bool
) -> None:
    offset = timedelta(minutes=round((moment.utcoffset() or timedelta()) / timedelta(minutes=1)))
    moment = moment.replace(microsecond=0, tzinfo=timezone(offset))
    text = {"iso": moment.isoformat(), "rfc2822": format_datetime(moment)}.get(form) or moment.strftime(form)
    assert read(text if quoted else Plain(text), meaning) == moment


@given(st.text(max_size=80) | st.from_regex(r"[0-9 TZ:./+-]{1,40}"), st.sampled_from(MEANINGS), st.booleans())
@settings(deadline=None, max_examples=300)
def test_C19_no_text_raises_anything_but_a_date_error(text: str, meaning: Meaning, quoted: bool) -> None:
    values: list[Value] = [text if quoted else Plain(text), [text], {"a": text}]
    for value in values:
        try:
            at = read(value, meaning)
        except DateError:
            continue
        assert LIMITS.earliest_year <= at.year < LIMITS.latest_year
        assert at.tzinfo is SEOUL


EXACT = r"[0-9]{3}[0-9]-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9] ?[-+][0-2][0-9]:?[0-9]{2}"


@given(
    st.from_regex(EXACT, fullmatch=True) | st.from_regex(EXACT.replace("[0-9]{3}", "20[0-3]"), fullmatch=True),
    st.sampled_from(MEANINGS),
    st.booleans(),
    st.sampled_from([SEOUL, NEW_YORK, ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")]),
)
@settings(deadline=None, max_examples=500)
def test_the_usual_form_means_by_the_short_way_what_it_means_by_the_ladder(
    text: str, meaning: Meaning, quoted: bool, zone: ZoneInfo
) -> None:
    def found() -> ParsedDate | str:
        try:
            return parse_date(text if quoted else Plain(text), zone=zone, meaning=meaning, limits=LIMITS)
        except DateError as error:
            return str(error)

    short = found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "exact", lambda *_: None)
        assert found() == short


@given(st.text(max_size=40) | st.from_regex(r"\d{2,4}-\d{1,2}-\d{1,2}-.{0,5}"))
@settings(deadline=None, max_examples=200)
def test_C19_no_file_name_raises_anything_but_a_date_error(stem: str) -> None:
    try:
        day, slug = name_date(stem)
    except DateError:
        return
    assert stem.rstrip(".").endswith(slug)
    assert slug == name_slug(stem)
    assert day is None or day.year >= 1


def test_an_hour_offset_as_YAML_writes_it_is_one_in_a_plain_folder_too() -> None:  # 24 posts of the 18F corpus
    parsed = parse_date(Plain("2016-03-23 9:00:00 -4"), zone=SEOUL, meaning="iso", limits=LIMITS)
    assert parsed.at == datetime(2016, 3, 23, 13, tzinfo=UTC)
