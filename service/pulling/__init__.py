"""Remote sources: when they are asked, by whom, and how what they said reaches the index."""

from service.pulling.arrived import Arrived, Remote
from service.pulling.once import pull_once
from service.pulling.pulls import Pulls

__all__ = ["Arrived", "Pulls", "Remote", "pull_once"]
