"""Memory that is asked for again and again."""

from functools import cache
from typing import Final

#: Just under the largest block that glibc can be made to keep, bytes.
MOST: Final = 31 << 20


@cache
def keep_freed() -> None:
    """Free one block of `MOST` bytes, after which glibc keeps freed ones up to it (mallopt(3)).

    Large arrays are otherwise handed back to the system and asked for again, page by page, with
    every result. The limit can be raised so to 32 MiB. Other C libraries have rules of their own.
    """
    bytes(MOST)
