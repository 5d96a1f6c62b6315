"""Hypothesis strategies: posts as a scan yields them, what a site says of itself, and settings, with any text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from feeds.model import Author, Enclosure, Image
from feeds.uri import ascii_url
from service.settings import Settings
from service.sources.source import Fields, Put, SiteFacts
from tests.feeds.strategies import labels, numbers, text
from tests.index.builders import NOW, SITE

CHANNELS = ("/", "/categories/news/", "/languages/en/")
CONSOLES = ("google", "bing", "yandex", "baidu", "naver", "pinterest", "facebook")


def whole(value: str) -> str:
    """Text as files can hold it: the index refuses half of a surrogate pair, and settings cannot say one."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


words = text.map(whole)
word_lists = labels.map(lambda found: tuple(map(whole, found)))
optional = st.none() | words
near = st.integers(-9, 9).map(lambda hours: NOW - timedelta(hours=10 + hours))


def addresses(name: str) -> st.SearchStrategy[str]:
    """URLs of pages of the site: ASCII, as every source writes them."""
    return words.map(lambda path: ascii_url(f"{SITE}/{name}/{path}")).filter(bool)


urls = addresses("files")
people = st.lists(st.builds(Author, words, optional, st.none() | urls, st.none() | urls, words, words), max_size=2).map(
    tuple
)
images = st.builds(Image, urls, words, words, numbers, numbers, optional)
enclosures = st.builds(Enclosure, urls, words, numbers, words, numbers)


@st.composite
def posts(draw: st.DrawFn, /, name: str, **fixed: Any) -> Put:
    """A post, or a page that is none, in ``<name>.md``: out at NOW, with anything in any field."""
    values: dict[str, Any] = {
        "id": st.just(f"{SITE}/{name}") | words.map(lambda value: f"{name}{value}"),
        "url": addresses(name),
        "title": words,
        "published": near,
        "markup": st.sampled_from(("markdown", "html", "text")),
        "updated": st.none() | near,
        "language": optional | st.sampled_from(("ko", "en-GB", "zh-Hant")),
        "summary": optional,
        "authors": people,
        "categories": word_lists | st.just(("news",)),
        "tags": word_lists,
        "images": st.lists(images, max_size=2).map(tuple),
        "enclosures": st.lists(enclosures, max_size=2).map(tuple),
        "liquid": st.booleans(),
        "excerpt_separator": words,
        "treatment": st.sampled_from(("lazy", "deadline", "escape")),
        "full_text": st.booleans(),
        "canonical": st.none() | addresses("elsewhere"),
        "translation": words | st.just("one"),
        "aliases": st.lists(addresses(f"old-{name}"), max_size=2).map(tuple),
    }
    made = Fields(**{key: fixed[key] if key in fixed else draw(value) for key, value in values.items()}, **{
        key: value for key, value in fixed.items() if key not in values
    })  # fmt: skip
    return Put(f"{name}.md", f"{hash(made)}", made, draw(words))


sites = st.builds(
    SiteFacts,
    url=st.just(SITE),
    title=words,
    description=words,
    language=optional | st.just("ko"),
    timezone=words | st.just("Asia/Seoul"),
    authors=people,
    rights=words,
    icon=st.none() | urls,
    logo=st.none() | urls,
    feed_path=st.sampled_from(("", "/index.xml")),
    image=st.none() | urls,
    twitter=words,
    verification=st.lists(st.tuples(st.sampled_from(CONSOLES) | words, words), max_size=2).map(tuple),
    category_page=st.sampled_from(("", "/category/:name/", "/c/:slug.html", "/분류/:jekyll/")),
    tag_page=st.sampled_from(("", "/tag/:name/")),
)

_robot_paths = words.map(lambda path: "/" + "".join(path.split()).replace("#", "")).filter(str.isprintable)


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    """Settings that say anything a settings file can, where documents show it."""
    titled = st.fixed_dictionaries({}, optional={"title": words, "description": words, "full_text": st.booleans()})
    maybe = st.just("") | words
    author = st.fixed_dictionaries({"name": words, "email": optional})
    said = {
        "site": {
            "title": draw(maybe),
            "description": draw(maybe),
            "language": draw(st.none() | st.just("ko-KR")),
            "rights": draw(maybe),
            "authors": draw(st.lists(author, max_size=1)),
            "logo": draw(st.none() | st.just(f"{SITE}/로고.png")),
        },
        "metadata": {
            "article": draw(st.sampled_from(("NewsArticle", "BlogPosting", "Article"))),
            "twitter": draw(maybe),
            "fediverse": draw(maybe),
            "theme_color": draw(st.sampled_from(("", "#1a1a1a", "rgb(0 0 0 / 50%)"))),
            "verification": draw(st.dictionaries(st.sampled_from(CONSOLES), words, max_size=2)),
        },
        "news": {"name": draw(maybe), "language": draw(st.none() | st.just("ko"))},
        "robots": {
            "search": draw(st.sampled_from(("allow", "disallow"))),
            "ai": draw(st.sampled_from(("allow", "disallow"))),
            "disallow": draw(st.lists(_robot_paths, max_size=2)),
            "bots": draw(st.dictionaries(st.sampled_from(("Yeti", "*")), st.lists(_robot_paths, max_size=1))),
        },
        "feed": {"channels": draw(st.dictionaries(st.sampled_from(CHANNELS), titled, max_size=2))},
        "service": {"url": draw(st.sampled_from(("", "https://feeds.example.net/뉴스")))},
    }
    try:
        return Settings.model_validate(said)
    except ValidationError as error:  # a strategy that draws what no file can say would prove nothing
        raise AssertionError(str(error)) from None
