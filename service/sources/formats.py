"""Posts in formats that are not read: counted by extension, and told in one line for the whole source (C-39).

A folder of Org or AsciiDoc files would else be silently empty. Refuses to open any file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Final

from service.errors import Problem
from service.sources.walk import Refusal, visible

UNREAD: Final = frozenset(
    (
        *("org", "adoc", "asciidoc", "asc", "rst", "textile", "typ", "tex", "ipynb", "docx", "odt", "rmd", "qmd"),
        *("mdx", "mdoc", "markdoc", "webc", "pug", "haml", "slim", "hbs", "mustache", "ejs"),
    )
)
"""Extensions in which people write posts. What else lies in a folder (pictures, scripts) is nobody's post."""


class Unread:
    """What a walk came by. ``words`` is how the source is read, for the message."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._first = ""
        self._found: Counter[str] = Counter()

    def note(self, path: str) -> None:
        """A file that the dialect does not want."""
        extension = path.rpartition(".")[2].lower()
        if extension in UNREAD and not path.rpartition("/")[2].startswith((".", "_")):
            self._found[extension] += 1
            self._first = min(self._first or path, path)

    def refusal(self) -> Refusal | None:
        """The one line, at the first such file; None where there is none."""
        if not self._found:
            return None
        total = self._found.total()
        kinds = ", ".join(f".{name} {count}" for name, count in sorted(self._found.items()))
        files = f"{total} files are" if total > 1 else "1 file is"
        message = f"{files} in formats that are not read here ({kinds}); {self._words} has its posts in others"
        problem = Problem(
            visible(self._first), 0, 0, "notice", "format-unread", message, "convert them to Markdown, or leave them"
        )
        return Refusal(self._first, problem, f".{hashlib.sha256(message.encode()).hexdigest()[:8]}")
