"""The processes that fill an index, write its sitemaps, look into them, and add a post; each says what it took.

Run as ``python -m bench.sitemap_steps STEP DIRECTORY POSTS``; prints facts by name as JSON. Seconds begin after the
imports. Ends with one line where a step does not come out as it must.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import unquote

from bench import archive
from bench.archive import Archive
from bench.plan import CATEGORIES
from schemas import Kind, problems
from service.build import MANIFEST, Built, build
from service.documents import Selection
from service.index import Index
from service.index.records import NEWS_SPAN
from service.publisher import Publisher
from service.settings import load

Facts = dict[str, float]

_SOURCE: Final = "archive"
_CATEGORY_PAGE: Final = "/categories/:slug/"
_INDEX_ROOT: Final = b"<sitemapindex "
_SUFFIXES: Final = (".gz", ".br")
_LOC = re.compile(rb"<loc>([^<]*)</loc>")
_CHILD = re.compile(rb"<sitemap><loc>([^<]*)</loc><lastmod>([^<]*)</lastmod></sitemap>")
_LASTMOD = re.compile(rb"<lastmod>([^<]*)</lastmod>")
_POST = re.compile(r".*-([0-9]+)/")


def fill(directory: Path, posts: int) -> Facts:
    """Take in the whole archive as one scan does: one transaction."""
    made = Archive(posts)
    with closing(Index.open(_state(directory), writer=True)) as index:
        now = made.published(posts - 1)
        applied = index.apply(_SOURCE, made.puts(), now, context=archive.CONTEXT, facts=archive.FACTS)
    if applied.put != posts:
        _fail(f"{applied.put} of {posts} posts were taken in")
    return {"index": (_state(directory) / "index.db").stat().st_size}


def add(directory: Path, posts: int) -> Facts:
    """Take in the one post that comes later."""
    made = Archive(posts)
    with closing(Index.open(_state(directory), writer=True)) as index:
        began = time.perf_counter()
        index.apply(_SOURCE, [made.put(posts)], archive.NEXT, context=archive.CONTEXT, facts=archive.FACTS)
        return {"apply": time.perf_counter() - began}


def write(directory: Path, _: int) -> Facts:
    """Write the sitemaps of every channel, as ``feedmill build`` does with everything else left out."""
    settings = load({"service": {"state": str(_state(directory))}, "paths": {"category_page": _CATEGORY_PAGE}})
    with closing(Index.open(_state(directory))) as index:
        built = build(Publisher(index, settings), _out(directory), Selection(frozenset(("sitemap", "news"))))
    if built.broken:
        _fail(f"{len(built.broken)} documents are broken, such as {min(built.broken)}")
    return _facts(directory, built)


def rewrite(directory: Path, posts: int) -> Facts:
    """Write them again, and compare: one post changes the documents that speak of it, and no other."""
    before = _manifest(directory)
    facts = write(directory, posts)
    after = _manifest(directory)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    expected = set(_with_codings(_about(_out(directory), posts)))
    if changed != expected:
        _fail(f"one new post: {_some(changed - expected)} changed, {_some(expected - changed)} did not")
    return facts | {"changed": len(changed) // (1 + len(_SUFFIXES))}


def check(directory: Path, posts: int) -> Facts:
    """Measure every document by its schema, and compare what each channel lists with the archive."""
    made, out = Archive(posts), _out(directory)
    facts: Facts = {"urls": 0, "documents": 0}
    for place in sorted(path.parent for path in out.rglob("sitemap.xml")):
        found = _Listed(made, posts + 1)
        for body in _sitemaps(place, out):
            found.look(body)
            facts["documents"] += 1
        found.compare(place.relative_to(out).parts)
        facts["urls"] += found.urls
    _check_news(out, made)
    return facts


# -- what is listed --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Listed:
    """What the sitemaps of one channel list, beside what they must. A byte for each post of the archive."""

    made: Archive
    numbers: int
    urls: int = 0
    alternates: int = 0
    pictures: int = 0
    seen: bytearray = field(init=False)
    terms: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.seen = bytearray(self.numbers)

    def look(self, body: bytes) -> None:
        """Read one sitemap."""
        self.alternates += body.count(b"<xhtml:link ")
        self.pictures += body.count(b"<image:image>")
        for match in _LOC.finditer(body):
            self.urls += 1
            url = match[1].decode()
            post = _POST.fullmatch(url)
            if post is None:
                self.terms.add(url)
            elif url != self.made.url(int(post[1])) or self.seen[int(post[1])]:
                _fail(f"{url}: listed twice, or no page of the archive")
            else:
                self.seen[int(post[1])] = 1

    def compare(self, parts: tuple[str, ...]) -> None:
        """Refuse anything but the listed posts of the channel at a path, their pictures and their versions."""
        place, due, alternates, pictures = "/".join(parts), bytearray(self.numbers), 0, 0
        later = Archive(self.numbers)  # the archive with its later post: a version of it may be that
        for number in filter(archive.is_listed, _members(parts, self.numbers)):
            due[number] = 1
            pictures += archive.pictures_of(number)
            alternates += 3 if later.versions(number) == 2 else 0  # x-default is the third
        if self.seen != due:
            number = next(number for number in range(self.numbers) if self.seen[number] != due[number])
            _fail(f"{place}: {self.made.url(number)} is {'missing' if due[number] else 'listed'}")
        if (self.alternates, self.pictures) != (alternates, pictures):
            _fail(f"{place}: {self.alternates} alternates and {self.pictures} pictures, not {alternates}, {pictures}")
        wanted = {"categories": 1, "languages": 0}.get(place.partition("/")[0], 1 + CATEGORIES)
        if len(self.terms) != wanted:
            _fail(f"{place}: pages of {len(self.terms)} terms, not {wanted}: {_some(self.terms)}")


def _members(parts: tuple[str, ...], numbers: int) -> Iterable[int]:
    """Which of so many posts stand in the channel at a path."""
    match parts:
        case ("categories", name):
            return range(int(name.removeprefix("분류")), numbers, CATEGORIES)
        case ("languages", name):
            return (number for number in range(numbers) if archive.language_of(number) == name)
        case _:
            return range(numbers)


def _sitemaps(place: Path, out: Path) -> Iterator[bytes]:
    """The sitemaps of a channel, each valid; an index names all of them that are there, and dates none too early."""
    body = _valid(place / "sitemap.xml")
    files = {path for path in place.glob("sitemap-*.xml") if not path.name.startswith("sitemap-news")}
    if _INDEX_ROOT not in body[:200]:
        if files:
            _fail(f"{place}: shards without an index: {_some(path.name for path in files)}")
        yield body
        return
    for match in _CHILD.finditer(body):
        path = out / unquote(match[1].decode().removeprefix(f"{archive.SITE}/"))
        if path not in files:
            _fail(f"{place}: the index names {match[1].decode()} twice, or it is not there")
        files.remove(path)
        child = _valid(path)
        if max(_LASTMOD.findall(child), default=b"") > match[2]:
            _fail(f"{path}: holds a later page than the index says")
        yield child
    if files:
        _fail(f"{place}: the index does not name {_some(path.name for path in files)}")


def _valid(path: Path) -> bytes:
    body = path.read_bytes()
    kind: Kind = "sitemap-index" if _INDEX_ROOT in body[:200] else "sitemap"
    found = problems(kind, body)
    if found:
        _fail(f"{path}: {found[0]} (and {len(found) - 1} more)")
    return body


def _check_news(out: Path, made: Archive) -> None:
    """The posts of the last two days, the later one among them: fewer than 1,000 in every plan, so in one sitemap."""
    body = _valid(out / "sitemap-news.xml")
    start = archive.NEXT - NEWS_SPAN
    first = next(number for number in range(made.posts, -1, -1) if made.published(number - 1) <= start)
    wanted = [made.url(number) for number in range(made.posts, first - 1, -1) if archive.is_listed(number)]
    if [url.decode() for url in _LOC.findall(body)] != wanted:
        _fail(f"sitemap-news.xml does not list the {len(wanted)} posts of the last two days")


# -- what one post changes -------------------------------------------------------------------------------------------


def _about(out: Path, number: int) -> Iterator[str]:
    """The documents that speak of the post that comes last: the site's, those of its category and of its language."""
    yield "sitemap-news.xml"
    places = ("", f"categories/분류{archive.category_of(number)}/", f"languages/{archive.language_of(number)}/")
    for place in places:
        yield f"{place}sitemap.xml"
        shards = [int(path.stem.rpartition("-")[2]) for path in (out / place).glob("sitemap-[0-9]*.xml")]
        if shards:
            yield f"{place}sitemap-{max(shards)}.xml"
            if (out / place / "sitemap-terms-1.xml").exists():
                yield f"{place}sitemap-terms-1.xml"


def _with_codings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from (name + suffix for suffix in ("", *_SUFFIXES))


def _facts(directory: Path, built: Built) -> Facts:
    shards = [name for name in built.files if re.search(r"sitemap-[0-9]+\.xml$", name)]
    plain = [name for name in built.files if name.endswith(".xml")]
    sizes = [(_out(directory) / name).stat().st_size for name in plain]
    return {
        "documents": built.documents,
        "shards": sum("/" not in name for name in shards),
        "channel shards": sum("/" in name for name in shards),
        "bytes": sum(sizes),
        "largest": max(sizes),
        "written": built.written,
    }


def _manifest(directory: Path) -> dict[str, str]:
    said: dict[str, str] = json.loads((_out(directory) / MANIFEST).read_text("utf-8"))
    return said


def _state(directory: Path) -> Path:
    return directory / "state"


def _out(directory: Path) -> Path:
    return directory / "out"


def _some(names: Iterable[str]) -> str:
    first = sorted(names)
    return ", ".join(first[:3]) + (f" and {len(first) - 3} more" if len(first) > 3 else "") if first else "nothing"


def _fail(line: str) -> NoReturn:
    raise SystemExit(line)


STEPS: Final[dict[str, Callable[[Path, int], Facts]]] = {
    step.__name__: step for step in (fill, add, write, rewrite, check)
}


def main(step: str, directory: Path, posts: int) -> None:
    """Do one step and print its facts, with the seconds and the megabytes that it took."""
    imports, began, worked = _peak(), time.perf_counter(), time.process_time()
    facts = STEPS[step](directory, posts)
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    print(json.dumps(facts | {"seconds": seconds, "processor": processor, "peak": _peak(), "imports": imports}))


def _peak() -> float:
    """Megabytes; on Linux never less than those of the process that started this one."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
