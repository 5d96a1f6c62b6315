"""The crawlers that robots.txt calls by name: product tokens (RFC 9309 §2.2.1) as their operators publish them.

Each token has the place beside it where its operator speaks of it ("as it calls itself": its user agent is all there
is). Those of language models were compared with the list of github.com/ai-robots-txt, those of Anthropic and Yandex
with their own pages, in copies of unknown age; the rest is from knowledge of the pages named. A token stands for its
family where its operator says so (``Googlebot`` for the ones of pictures and news, ``Yandex`` for all of Yandex).
Refuses to say who may come: that is robots.py.
"""

from __future__ import annotations

from typing import Final

SEARCH: Final = (
    "Googlebot",  # Google: developers.google.com, common crawlers; News, Image and Video fall back to it
    "bingbot",  # Microsoft: bing.com/webmasters, "Which crawlers does Bing use"; Ecosia and Yahoo buy from it
    "Yeti",  # Naver: searchadvisor.naver.com, robots.txt guide
    "Daumoa",  # Daum (Kakao): the name in Korean guides to robots.txt
    "Daum",  # the same crawler as it has called itself since 2020: "compatible; Daum/4.1"
    "Yandex",  # Yandex: yandex.com/support/webmaster, "The User-agent directive": all of its robots
    "Baiduspider",  # Baidu: help.baidu.com, "Baiduspider"
    "Slurp",  # Yahoo: help.yahoo.com, "Yahoo! Slurp"
    "DuckDuckBot",  # DuckDuckGo: duckduckgo.com/duckduckbot
    "Applebot",  # Apple (Siri, Spotlight, Safari): support.apple.com/en-us/119829
    "Sogou",  # Sogou: sogou.com/docs/help/webmasters.htm; token before the space of "Sogou web spider"
    "YisouSpider",  # Shenma (Alibaba), as it calls itself
    "PetalBot",  # Petal Search (Huawei): webmaster.petalsearch.com
    "SeznamBot",  # Seznam.cz: o-seznam.cz, "SeznamBot"
    "Qwantbot",  # Qwant: help.qwant.com/bot
    "MojeekBot",  # Mojeek: mojeek.com/bot.html
    "coccocbot",  # Coc Coc (Vietnam): help.coccoc.com/en/search-engine
)
"""Fill the index of a search engine."""

AI: Final = (
    "GPTBot",  # OpenAI, training: developers.openai.com, "Overview of OpenAI crawlers"
    "OAI-SearchBot",  # OpenAI, answers of ChatGPT: the same page
    "ChatGPT-User",  # OpenAI, at a user's request: the same page, which says that it may not obey
    "ClaudeBot",  # Anthropic, training: privacy.claude.com, article 8896518
    "Claude-SearchBot",  # Anthropic, answers: the same article
    "Claude-User",  # Anthropic, at a user's request: the same article
    "CCBot",  # Common Crawl, whose archive others train with: commoncrawl.org/ccbot
    "Google-Extended",  # Google, no crawler but a word about Gemini: developers.google.com, common crawlers
    "Google-CloudVertexBot",  # Google, agents of Vertex AI: the same page
    "GoogleOther",  # Google, research and development: the same page
    "Applebot-Extended",  # Apple, no crawler but a word about training: support.apple.com/en-us/119829
    "PerplexityBot",  # Perplexity, answers: docs.perplexity.ai, "Perplexity Crawlers"
    "Perplexity-User",  # Perplexity, at a user's request: the same page, which says that it does not obey
    "Bytespider",  # ByteDance, as it calls itself
    "meta-externalagent",  # Meta, training: developers.facebook.com, "Meta Web Crawlers"
    "meta-externalfetcher",  # Meta, at a user's request: the same page, which says that it may not obey
    "meta-webindexer",  # Meta, answers: the same page
    "Amazonbot",  # Amazon: developer.amazon.com/amazonbot
    "Amzn-SearchBot",  # Amazon, answers: the same page
    "DuckAssistBot",  # DuckDuckGo, answers: duckduckgo.com/duckassistbot
    "MistralAI-User",  # Mistral, at a user's request: docs.mistral.ai/robots
    "cohere-training-data-crawler",  # Cohere, training, as it calls itself
    "Diffbot",  # Diffbot, data for models: docs.diffbot.com
    "Timpibot",  # Timpi, an index sold for training: timpi.io
    "Webzio-Extended",  # Webz.io, no crawler but a word about training: webz.io/bot
    "YouBot",  # You.com, answers: about.you.com/youbot
)
"""Train language models, or fetch what they answer with."""

VISITORS: Final = (
    "facebookexternalhit",  # Meta, previews of shared links: developers.facebook.com, "Meta Web Crawlers"
    "Twitterbot",  # X, cards: developer.x.com, "Getting started with cards"
    "LinkedInBot",  # LinkedIn, previews, as it calls itself
    "Slackbot",  # Slack, previews: api.slack.com/robots
    "Discordbot",  # Discord, previews: as it calls itself ("Discordbot/2.0; +discordapp.com")
    "TelegramBot",  # Telegram, previews, as it calls itself
    "WhatsApp",  # WhatsApp, previews, as it calls itself
    "kakaotalk-scrap",  # KakaoTalk, previews: developers.kakao.com, "kakaotalk-scrap/1.0"
    "Pinterestbot",  # Pinterest: help.pinterest.com, "Pinterest crawler"
    "Feedly",  # feed readers, as their user agents begin (features.md §4)
    "Feedbin",
    "NewsBlur",
    "Miniflux",
    "FreshRSS",
)
"""Fetch what a person shared or subscribed to, and fill no index."""
