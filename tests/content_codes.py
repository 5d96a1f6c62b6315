"""What ``check`` says of content, by its code, for ``docs/rules.md``; and how the codes are collected from the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SERVICE: Final = Path(__file__).parent.parent / "service"

_SAYING: Final = frozenset(
    (
        *("Problem", "problem", "_problem", "warn", "note", "_notice", "report", "rejected", "_rejected", "refuse"),
        *("_refuse", "DateError", "Unreadable", "_Unrenderable", "Fault", "_fault"),
    )
)
"""Functions that are given a code."""

_CODE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")

CODES: Final = {
    "binary-file": "the file holds no text",
    "canonical-invalid": "a canonical address is that of no page",
    "control-characters": "control characters are left out",
    "date-ambiguous": "a date can be read in two ways",
    "date-dst-gap": "a time that the clock leaps over",
    "date-dst-overlap": "a time that the clock has twice",
    "date-invalid": "a date cannot be read",
    "date-missing": "a post has no date",
    "date-of-file": "the date is that of the file, which a checkout changes",
    "date-out-of-range": "a date is beyond `limits.earliest_year` or `limits.latest_year`",
    "date-rolled-over": "a day that the month has not counts into the next month, as in Jekyll",
    "date-zone-missing": "a time has no zone, and nothing says which is meant",
    "defaults-invalid": "an entry of `defaults` is ignored",
    "directory-unreadable": "a directory cannot be read",
    "document-failed": "a document cannot be made",
    "draft-ambiguous": "`draft` is neither true nor false",
    "duplicate-canonical": "two posts name one canonical page; one is published",
    "duplicate-id": "two posts have one id; one is published",
    "duplicate-url": "two posts have one URL; one is published",
    "eleventy-data-program": "data come from a program, which is not run",
    "eleventy-input-unknown": "where Eleventy's input is cannot be read",
    "enclosure-invalid": "an attachment is left out",
    "encoding-invalid": "the text is not in the encoding of `source.encoding`",
    "encoding-utf16": "the file is UTF-16",
    "feed-malformed": "a feed is read past its faults",
    "feed-unavailable": "a feed of a list cannot be had; its posts stay",
    "field-missing": "a field that is mapped, and that no item of an answer has",
    "file-too-large": "a file or an item is beyond the limits",
    "file-unreadable": "a file cannot be read",
    "file-unstable": "a file changes whenever it is read",
    "format-unread": "files in formats that are not read",
    "format-unsupported": "files of Hugo in formats that are not read",
    "front-matter-missing": "a file has no front matter, so it is no post",
    "front-matter-too-large": "front matter is beyond the limits",
    "frontmatter-language": "front matter is a program, which is not run",
    "frontmatter-late": "front matter does not begin at the first line",
    "frontmatter-not-mapping": "front matter is no map of keys",
    "frontmatter-unclosed": "front matter does not end",
    "git-unread": "dates are Git's, which is not asked",
    "guid-changed": "a post has another id than before, so readers show it again",
    "html-too-deep": "a body nests too deeply",
    "html-too-large": "a body is beyond the limits",
    "html-too-many-attributes": "an element has too many attributes",
    "image-invalid": "a picture is left out",
    "image-missing": "a picture is not there",
    "image-size-differs": "a picture is not of the size that is said",
    "image-unreadable": "a picture cannot be read",
    "item-invalid": "an item of an upstream cannot be read",
    "json-duplicate-key": "a key stands twice",
    "json-syntax": "JSON cannot be read",
    "json-too-deep": "JSON nests too deeply",
    "label-too-long": "a term is cut",
    "language-invalid": "a language is no BCP 47 tag",
    "language-unknown": "a language is none of the site's",
    "link-unresolved": "a reference names no page, and has no address",
    "liquid-error": "a Liquid tag fails",
    "liquid-limit": "Liquid does more than the limits allow",
    "liquid-link": "a `link` or `post_url` names no page",
    "liquid-syntax": "Liquid cannot be read",
    "liquid-unknown-filter": "a Liquid filter is not known",
    "liquid-unknown-include": "an include is not run",
    "liquid-unknown-tag": "a Liquid tag is not known",
    "list-empty": "a list names no feed any more",
    "listing-partial": "a listing is not complete, so it deletes nothing",
    "md-many-footnotes": "a body has too many footnotes",
    "md-many-references": "a body has too many references",
    "md-run-too-long": "a body repeats a mark too often",
    "md-table-too-large": "a table is beyond the limits",
    "mdx-unknown": "a component of MDX is left out",
    "name-collision": "two files have names that only some disks tell apart",
    "name-undecodable": "a file's name is not UTF-8",
    "not-a-document": "a file is copied, not published",
    "not-regular": "a pipe, a socket or a device",
    "nunjucks-unknown": "a template's tags are left out",
    "page-shared": "two posts have one URL; search engines and metadata take one of them",
    "permalink-invalid": "a permalink makes no address",
    "permalink-unknown": "only a program says where the page is",
    "published-ambiguous": "`published` is neither true nor false",
    "refresh-held": "too much of a source is gone at once; what was published stays",
    "render-crashed": "rendering ended the process",
    "render-failed": "a body cannot be rendered",
    "render-timeout": "rendering took longer than `limits.render_seconds`",
    "rest-closed": "WordPress' API is closed; its feed is read",
    "shortcode-unclosed": "a shortcode does not end",
    "shortcode-unknown": "a shortcode is left out",
    "site-url-invalid": "the content's address of the site is none",
    "slug-transliterated": "Zola writes an address in Latin letters; here it is as it was written",
    "source-unavailable": "a source cannot be read; what was published stays",
    "symlink-duplicate": "a link leads to what is read anyway",
    "symlink-loop": "links lead in a circle",
    "symlink-outside": "a link leads out of the content",
    "symlink-refused": "links are not followed (`source.follow_symlinks`)",
    "table-invalid": "a data file is no table",
    "template-unknown": "only a template says the value",
    "terms-comma": "tags are split at spaces, not at commas",
    "timezone-unknown": "a time zone is not known",
    "title-missing": "a post has no title",
    "title-too-long": "a title is cut",
    "toml-syntax": "TOML cannot be read",
    "toml-too-deep": "TOML nests too deeply",
    "too-many-terms": "more terms than `limits` allow; the rest have no channel",
    "translation-doubled": "two posts are one translation of one text",
    "updated-in-future": "the last change is dated in the future",
    "value-invalid": "a value cannot be read",
    "visibility-missing": "Ghost does not say who may read a post, so its body is withheld",
    "yaml-alias": "an alias of YAML has no anchor, or stands within its own",
    "yaml-duplicate-key": "a key stands twice",
    "yaml-multi-document": "YAML is more than one document",
    "yaml-syntax": "YAML cannot be read",
    "yaml-tab": "YAML is indented with a tab",
    "yaml-tag": "YAML names a type that is not read",
    "yaml-too-deep": "YAML nests too deeply",
}
"""Code to what is wrong. The message names the place and the value, its hint how to mend it."""


def said() -> Iterator[str]:
    """The codes that the service gives to the functions that say them."""
    for file in SERVICE.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in _SAYING:
                yield from filter(_CODE.fullmatch, _texts([*call.args, *(key.value for key in call.keywords)]))


def texts() -> set[str]:
    """Every constant text of the service."""
    return {text for file in SERVICE.rglob("*.py") for text in _texts([ast.parse(file.read_text("utf-8"))])}


def _texts(nodes: list[ast.expr] | list[ast.Module]) -> Iterator[str]:
    for node in nodes:
        for one in ast.walk(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
