"""Whose signature on a webhook is believed, and for how long (W-02, W-03)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import hooks as hooking
from service.errors import StorageUnavailable
from service.hooks import Hook, Hooks
from service.replays import Replays
from service.signatures import WORDPRESS, WORDPRESS_TOKEN, Scheme, key_of
from tests.serving import signing
from tests.serving.fakes import NOW
from tests.serving.hooked import BODY, SCHEMES, SECRETS, Site, signed
from tests.serving.signing import SECRET


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_signature_of_githubs_own_documentation_matches() -> None:
    """docs.github.com, "Testing the webhook payload validation"."""
    body, known = b"Hello, World!", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signing.github(body)["X-Hub-Signature-256"] == f"sha256={known}"


def test_the_signature_of_the_standards_own_libraries_matches() -> None:
    """The vector of standard-webhooks' and Svix' test suites."""
    now = datetime.fromtimestamp(1614265330, NOW.tzinfo)
    headers = signing.standard(b'{"test": 2432232314}', now, "msg_p5jXN8AQM9LWM0D4loKWxJek")
    assert headers["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


# -- the signature ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMES)
def test_W02_a_signature_of_another_secret_another_body_or_none_is_401(name: Scheme, site: Site) -> None:
    good, other = signed(name), signed(name, body=b"{}")
    broken = {field: value[:-2] + ("00" if value[-2:] != "00" else "11") for field, value in good.items()}
    cases = [{}, other, broken, dict.fromkeys(good, ""), dict.fromkeys(good, "sha256="), dict.fromkeys(good, "é" * 99)]
    for headers in cases:
        response = site.client.post(f"/hooks/{name}", data=BODY, headers=headers)
        assert (response.status_code, response.data) == (401, b"Unauthorized\n"), headers
        assert response.headers["WWW-Authenticate"]
    assert site.asked == []


@given(st.sampled_from(SCHEMES), st.dictionaries(st.sampled_from(
    [*WORDPRESS, WORDPRESS_TOKEN, "Authorization", "X-Ghost-Signature", "Webhook-Id", "Webhook-Timestamp",
     "Webhook-Signature", "X-Feedmill-Signature", "X-Feedmill-Timestamp"]),
    st.text(st.characters(max_codepoint=255), max_size=80) | st.sampled_from(["sha256=", "t=1", "v1,", "Bearer ", "1"]),
), st.binary(max_size=50))  # fmt: skip
def test_W02_whatever_the_headers_say_who_does_not_hold_the_secret_gets_401(
    name: Scheme, headers: dict[str, str], body: bytes
) -> None:
    hooks = Hooks({name: Hook(name, key_of(name, SECRETS[name]), pytest.fail)}, None, 1000, lambda: NOW)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/hooks/{name}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        **{f"HTTP_{field.upper().replace('-', '_')}": value for field, value in headers.items()},
    }
    assert hooks.answer(environ) == hooking.UNSIGNED


def test_W02_the_signature_is_weighed_before_anything_is_parsed_and_on_raw_bytes(site: Site) -> None:
    body = b'\xff\xfe{"a":1 , "a":2}\r\n'
    assert site.post("github", signing.github(body), body) == (202, "accepted")
    assert site.post("github", signing.github(body.strip()), body)[0] == 401


@pytest.mark.parametrize("form", ["base64", "hex", "sha256=hex"])
@pytest.mark.parametrize("field", WORDPRESS)
def test_W02_wordpress_plugins_sign_in_several_ways(field: str, form: str, site: Site) -> None:
    hexadecimal = signing.mac(SECRET, BODY).hex()
    forms = {"hex": hexadecimal, "sha256=hex": f"sha256={hexadecimal}"}
    value = forms.get(form) or next(iter(signing.wp_webhooks(BODY).values()))
    assert site.post("wordpress", {field: value}) == (202, "accepted")
    assert site.post("wordpress", {field: value[:-1], WORDPRESS_TOKEN: SECRET})[0] == 401


def test_W02_a_wordpress_that_cannot_sign_sends_the_secret_itself(site: Site) -> None:
    for headers in ({WORDPRESS_TOKEN: SECRET}, {"Authorization": f"Bearer {SECRET}"}):
        assert site.post("wordpress", headers) == (202, "accepted")
        assert site.post("wordpress", {name: f"{value}x" for name, value in headers.items()})[0] == 401
    assert site.post("wordpress", {"Authorization": f"Basic {SECRET}"})[0] == 401
    for name in ("ghost", "github", "standard", "generic"):
        assert site.post(name, {WORDPRESS_TOKEN: SECRET, "Authorization": f"Bearer {SECRET}"})[0] == 401


def test_W02_a_key_that_is_being_changed_signs_twice(site: Site) -> None:
    headers = signed("standard")
    theirs = headers["Webhook-Signature"]
    assert site.post("standard", {**headers, "Webhook-Signature": f"v1,AAAA v1a,BBBB {theirs}"}) == (202, "accepted")
    crowd = " ".join(["v1,AAAA"] * 100)
    assert site.post("standard", {**headers, "Webhook-Signature": f"{crowd} {theirs}"})[0] == 401


def test_W02_refusals_are_told_once_a_minute_and_without_what_was_sent(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            site.post("github", {"X-Hub-Signature-256": "sha256=beef\x85"}, b"private words")
    assert [record.getMessage() for record in caplog.records] == [
        "hook refused source=github: the signature does not match"
    ]


# -- replay ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 10**7])
@pytest.mark.parametrize("name", ["ghost", "standard", "generic"])
def test_W03_what_was_signed_at_another_time_is_401(name: Scheme, seconds: int, site: Site) -> None:
    assert site.post(name, signed(name, NOW + timedelta(seconds=seconds)))[0] == 401
    assert site.post(name, signed(name, NOW + timedelta(seconds=299 if seconds > 0 else -299))) == (202, "accepted")


@pytest.mark.parametrize("name", SCHEMES)
def test_W03_the_same_delivery_again_is_a_duplicate_and_no_work(name: Scheme, site: Site) -> None:
    headers = signed(name)
    assert site.post(name, headers) == (202, "accepted")
    site.now += timedelta(seconds=100)
    assert site.post(name, {**headers, "X-GitHub-Delivery": "another"}) == (202, "duplicate")
    assert site.asked == [name]


def test_W03_without_a_signed_time_a_body_is_known_for_a_day(site: Site) -> None:
    headers = signing.github(BODY)
    answers = []
    for hours in (0, 23, 25, 48, 50):
        site.now = NOW + timedelta(hours=hours)
        answers.append(site.post("github", headers)[1])
    assert answers == ["accepted", "duplicate", "accepted", "duplicate", "accepted"]


def test_W03_a_standard_webhook_that_is_tried_again_keeps_its_id_and_is_a_duplicate(site: Site) -> None:
    assert site.post("standard", signed("standard")) == (202, "accepted")
    site.now += timedelta(hours=5)
    assert site.post("standard", signed("standard", site.now)) == (202, "duplicate")
    assert site.post("standard", signing.standard(BODY, site.now, "msg_2")) == (202, "accepted")


def test_W03_what_was_seen_is_known_to_other_processes_and_after_a_restart(site: Site, tmp_path: Path) -> None:
    assert site.post("ghost", signed("ghost")) == (202, "accepted")
    other = Site(tmp_path)
    assert other.post("ghost", signed("ghost")) == (202, "duplicate")
    assert other.asked == []


def test_W03_two_sources_of_one_secret_hear_the_same_body_each(site: Site) -> None:
    headers = signing.github(BODY)
    assert site.post("github", headers) == (202, "accepted")
    assert site.post("wordpress", headers) == (202, "accepted")


def test_W03_a_time_that_was_signed_cannot_be_moved_into_the_body(site: Site) -> None:
    """Who has heard one delivery cannot make another of it, without the time."""
    old = NOW - timedelta(days=2)
    stamped = signed("generic", old)
    body = stamped.pop("X-Feedmill-Timestamp").encode() + b"." + BODY
    assert site.post("generic", stamped, body)[0] == 401
    value = signed("ghost", old)["X-Ghost-Signature"]
    time = value.partition("t=")[2]
    for forged in (value, value.partition(",")[0], value.replace(time, str(int(NOW.timestamp() * 1000)))):
        assert site.post("ghost", {"X-Ghost-Signature": forged}, BODY + time.encode())[0] == 401


def test_an_older_ghost_signs_the_body_alone(site: Site) -> None:
    headers = signing.old_ghost(BODY, NOW)
    assert site.post("ghost", {"X-Ghost-Signature": headers["X-Ghost-Signature"].partition(",")[0]})[1] == "accepted"
    assert site.post("ghost", headers)[1] == "duplicate"


def test_what_could_not_be_asked_for_is_no_duplicate_when_it_is_sent_again(site: Site) -> None:
    site.error = StorageUnavailable("the disk is full")
    response = site.client.post("/hooks/ghost", data=BODY, headers=signed("ghost"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    site.error = None
    assert site.post("ghost", signed("ghost")) == (202, "accepted")


def test_W03_what_is_remembered_is_bounded_and_outlives_a_torn_record(tmp_path: Path) -> None:
    from service.replays import FILE_NAME, MOST

    replays = Replays(tmp_path)
    digests = [number.to_bytes(32) for number in range(MOST + 10)]
    for digest in digests:
        replays.add(digest, 1e9)
    assert (tmp_path / FILE_NAME).stat().st_size <= MOST * 40
    assert not replays.seen(digests[0], 1e9)
    assert all(replays.seen(digest, 1e9) for digest in digests[-100:])
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(b"torn")
    replays.add(b"n" * 32, 1e9)
    assert replays.seen(b"n" * 32, 1e9)
    assert replays.seen(digests[-1], 1e9)
