"""The upstreams of the golden cases."""

from tests.sources.recorded import answering

__all__ = ("answering",)
