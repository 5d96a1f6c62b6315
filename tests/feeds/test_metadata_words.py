"""Locales of Open Graph and accounts, as authors write them and as consumers read them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from feeds.accounts import fediverse_account, twitter_account
from feeds.locales import og_locale
from tests.feeds.strategies import text


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("ko", "ko_KR"), ("ko-KR", "ko_KR"), ("KO-kr", "ko_KR"), ("ko-Kore-KP", "ko_KP"), ("en", "en_US"),
        ("en-GB", "en_GB"), ("ja", "ja_JP"), ("zh", "zh_CN"), ("zh-Hans", "zh_CN"), ("zh-Hant", "zh_TW"),
        ("zh-Hant-HK", "zh_HK"), ("zh-hant-mo", "zh_MO"), ("zh-yue", "yue_HK"), ("sr-Latn", "sr_RS"),
        ("sr-Latn-ME", "sr_ME"), ("uz-Arab", "uz_AF"), ("es-419", "es_LA"), ("en-001", "en_US"), ("ar", "ar_AR"),
        ("pt-PT", "pt_PT"), ("pt", "pt_BR"), ("no", "nb_NO"), ("iw", "he_IL"), ("de-CH-1996", "de_CH"),
        ("de-1996", "de_DE"), ("ca-valencia", "ca_ES"), ("en-x-gb", "en_US"), ("fil", "fil_PH"), ("eo", ""),
        ("eo-PL", "eo_PL"), ("english", ""), ("", ""), (None, ""), ("<!--한글", ""), ("ko-한국", ""), ("k!-KR", ""),
    ],
)  # fmt: skip
def test_a_locale_has_the_tags_region_or_the_usual_one(tag: str | None, locale: str) -> None:
    assert og_locale(tag) == locale


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("example", "@example"), ("@example", "@example"), (" @Example_1\n", "@Example_1"),
        ("https://twitter.com/example", "@example"), ("https://x.com/@example/", "@example"),
        ("x.com/example", "@example"),
        ("", ""), ("@", ""), ("two words", ""), ("https://example.org/example", ""), ("kim@social.example", ""),
        ("한글", ""), ("x" * 21, ""),
    ],
)  # fmt: skip
def test_an_account_on_x_has_one_spelling(written: str, account: str) -> None:
    assert twitter_account(written) == account


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("@kim@social.example", "@kim@social.example"), ("kim@social.example", "@kim@social.example"),
        ("acct:kim@social.example", "@kim@social.example"), ("https://social.example/@kim", "@kim@social.example"),
        ("@kim@한국.example", "@kim@xn--3e0b707e.example"), ("@kim", ""), ("kim", ""), ("", ""), ("@a@b c", ""),
        ("https://social.example/kim", ""), ("@kim@exa<mple", ""),
    ],
)  # fmt: skip
def test_an_account_in_the_fediverse_has_one_spelling(written: str, account: str) -> None:
    assert fediverse_account(written) == account


@settings(max_examples=60, deadline=None)
@given(text)
def test_any_text_is_an_account_or_none(written: str) -> None:
    for spelled in (twitter_account, fediverse_account):
        assert spelled(spelled(written)) == spelled(written)
    assert og_locale(written).isascii() or not og_locale(written)
