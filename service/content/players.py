"""Where the players of films are that shortcodes and components frame. Refuses to ask them anything."""

from __future__ import annotations

from typing import Final

YOUTUBE: Final = "https://www.youtube.com/embed/{}"
VIMEO: Final = "https://player.vimeo.com/video/{}"
