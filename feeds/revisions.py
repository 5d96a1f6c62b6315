"""How often the bytes changed that equal posts give, by format: part of every cache key.

Apart from the formats, because the index asks for these numbers at each start and renders nothing.
"""

from __future__ import annotations

from typing import Final

REVISIONS: Final = {"rss": 1, "atom": 1, "json": 1}
"""Format name (``feeds.formats``) to revision."""
