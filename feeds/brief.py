"""What of a post is syndicated: all of it, or an excerpt with a link to the page.

Refuses to know formats; each of the three asks here, so that they agree.
"""

from __future__ import annotations

from html import escape
from typing import Final

from feeds.model import Post
from feeds.text import excerpt, plain

EXCERPT_LENGTH: Final = 280
"""Characters of an excerpt made here, where nobody upstream gave the post a summary."""


def is_whole(post: Post, full: bool) -> bool:
    """Whether an entry carries the post's content: where the feed, the author and the post itself have it so."""
    return full and post.full_text and bool(post.content)


def summary_of(post: Post) -> str:
    """Plain text in place of the content: the summary, else an excerpt of the content, else ""."""
    return post.summary or excerpt(plain(post.content), EXCERPT_LENGTH)


def brief_html(post: Post) -> str:
    """An HTML fragment in place of the content: the summary and a link to the post that is named by its title."""
    summary = escape(summary_of(post), quote=False).replace("\n", "<br>\n")
    link = f'<p><a href="{escape(post.url)}">{escape(post.title, quote=False)}</a></p>'
    return f"<p>{summary}</p>\n{link}" if summary else link
