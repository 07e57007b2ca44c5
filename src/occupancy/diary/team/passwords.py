"""Passwords: what is allowed, how they are stored, and how they are compared.

Argon2id with the second set of parameters that RFC 9106, section 4, recommends where memory is
short: 3 passes over 64 MiB in 4 lanes, a salt of 16 bytes. One at a time, so that many sign-ins at
once cost time and not memory.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Final

from occupancy.diary.error import EntryError, NoDiaryLibraryError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: Characters that a password has at least and at most.
SHORTEST: Final = 12
LONGEST: Final = 200
PASSES: Final = 3
MEMORY_KIB: Final = 64 * 1024
LANES: Final = 4
#: Characters of which a password is made at least, so that "aaaaaaaaaaaa" is none.
_DIFFERENT: Final = 5
_ONE_AT_A_TIME: Final = threading.Lock()


def check_password(password: str, owner: str) -> None:
    """Refuse a password that would be guessed.

    Raises:
        EntryError: too short, too long, the name, or few characters again and again.
    """
    said = ""
    if len(password) < SHORTEST:
        said = f"the password has {len(password)} characters; use {SHORTEST} or more."
    elif len(password) > LONGEST:
        said = f"the password has {len(password)} characters; use at most {LONGEST}."
    elif owner.casefold() in password.casefold() and len(password) < SHORTEST + len(owner):
        said = "the password is mostly the name; use other words."
    elif len(set(password)) < _DIFFERENT:
        said = "the password repeats few characters; use several words."
    if said:
        raise EntryError("password", said)


def hashed(password: str) -> str:
    """The hash to be stored, with its parameters and salt in it."""
    with _ONE_AT_A_TIME:
        return _hasher().hash(_bytes(password))


def matches(stored: str, password: str) -> bool:
    """Whether `password` has the hash `stored`.

    With nothing stored, an invented hash is compared, so that the answer takes as long for an
    account that is not there.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    with _ONE_AT_A_TIME:
        try:
            _hasher().verify(stored or _invented(), _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)


def outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than those of this version."""
    return _hasher().check_needs_rehash(stored)


def _bytes(password: str) -> bytes:
    # Half characters can be sent by a form; they are compared as they are.
    return password[: LONGEST + 1].encode("utf-8", "surrogatepass")


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ModuleNotFoundError as error:
        raise NoDiaryLibraryError(
            "accounts need the argon2-cffi library: pip install 'occupancy[web]'."
        ) from error
    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _invented() -> str:
    return _hasher().hash("an account that is not there")
