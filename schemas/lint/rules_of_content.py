"""Rules for what stands in a post, and what consumers make of its size: rows of the registry."""

from __future__ import annotations

from typing import Final

from schemas.lint.consumers import (
    FEEDLY,
    GOOGLE_NEWS,
    MINIFLUX,
    MSN,
    NAVER,
    READERS,
    SEARCH,
    SMARTNEWS,
    SOCIAL,
    VALIDATOR,
)
from schemas.lint.findings import Rule

# A table, a row a rule.
# fmt: off
ROWS: Final = (
    # -- HTML ----------------------------------------------------------------------------------------------------
    Rule("ContainsRelRef", "warning", (VALIDATOR, READERS), "readers do not know what a relative link is relative to",
         "write the absolute URL", "RSS Best Practices Profile", "content"),
    Rule("SecurityRisk", "warning", (VALIDATOR, READERS), "readers cut the element out, or refuse the feed",
         "replace it by a link or a picture", "feed validator", "content"),
    Rule("SecurityRiskAttr", "warning", (VALIDATOR, READERS), "readers cut the attribute out, or refuse the feed",
         "remove it", "feed validator", "content"),
    Rule("DangerousStyleAttr", "warning", (VALIDATOR, READERS), "such a style can draw over the reader itself",
         "remove the property", "feed validator", "content"),
    Rule("NotHtml", "warning", (VALIDATOR, READERS), "readers know HTML and nothing else",
         "use HTML elements, a picture for SVG and MathML", "feed validator", "content"),
    Rule("MissingAlt", "warning", (SEARCH, READERS), "whoever cannot see the picture is told nothing",
         'describe it: ![description](picture.png); alt="" if it only decorates', "HTML §4.8.4.4, WCAG 1.1.1",
         "content"),
    Rule("MissingDimensions", "notice", (READERS, SEARCH), "text jumps when the picture arrives",
         "give img a width and a height", "HTML §4.8.17", "content"),
    Rule("InsecureMedia", "warning", (READERS, MSN), "pages at https do not load http pictures and sound, or warn",
         "use https", "Mixed Content", "content"),
    Rule("InsecureLink", "notice", (MSN,), "the link goes over a line that anybody can read and change",
         "use https where the other side has it", "Secure Contexts; MSN", "content"),
    # -- what there should be ------------------------------------------------------------------------------------
    Rule("MissingTitle", "warning", (READERS, SEARCH), "a list of headlines shows an address in its place",
         "write a title", "JSON Feed 1.1, HTML §4.2.2", "title"),
    Rule("MissingDescription", "warning", (SEARCH, SOCIAL), "a preview has nothing to say", "write a description",
         "RSS 2.0, Google: snippets", "summary"),
    Rule("MissingImage", "warning", (MSN, SMARTNEWS, FEEDLY), "a post without a picture is left out, or shown small",
         "add image to the front matter", "consumer profiles", "image", ("msn", "smartnews", "feedly")),
    Rule("MissingFullText", "warning", (NAVER, SMARTNEWS), "the consumer wants the article, not its beginning",
         "set feed.full_text, or raise feed.byte_budget", "consumer profiles", "content", ("naver", "smartnews")),
    Rule("MissingLogo", "warning", (SMARTNEWS,), "the channel is refused without a logo", "set site.logo to a PNG",
         "SmartFormat", "", ("smartnews",)),
    Rule("MissingTtl", "warning", (SMARTNEWS,), "the consumer does not know how often to come", "set feed.ttl",
         "SmartFormat", "", ("smartnews",)),
    Rule("FeedOtherHost", "warning", (NAVER,), "feeds are accepted on the registered host only",
         "mount the service below site.url", "Naver Search Advisor", "", ("naver",)),
    # -- how much there may be -----------------------------------------------------------------------------------
    Rule("TitleTooLong", "warning", (MSN,), "the title is cut, or the post refused", "write a shorter title",
         "consumer profiles", "title", ("msn",)),
    Rule("ItemTooLarge", "warning", (GOOGLE_NEWS,), "the consumer drops the item",
         "set full_text: false for the post, or split it", "Publisher Center", "content"),
    Rule("FeedTooLarge", "warning", (GOOGLE_NEWS, VALIDATOR, MINIFLUX), "the consumer drops the feed",
         "lower feed.window or feed.byte_budget", "Publisher Center, feed validator, Miniflux"),
    Rule("TooManyItems", "warning", (GOOGLE_NEWS,), "the consumer reads the first ones only", "lower feed.window",
         "Publisher Center", "", ("google-news",)),
)
# fmt: on
