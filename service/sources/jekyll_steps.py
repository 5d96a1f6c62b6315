"""What is known of a Jekyll document after each step of understanding it (:mod:`service.sources.jekyll`)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from feeds.model import Author
from service.content.front_matter import FrontMatter
from service.content.scalars import Value
from service.errors import Problem
from service.sources.jekyll_layout import Document
from service.sources.keys import Keys
from service.sources.source import Markup, Treatment, Visibility


class Settled(NamedTuple):
    """What a post is told by in another way than a page. ``url`` is below ``baseurl``."""

    id: str
    url: str
    path: str | None
    """What ``url`` is decoded, where that is known."""
    title: str
    published: datetime | None
    future: bool
    visibility: Visibility
    belongs: bool
    error: bool
    """The page that servers show where there is none."""
    authors: tuple[Author, ...]
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    explicit_id: bool = False


class FileKind(NamedTuple):
    """What the files of one collection with one extension have in common."""

    markup: Markup
    output_ext: str
    """What they become, unless a permalink of their own says otherwise."""
    permalink: str
    visibility: Visibility
    """That of one that hides in no way."""


class Read(NamedTuple):
    """A file's own words, with what is known of its body and its kind."""

    document: Document
    matter: FrontMatter
    keys: Keys
    kind: FileKind
    default_categories: Value
    liquid: bool
    treatment: Treatment
    faults: tuple[Problem, ...]
