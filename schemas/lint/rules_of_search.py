"""Rules for sitemaps, robots.txt and the metadata of pages: rows of the registry."""

from __future__ import annotations

from typing import Final

from schemas.lint.consumers import GOOGLE_NEWS, NAVER, READERS, SEARCH, SOCIAL
from schemas.lint.findings import Rule

_S = (SEARCH,)
_MAP = "sitemaps.org 0.9"
_OG = "ogp.me"

# A table, a row a rule.
# fmt: off
ROWS: Final = (
    # -- sitemaps ------------------------------------------------------------------------------------------------
    Rule("SitemapTooManyUrls", "error", _S, "a sitemap has at most 50,000 URLs, an index as many sitemaps", "split it",
         _MAP),
    Rule("SitemapTooLarge", "error", _S, "a sitemap has at most 52,428,800 octets", "split it", _MAP),
    Rule("SitemapRelativeUrl", "error", _S, "a URL in a sitemap is absolute", "write scheme and host", _MAP),
    Rule("SitemapUrlTooLong", "error", _S, "a URL in a sitemap has fewer than 2,048 characters", "shorten it", _MAP),
    Rule("SitemapUriNotIri", "error", _S, "a URL in a sitemap is an ASCII URI", "percent-encode it", _MAP),
    Rule("SitemapOtherHost", "error", _S, "URLs of another host are ignored",
         "name the sitemap in the robots.txt of that host, or serve it there", _MAP),
    Rule("SitemapOutsideDirectory", "warning", _S, "pages above the sitemap's own directory are ignored",
         "name the sitemap in robots.txt, or serve it at the root", _MAP),
    Rule("SitemapDuplicateUrl", "warning", _S, "a page is listed twice", "remove one", _MAP),
    Rule("SitemapInvalidDate", "error", _S, "lastmod is a W3C date", "write 2024-01-01 or 2024-01-01T03:00:00Z", _MAP),
    Rule("SitemapFutureDate", "warning", _S, "search engines stop believing dates that cannot be true",
         "mend the post's date", "Google: build a sitemap"),
    Rule("SitemapIgnoredElement", "notice", _S, "priority and changefreq are read by nobody", "leave them out",
         "Google: build a sitemap"),
    Rule("SitemapNestedIndex", "error", _S, "an index lists sitemaps, not indexes", "list the sitemaps themselves",
         _MAP),
    Rule("SitemapTooManyImages", "error", _S, "a URL has at most 1,000 pictures", "list fewer", "Google: images"),
    Rule("SitemapDeprecated", "notice", _S, "the element was withdrawn and is ignored", "leave it out",
         "Google, 2022-05-06"),
    Rule("AlternateMissesItself", "warning", _S, "a page that is not among its own translations loses them all",
         "list the page itself", "Google: localized versions"),
    Rule("AlternateNotReciprocal", "warning", _S, "a translation that does not point back is not believed",
         "give both the same alternates", "Google: localized versions"),
    Rule("AlternateInvalidLanguage", "error", _S, "hreflang is a language tag or x-default", "write it as in ko-KR",
         "Google: localized versions"),
    Rule("NewsTooMany", "error", (GOOGLE_NEWS,), "a news sitemap has at most 1,000 articles", "split it",
         "Google: news sitemap"),
    Rule("NewsTooOld", "warning", (GOOGLE_NEWS,), "a news sitemap has the articles of the last two days", "remove it",
         "Google: news sitemap"),
    Rule("NewsInvalidLanguage", "error", (GOOGLE_NEWS,), "ISO 639, two or three letters, or zh-cn, zh-tw",
         "write it as in ko", "Google: news sitemap"),
    # -- robots.txt ----------------------------------------------------------------------------------------------
    Rule("RobotsRelativeSitemap", "error", (SEARCH, NAVER), "a Sitemap line has an absolute URL",
         "write scheme and host", "RFC 9309, sitemaps.org"),
    Rule("RobotsTooLarge", "warning", (SEARCH, NAVER), "crawlers read the first 500 KiB", "shorten it",
         "RFC 9309 §2.5"),
    Rule("RobotsRuleWithoutAgent", "warning", (SEARCH, NAVER), "a rule before the first User-agent is ignored",
         "put it below one", "RFC 9309 §2.2"),
    # -- metadata of pages ---------------------------------------------------------------------------------------
    Rule("MissingCanonical", "warning", _S, "copies of the page compete with it", "add link rel=canonical", "RFC 6596"),
    Rule("RelativeMetadataUrl", "error", (SOCIAL, SEARCH), "previews resolve no relative URL", "write the absolute URL",
         _OG),
    Rule("DuplicateMetadata", "warning", (SEARCH, SOCIAL), "of two values either is taken", "keep one",
         f"{_OG}, HTML §4.2.5"),
    Rule("OpenGraphMissing", "warning", (SOCIAL,), "og:title, og:type and og:url make a preview", "add it", _OG),
    Rule("OpenGraphMissingImage", "notice", (SOCIAL, NAVER), "a preview without a picture is passed over",
         "add image to the front matter, or one for all pages to the settings", _OG, "image"),
    Rule("OpenGraphOrder", "warning", (SOCIAL,), "a structured property belongs to the root before it",
         "put it directly after its root", _OG),
    Rule("OpenGraphAttribute", "warning", (SOCIAL,), "og:* goes with property=, twitter:* with name=",
         "use the right attribute", f"{_OG}, X"),
    Rule("OpenGraphMissingAlt", "notice", (SOCIAL,), "whoever cannot see the preview is told nothing",
         "give the post's picture an alt text", _OG),
    Rule("OpenGraphLocale", "warning", (SOCIAL,), "og:locale is written with an underscore", "write ko_KR", _OG),
    Rule("TwitterMissing", "warning", (SOCIAL,), "without a card and a title the link stands bare",
         "add twitter:card and twitter:title", "X: cards"),
    Rule("TwitterTooLong", "notice", (SOCIAL,), "longer texts are cut: title 70, description 200, alt 420 characters",
         "nothing, if the beginning says it", "X: cards"),
    Rule("JsonLdInvalid", "error", _S, "a script of JSON-LD that is not JSON is ignored", "report it with the page",
         "JSON-LD 1.1"),
    Rule("JsonLdHeadline", "notice", (SEARCH, GOOGLE_NEWS), "headlines above 110 characters are cut",
         "write a shorter title", "Google: Article", "title"),
    Rule("JsonLdRecommended", "warning", _S, "an article without author, headline or date gets no rich result",
         "write it in the front matter", "Google: Article"),
    Rule("MissingLanguage", "warning", (SEARCH, READERS), "a voice reads the page in the wrong language",
         "set site.language", "HTML §3.2.6.2"),
)
# fmt: on
