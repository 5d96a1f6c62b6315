"""What a build does before it has imported the index and the formats: it opens the content, and begins to read it.

That takes a third of a second, in which a large site's posts are read already, in processes that need none of it.
Refuses to look into the index: nothing is begun where there is one, because only it knows what is new.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import service.index
from service import logs
from service.documents import Selection
from service.errors import StorageUnavailable
from service.lock import holder
from service.runtime import Opened, open_sources
from service.settings import Settings
from service.sources.source import Beginning
from service.state_home import state_directory

_POSTS: Final = frozenset(("_posts", "_drafts"))


def opened(settings: Settings, out: Path, wanted: Selection, *, force: bool = False) -> Opened:
    """The content that documents below ``out`` are built from, by ``force`` also without the configuration by which it
    was read before. Raises SourceUnavailable, SettingsError, and StorageUnavailable where it would hold them."""
    logs.configure(settings.service.log_level)
    if "page" not in wanted.groups:
        settings = settings.model_copy(update={"paths": settings.paths.model_copy(update={"channel_pages": False})})
    found = open_sources(settings, believe=force)
    _refuse_output_in_content(found.settings, out)
    return found


@contextmanager
def reading(content: Opened) -> Iterator[None]:
    """In the block the posts of the first directory are read already, if they are many and none of them is known.

    What is not scanned by its end was read in vain."""
    directory = state_directory(content.settings)
    first = next((source for source in content.sources if isinstance(source, Beginning)), None)
    if first is None or os.path.lexists(directory / service.index.FILE_NAME) or holder(directory) is not None:
        yield
        return
    first.begin()
    try:
        yield
    finally:
        first.end()


def _refuse_output_in_content(settings: Settings, out: Path) -> None:
    """A page written into a plain folder or Jekyll's ``_posts`` would be read as a post by the next scan; ``_site`` and
    ``.out`` are not."""
    target = out.resolve()
    for source in settings.source:
        if source.path is None:
            continue
        root = source.path.resolve()
        if not target.is_relative_to(root):
            continue
        parts = target.relative_to(root).parts
        if not any(part.startswith(("_", ".")) for part in parts) or not _POSTS.isdisjoint(parts):
            raise StorageUnavailable(
                f"{out}: lies within the content and would be read as posts; "
                "choose a directory outside, or one whose name starts with _ such as _site"
            )
