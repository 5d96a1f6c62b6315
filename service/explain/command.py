"""``feedmill explain``: opens what has to be read, asks, and says it. Writes nothing but a directory it removes."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from service import logs
from service.commands import indexed, published, require_read
from service.errors import FeedmillError, UsageError
from service.explain.explaining import Explainer
from service.explain.explanation import Explanation
from service.explain.finding import Found
from service.explain.reporting import FORMATS
from service.index import Index
from service.index.inspection import Place, inspect
from service.index.remembered import Remembered
from service.report import counted
from service.runtime import Opened, open_sources, with_state
from service.settings import Settings
from service.state_home import state_directory

_NOWHERE = "http://127.0.0.1:8000"
"""The site's URL where nothing says one, as for ``check``."""

_LONGEST = 200
"""Characters of a wrong name that are repeated."""

PUBLISHED, NOT_PUBLISHED = 0, 1


def explain(said: str, settings: Settings, echo: Callable[[str], None], *, form: str) -> int:
    """Explain the post that ``said`` names; the exit code of the command.

    With a state directory in the settings that index is read as it is: what is published now. Without one the content
    is indexed afresh, for this question alone. Raises UsageError where no post, or more than one, has that name.
    """
    logs.configure("error")
    opened = open_sources(settings, lambda: _NOWHERE)
    fresh = settings.service.state is None
    with _afresh(opened) if fresh else published(opened) as index:
        remembered = Remembered(state_directory(settings))  # what the content itself cannot tell
        explainer = Explainer(index, opened, datetime.now(UTC), fresh=fresh, remembered=remembered)
        found = explainer.find(said)
        moved = _moved(said, opened, remembered) if fresh and not (found.places or found.outside) else None
        explanation = moved or _answer(said, found, explainer, opened)
        if fresh and not moved and explanation.published and len(found.places) == 1:
            notes = _known_otherwise(opened, index, found.places[0])
            explanation = replace(explanation, notes=(*explanation.notes, *notes))
        if fresh and explanation.status in ("rejected", "gone"):  # an earlier version of it may be out, or it be back
            explanation = replace(explanation, notes=(*explanation.notes, *_asked_elsewhere(opened)))
        echo(FORMATS[form](explanation))
        return PUBLISHED if explanation.published else NOT_PUBLISHED


def _answer(said: str, found: Found, explainer: Explainer, opened: Opened) -> Explanation:
    if found.outside:
        return explainer.outside(found.outside)
    if found.left is not None:
        return explainer.left(found.left, found.places, found.gone)
    if found.gone is not None:
        return explainer.gone(found.gone)
    return explainer.explain(_only(said, found, opened), found.url)


def _moved(said: str, opened: Opened, remembered: Remembered) -> Explanation | None:
    """What the default state directory says of a post that is known by where it was before, which content alone does
    not tell; None where nothing there is known so."""
    with contextlib.suppress(FeedmillError), published(opened) as index:
        explainer = Explainer(index, opened, datetime.now(UTC), fresh=False, remembered=remembered)
        found = explainer.find(said)
        if len(found.places) == 1:
            answer = _answer(said, found, explainer, opened)
            note = f"as {index.directory} has it: the content alone does not tell where a post was before"
            return replace(answer, notes=(*answer.notes, note))
    return None


def _only(said: str, found: Found, opened: Opened) -> tuple[str, str]:
    said = f"{said[:_LONGEST]}…" if len(said) > _LONGEST else said
    if len(found.places) == 1:
        return found.places[0]
    if found.places:
        names = ", ".join(locator for _, locator in found.places[:5])
        more = f" and {len(found.places) - 5} more" if len(found.places) > 5 else ""
        remote = {one.name for one in opened.remotes} & {source for source, _ in found.places}
        what = counted(len(found.places), "post" if remote else "file")
        how = "its URL" if remote else "its path"
        raise UsageError(f"{said}: {what} are called that ({names}{more}); name one by {how}")
    if found.channel:
        raise UsageError(f"{said}: is no post; it is {found.channel}")
    how = "name one by its file, its URL or its id"
    near = f"did you mean {' or '.join(found.near)}?" if found.near else how
    raise UsageError(f"{said}: there is no such post; {near}")


@contextlib.contextmanager
def _afresh(opened: Opened) -> Iterator[Index]:
    """A fresh index in a directory of its own, which goes with it."""
    with tempfile.TemporaryDirectory(prefix="feedmill-explain-") as place:
        settings = with_state(opened.settings, Path(place))
        with indexed(replace(opened, settings=settings), force=True) as (index, done):
            require_read(done)
            yield index


def _known_otherwise(opened: Opened, fresh: Index, place: Place) -> tuple[str, ...]:
    """A note where the default state directory holds the post under another id: it moved, or was imported."""
    directory, said = state_directory(opened.settings), inspect(fresh, place)
    with contextlib.suppress(FeedmillError), published(opened) as index:
        known = inspect(index, place)
        if said and said.row and known and known.row and known.row.fields.id != said.row.fields.id:
            id_ = known.row.fields.id
            return (f"readers know it by another id, {id_}: --state {directory} says what is published now",)
    return ()


def _asked_elsewhere(opened: Opened) -> tuple[str, ...]:
    """A note where the default state directory holds what is published: without --state nobody looked there."""
    directory = state_directory(opened.settings)
    try:
        with published(opened):
            pass
    except FeedmillError:
        return ()
    return (f"{directory} holds an index that was not asked: --state {directory} says what is published now",)
