"""What our HTML documents share: the template environment, its filters, and a policy that names a style by its hash.

A document holds no script and nothing from elsewhere but pictures; its one style sheet stands inside it. Refuses to
know what any page shows.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from feeds.formats import FORMATS
from feeds.uri import is_web_url

_FILES: Final = Path(__file__).with_name("templates")


def style(name: str) -> str:
    """A style sheet of ours, as it stands inside a document."""
    return _FILES.joinpath(name).read_text("utf-8")


def policy(style_sheet: str) -> str:
    """The Content-Security-Policy of a document whose only style sheet is ``style_sheet``; nothing about framing."""
    digest = base64.b64encode(hashlib.sha256(style_sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src https: http:; base-uri 'none'; form-action 'none'"


def environment(style_sheet: str) -> Environment:
    """Templates that escape everything; ``style`` and ``policy`` are those of ``style_sheet``."""
    made = Environment(
        loader=PackageLoader("service"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters.update(day=_day, near=_near, web=_web, number="{:,}".format)
    made.globals.update(
        formats=FORMATS,
        policy=policy(style_sheet),
        style=Markup(style_sheet),  # noqa: S704 - our own file; escaping it would change the hashed bytes
    )
    return made


def zone(name: str) -> tzinfo:
    """The publication's zone; UTC where the content names one that does not exist."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def is_korean(language: str) -> bool:
    """Whether a page in this language speaks Korean; every other speaks English."""
    return language.lower().split("-")[0] == "ko"


def _day(moment: datetime, where: tzinfo) -> str:
    """The calendar day where the publication is: the form that Korean and English readers share."""
    try:
        return moment.astimezone(where).date().isoformat()
    except OverflowError:  # the first or last day of the calendar: "0001-01-01" is what no date looks like in Go
        return moment.date().isoformat()


def _web(url: str) -> str:
    """A URL that may stand in a link; empty for every other, such as ``javascript:``."""
    return url if is_web_url(url) else ""


def _near(url: str, page_url: str) -> str:
    """A URL of the service as a page of it links to it: relative, so that a link works wherever the page is seen.

    A newsroom that is tried out on a loopback address, or behind another name, stays browsable; what is shown to be
    copied is the absolute address all the same.
    """
    there, here = urlsplit(url), urlsplit(page_url)
    if there[:2] != here[:2]:
        return url
    folder = here.path.rpartition("/")[0] + "/"
    path = posixpath.relpath(there.path or "/", folder)
    return f"{path}/" if there.path.endswith("/") else path
