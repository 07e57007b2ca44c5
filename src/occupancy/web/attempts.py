"""How often somebody may try a password, by account and by address.

Counts are kept in this process, in a table of fixed size: no number of names or addresses makes
it grow, and none pushes another out of it. Two keys that fall on the same place count together.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final

#: Seconds in which attempts are counted.
WINDOW_S: Final = 15 * 60.0
#: Wrong passwords for one account, and from one address, which a whole practice may share.
FOR_ACCOUNT: Final = 10
FROM_ADDRESS: Final = 60
_PLACES: Final = 1 << 16


class Attempts:
    """Attempts within a window that begins with the first one."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `most` attempts in `WINDOW_S` seconds."""
        self.most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[int, tuple[float, int]] = {}

    def take(self, key: str) -> int:
        """Count an attempt before it is made; seconds to wait where it is one too many, else 0."""
        place, now = hash(key) % _PLACES, self._clock()
        with self._lock:
            begun, count = self._found.get(place, (now, 0))
            if now - begun >= WINDOW_S:
                begun, count = now, 0
            if count >= self.most:
                return max(math.ceil(begun + WINDOW_S - now), 1)
            self._found[place] = (begun, count + 1)
        return 0

    def give_back(self, key: str) -> None:
        """Take one attempt off the count: it was a good one."""
        place = hash(key) % _PLACES
        with self._lock:
            begun, count = self._found.get(place, (0.0, 0))
            if count <= 1:
                self._found.pop(place, None)
            else:
                self._found[place] = (begun, count - 1)


class Limits:
    """The limits of one server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without an attempt."""
        self._account = Attempts(FOR_ACCOUNT, clock=clock)
        self._address = Attempts(FROM_ADDRESS, clock=clock)

    def take(self, account: str, address: str) -> int:
        """Count an attempt; seconds to wait where it may not be made, else 0."""
        return self._address.take(address) or self._account.take(account.strip().casefold())

    def good(self, account: str, address: str) -> None:
        """The attempt was a good one and does not count."""
        self._address.give_back(address)
        self._account.give_back(account.strip().casefold())
