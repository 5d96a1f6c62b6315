"""What we know of every post: posts, channels, placements, revisions and problems, in one SQLite file."""

from service.index.database import Corrupt
from service.index.index import Index
from service.index.records import (
    Applied,
    ChannelRow,
    Counts,
    Hold,
    Ref,
    Rendered,
    Row,
    Schedule,
    SourceStatus,
    Staleness,
)
from service.index.taking import shown_at

__all__ = [
    "Applied",
    "ChannelRow",
    "Corrupt",
    "Counts",
    "Hold",
    "Index",
    "Ref",
    "Rendered",
    "Row",
    "Schedule",
    "SourceStatus",
    "Staleness",
    "shown_at",
]
