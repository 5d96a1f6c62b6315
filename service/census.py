"""How many posts there are, by what became of them: what people are told at the end of ``check`` and ``build``.

Plain numbers and their words. Refuses to count: :mod:`service.index.census` does.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from feeds.frozen import frozen


@frozen(frozen=True, slots=True)
class Census:
    """Numbers of posts; each is counted once, by the first of these that holds."""

    published: int = 0
    """In feeds now."""
    pages: int = 0
    """Out, but beside the feeds: pages, and documents of collections that feeds leave out."""
    hidden: int = 0
    """``published: false``."""
    scheduled: int = 0
    """Their date is still to come."""
    expired: int = 0
    duplicates: int = 0
    """Another file has their URL or id."""
    unlisted: int = 0
    """Drafts, and posts that feeds leave out."""

    @property
    def posts(self) -> int:
        """Every post, published or not; no pages."""
        everything: int = sum(asdict(self).values())
        return everything - self.pages

    def __str__(self) -> str:
        """Such as ``26 posts published (1 hidden, 2 scheduled, 8 pages)``."""
        others = [(getattr(self, name), words) for name, words in _WORDS.items()]
        told = ", ".join(f"{count} {one if count == 1 else many}" for count, (one, many) in others if count)
        posts = "1 post" if self.published == 1 else f"{self.published} posts"
        return f"{posts} published" + (f" ({told})" if told else "")


_WORDS: Final = {
    "hidden": ("hidden", "hidden"),
    "scheduled": ("scheduled", "scheduled"),
    "expired": ("expired", "expired"),
    "duplicates": ("duplicate", "duplicates"),
    "unlisted": ("unlisted", "unlisted"),
    "pages": ("page", "pages"),
}

NO_POSTS: Final = "Jekyll's posts lie in _posts; in a plain folder a post is a file that begins with front matter"
"""What to look at where nothing was taken for a post."""
