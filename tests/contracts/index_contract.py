"""What every index keeps to, whatever it stores its rows in. Subclass it and say how one is opened."""

from __future__ import annotations

from tests.contracts.index_identity import IdentityContract
from tests.contracts.index_listing import ListingContract
from tests.contracts.index_moving import MovingContract
from tests.contracts.index_reading import ReadingContract
from tests.contracts.index_windows import WindowContract


class IndexContract(WindowContract, IdentityContract, MovingContract, ReadingContract, ListingContract):
    """The whole contract."""
