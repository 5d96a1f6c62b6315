"""``feedmill check``: what is wrong with the content, and with every document that is made of it.

Each post is rendered and judged once, by itself; then every document is built and judged, without the entries that
stood in another document before. What is said about an entry is led back to the file it came from, and said once,
however many documents repeat it. The rules are those of ``schemas.lint``. Refuses to change anything, and to fetch.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from feeds.text import single_line
from feeds.uri import ascii_id, ascii_url
from schemas.lint import CONSUMERS, Circumstances, Entry, Finding, lint, lint_entry
from service import logs, preflight, report
from service.build import file_name, targets
from service.commands import Echo, indexed, published
from service.content.render import Rendering
from service.errors import Problem, SourceUnavailable, StorageUnavailable, UsageError, once_each
from service.index import Index, Row
from service.index.census import census
from service.lock import holder
from service.paths import Target
from service.publisher import Publisher
from service.runtime import Opened, open_sources, with_state
from service.settings import Settings
from service.site_checks import NO_URL, NOWHERE, SITE_CHECKS
from service.sources.dialects import detected_at
from service.state_home import state_directory

KINDS: Final[dict[str, str]] = {
    "": "page",
    "rss.xml": "rss",
    "atom.xml": "atom",
    "feed.json": "json",
    "sitemap.xml": "sitemap",
    "sitemap-N.xml": "sitemap",
    "sitemap-terms-N.xml": "sitemap",
    "sitemap-news.xml": "sitemap",
    "sitemap-news-N.xml": "sitemap",
    "meta.html": "head",
    "meta/P.html": "head",
    "meta.json": "metadata",
    "meta/P.json": "metadata",
    "embed.html": "page",
    "embed.json": "embed",
    "robots.txt": "robots",
    "opml.xml": "opml",
}
"""A document's name (``service.paths``) to its kind in ``schemas.lint``; others are not judged."""

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("guid", "id", "uuid"),
    "link": ("permalink", "url", "slug"),
    "title": ("title",),
    "summary": ("description", "excerpt", "summary"),
    "image": ("image", "cover", "thumbnail"),
    "date": ("date", "last_modified_at", "updated", "lastmod"),
    "author": ("author", "authors"),
    "enclosure": ("enclosure", "audio", "podcast"),
    "category": ("category", "categories", "tags"),
}
"""What a rule is about to the keys of front matter that say it."""

NAMED: Final = 2
"""Further documents with the same fault that a message names."""

_MATTER: Final = re.compile(r"\s*(---|\+\+\+|\{)\s*\n")
_ENDS: Final = {"---": "\n---", "+++": "\n+++", "{": "\n}"}


def check_content(settings: Settings, echo: Echo, *, strict: bool, form: str, profiles: tuple[str, ...] = ()) -> int:
    """Report every problem of content and documents; the exit code of the command.

    Works in a state directory of its own that is removed at the end, unless one is named; where a worker holds that
    one, its index is read as it is. Raises UsageError for a profile that nobody has, SourceUnavailable where a source
    cannot be read.
    """
    wanted, given = chosen_profiles(profiles), settings
    logs.configure("error")
    with contextlib.ExitStack() as stack:
        if settings.service.state is None:
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="feedmill-check-"))
            settings = with_state(settings, Path(place))
        opened = open_sources(settings, lambda: NOWHERE)
        index = stack.enter_context(_index(opened))
        now = datetime.now(UTC)
        publisher = Publisher(index, opened.settings)
        problems = [
            *index.problems(),
            *checked(publisher, now, wanted),
            *map(preflight.problem, preflight.beside(given)),
        ]
        if opened.settings.site.url == NOWHERE and not settings.site.url:
            problems.append(NO_URL)
        posts = census(index, now)
        read_as = tuple(str(found) for source in opened.settings.source if (found := detected_at(source)))
    base = ""
    if form in ("github", "sarif"):  # read by programs that know a checkout, not what we call the content's root
        roots = [source.path.resolve() for source in settings.source if source.path]
        problems, base = seen_from(Path.cwd().resolve(), roots, problems)
    echo(report.FORMATS[form](problems, report.About(posts, base, read_as)))
    return report.exit_code(problems, strict=strict)


@contextlib.contextmanager
def _index(opened: Opened) -> Iterator[Index]:
    """The content as it is now; where a worker holds the state directory, as that worker last saw it."""
    if holder(state_directory(opened.settings)) is not None:
        with published(opened) as index:
            yield index
        return
    with indexed(opened, force=True) as (index, done):
        failed = [source for source in done.sources if source.error]
        if len(failed) == len(done.sources):  # else each is a line of the report
            raise SourceUnavailable("; ".join(f"{source.name}: {source.error}" for source in failed))
        yield index


def seen_from(here: Path, roots: list[Path], problems: Iterable[Problem]) -> tuple[list[Problem], str]:
    """Problems with the paths of content as they are from ``here``, where it lies below; and from where paths count, as
    a URI ("" where they count from several directories). All paths given are absolute."""
    below = [root for root in roots if root.is_relative_to(here)]
    found = []
    for problem in problems:
        said = Path(problem.path)
        if said.is_absolute():  # the settings' file
            path = said.relative_to(here).as_posix() if said.is_relative_to(here) else problem.path
            found.append(replace(problem, path=path))
            continue
        root = next((root for root in roots if (root / problem.path).is_file()), None)
        moved = root is not None and root in below
        path = (root / problem.path).relative_to(here).as_posix() if root and moved else problem.path
        found.append(replace(problem, path=path))
    base = here if len(below) == len(roots) else roots[0] if len(roots) == 1 else None
    return found, f"{base.as_uri().rstrip('/')}/" if base else ""


def chosen_profiles(names: Iterable[str]) -> frozenset[str]:
    """The profiles, all of them known. Raises UsageError, which lists those there are."""
    wanted = frozenset(names)
    unknown = sorted(wanted - CONSUMERS.keys())
    if unknown:
        more = once_each("--profile", unknown[0])
        raise UsageError(f"--profile {unknown[0]!r}: nobody is called so; there are {', '.join(CONSUMERS)}{more}")
    return wanted


def checked(publisher: Publisher, now: datetime, profiles: frozenset[str] = frozenset()) -> list[Problem]:
    """What is wrong with posts and documents of a publisher, each fault once; the index's own problems excluded."""
    about = Circumstances(site=publisher.site().url, now=now, profiles=profiles, cross_submitted=True, ours=True)
    report_ = _Report(publisher)
    for row, text, rendering in _renderings(publisher):
        report_.add_post(row, text)
        report_.say(Problem(row.locator, 0, 0, "warning", code, message) for code, message in rendering.problems)
        in_feeds = row.fields.visibility == "public"
        entry = _entry(row, rendering)
        found = lint_entry(entry, about) if in_feeds else lint("content", entry.html.encode(), about)
        for finding in found:
            report_.add(finding, row.locator, text)
    seen: set[bytes] = set()
    for target in targets(publisher):
        kind = KINDS.get(target.document)
        try:
            document = publisher.document(target) if kind else None
        except StorageUnavailable:
            raise
        except Exception as error:  # one document that cannot be made is a line in the report
            message = f"the document cannot be made: {type(error).__name__}: {error}"
            report_.say([Problem(file_name(target), 0, 0, "error", "document-failed", message, "report it")])
            continue
        if kind is None or document is None:
            continue
        here = replace(about, url=publisher.heading().address(target), media_type=document.media_type)
        for finding in lint(_kind_of(kind, document.body), document.body, here, seen):
            report_.add_of_document(finding, target)
    for check in SITE_CHECKS:
        report_.say(check(publisher))
    return report_.problems()


def _kind_of(kind: str, body: bytes) -> str:
    """A sitemap is an index where it says so."""
    return "sitemap-index" if kind == "sitemap" and b"<sitemapindex" in body[:512] else kind


def _renderings(publisher: Publisher) -> Iterator[tuple[Row, str, Rendering]]:
    for rows, texts in publisher.index.everything():
        for row in rows:
            text = texts[row.number]
            yield row, text, publisher.posts.rendering(row, text, publisher.index.context(row.source))


def _entry(row: Row, rendering: Rendering) -> Entry:
    """A post as its entries will say it."""
    fields = row.fields
    url = ascii_url(fields.url)
    title = single_line(fields.title)
    return Entry(
        id=ascii_id(single_line(fields.id)),
        url=url,
        title=title or url,
        html=rendering.html,
        summary=rendering.summary,
        image=ascii_url(fields.images[0].url) if fields.images else "",
        octets=sum(len(part.encode()) for part in (title, rendering.html, rendering.summary)),
        whole=fields.full_text,
    )


@dataclass(slots=True)
class _Report:
    """What was found so far, each fault of a post or of the documents once."""

    publisher: Publisher
    _places: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Id, URL and page path of each post to its number and its file."""
    _of_posts: dict[tuple[str, str], Problem] = field(default_factory=dict)
    """By file and rule."""
    _of_documents: dict[str, tuple[Problem, list[str]]] = field(default_factory=dict)
    """By rule, with the other documents that have it."""
    _given_ids: dict[str, Finding] = field(default_factory=dict)
    """By file, ids that look like links and that nobody wrote there: a line for each cause, as one thing mends all."""
    _addresses: dict[str, str] = field(default_factory=dict)
    """By file, where the posts are that may have such an id."""
    _said: list[Problem] = field(default_factory=list)

    def add_post(self, row: Row, text: str) -> None:
        """Remember where a post came from."""
        del text  # its lines are looked up when there is something to say about them
        url, id_ = ascii_url(row.fields.url), ascii_id(single_line(row.fields.id))
        if id_ != url:
            self._addresses[row.locator] = url
        part = self.publisher.heading().page_of(row.fields.url)
        for key in (url, id_, f"meta/{part}"):
            self._places.setdefault(key, (row.number, row.locator))

    def say(self, problems: Iterable[Problem]) -> None:
        """Take problems as they are."""
        self._said.extend(problems)

    def add(self, finding: Finding, locator: str, text: str) -> None:
        """A fault of a post whose source is at hand."""
        key = (locator, finding.rule)
        if finding.rule == "GuidLooksLikeLink" and not _line_of_key(_matter(text), "id"):
            self._given_ids.setdefault(locator, finding)
        elif key not in self._of_posts:
            line = line_in(text, finding)
            self._of_posts[key] = _problem(finding, locator, line)

    def add_of_document(self, finding: Finding, target: Target) -> None:
        """A fault of a document: of the post it is about where that is known, else of the document itself."""
        entry = finding.entry or (f"meta/{target.part}" if target.document.startswith("meta/P") else "")
        place = self._places.get(entry)
        if place is not None:
            number, locator = place
            said = locator in self._given_ids and finding.rule == "GuidLooksLikeLink"
            if not said and (locator, finding.rule) not in self._of_posts:
                self.add(finding, locator, self.publisher.index.texts([number]).get(number, ""))
            return
        name = file_name(target)
        known = self._of_documents.get(finding.rule)
        if known is None:
            self._of_documents[finding.rule] = (_problem(finding, name, finding.line), [])
        elif name not in (known[0].path, *known[1][-1:]):
            known[1].append(name)

    def problems(self) -> list[Problem]:
        """All of it."""
        ids = _of_given_ids([(finding, self._addresses.get(file, "")) for file, finding in self._given_ids.items()])
        return [*self._said, *ids, *self._of_posts.values(), *map(_with_others, self._of_documents.values())]


def _of_given_ids(found: list[tuple[Finding, str]]) -> list[Problem]:
    """A line for each cause, with an example: ids made of the posts' addresses (found with them), and all others."""
    causes: tuple[list[Finding], list[Finding]] = [], []
    for finding, url in found:
        causes[_dirname(finding.subject) != _dirname(url)].append(finding)
    return [
        replace(
            _problem(findings[0], "site", 0),
            message=f"{what} ({report.counted(len(findings), 'post')}, such as {findings[0].subject}): {_OPENED}",
            hint=f"leave them: a new id shows a post again; {mend}",
        )
        for findings, (what, mend) in zip(causes, (_MADE_OF_ADDRESSES, _OF_ELSEWHERE), strict=True)
        if findings
    ]


_MADE_OF_ADDRESSES: Final = (
    "ids are the posts' addresses but for their ends, as jekyll-feed makes them",
    "let your host answer there, too",
)
_OF_ELSEWHERE: Final = (
    "ids are links that are not the posts', from before they moved or from their upstream",
    "let the old addresses lead to the new ones",
)
_OPENED: Final = "some readers open them in the place of the links"


def _dirname(url: str) -> str:
    return url.rstrip("/").rpartition("/")[0]


def _with_others(found: tuple[Problem, list[str]]) -> Problem:
    problem, others = found
    if not others:
        return problem
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    return replace(problem, message=f"{problem.message}; also in {', '.join(others[:NAMED])}{more}")


def _problem(finding: Finding, path: str, line: int) -> Problem:
    return Problem(
        path, line, int(line > 0), finding.level, finding.rule, finding.message, finding.mend, finding.consumers
    )


def line_in(text: str, finding: Finding) -> int:
    """The line of a post's source that a finding is about, from 1; 0 where it cannot be told.

    That of the key of front matter that says it, else the first line on which the text at fault stands.
    """
    matter = _matter(text)
    line, end = _line_of_key(matter, finding.about), len(matter)
    if line:
        return line
    for written in _spellings(finding.subject):
        place = text.find(written, end if finding.about == "content" else 0)
        if place >= 0:
            return text.count("\n", 0, place) + 1
    return 0


def _matter(text: str) -> str:
    """A post's front matter, opening line and all; "" where it has none."""
    opening = _MATTER.match(text)
    end = text.find(_ENDS[opening[1]], opening.end() - 1) if opening else -1
    return text[: max(end, 0)]


def _line_of_key(matter: str, about: str) -> int:
    """The line of the first key that says what a rule is about; 0 where none does."""
    for key in KEYS.get(about, ()):
        found = re.search(rf"^\s*[\"']?{key}[\"']?\s*[:=]", matter, re.MULTILINE | re.IGNORECASE)
        if found:
            return matter.count("\n", 0, found.end()) + 1
    return 0


def _spellings(subject: str) -> Iterator[str]:
    """How the author may have written what stands in a document: whole, decoded, without its host, by its last name."""
    if len(subject) < 2:
        return
    yield subject
    decoded = unquote(subject)
    yield decoded
    _, scheme, rest = decoded.partition("://")
    if scheme:
        path = rest.partition("/")[2]
        if path:
            yield path
            name = path.rstrip("/").rpartition("/")[2]
            if len(name) > 2:
                yield name
