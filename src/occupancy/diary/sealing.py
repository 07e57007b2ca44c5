"""Bytes under a passphrase: scrypt for the key, AES-256-GCM for the rest, both of `cryptography`.

A sealed file is

    OCCUPANCY SEALED 1 | log2 N, r, p (one byte each) | salt, 16 bytes | nonce, 12 bytes | sealed

and everything before the sealed part is authenticated with it, so that a changed byte anywhere
makes it unreadable rather than different.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from occupancy.diary.error import NoDiaryLibraryError, PassphraseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC: Final = b"OCCUPANCY SEALED 1"
#: 128 MiB and about half a second for each guess (OWASP Password Storage Cheat Sheet).
LOG2_N: Final = 17
_R, _P = 8, 1
#: A file that asks for more memory than 1 GiB was not made here.
_MOST_LOG2_N: Final = 20
_SALT, _NONCE, _KEY = 16, 12, 32
#: Shortest passphrase, in characters.
SHORTEST: Final = 8


def seal(data: bytes, passphrase: str, *, log2_n: int = LOG2_N) -> bytes:
    """`data` under a passphrase; every call gives other bytes.

    Raises:
        PassphraseError: a passphrase too short to protect anything.
        NoDiaryLibraryError: `cryptography` is not installed.
    """
    if len(passphrase) < SHORTEST:
        raise PassphraseError(f"the passphrase is too short; {SHORTEST} characters or more.")
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    head = MAGIC + bytes((log2_n, _R, _P)) + salt + nonce
    return head + _cipher(passphrase, salt, log2_n).encrypt(nonce, data, head)


def sealed(data: bytes) -> bool:
    """Whether these are the bytes of a sealed file."""
    return data.startswith(MAGIC)


def unseal(data: bytes, passphrase: str) -> bytes:
    """The bytes that were sealed.

    Raises:
        PassphraseError: another passphrase, or a file that was changed or cut.
        NoDiaryLibraryError: `cryptography` is not installed.
    """
    end = len(MAGIC) + 3 + _SALT + _NONCE
    head, rest = data[:end], data[end:]
    log2_n, r, p = head[len(MAGIC) : len(MAGIC) + 3] if len(head) == end else (0, 0, 0)
    if not sealed(data) or not 1 <= log2_n <= _MOST_LOG2_N or (r, p) != (_R, _P):
        raise PassphraseError("the encrypted file is damaged, or was made by another program.")
    salt, nonce = head[-_SALT - _NONCE : -_NONCE], head[-_NONCE:]
    cipher = _cipher(passphrase, salt, log2_n)
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(nonce, rest, head)
    except InvalidTag:
        raise PassphraseError(
            "this passphrase does not open the file, or the file was changed."
        ) from None


def _cipher(passphrase: str, salt: bytes, log2_n: int) -> AESGCM:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM as Cipher
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    except ModuleNotFoundError as error:
        raise NoDiaryLibraryError(
            "a passphrase needs the cryptography library: pip install 'occupancy[diary]'."
        ) from error
    key = Scrypt(salt=salt, length=_KEY, n=1 << log2_n, r=_R, p=_P)
    return Cipher(key.derive(passphrase.encode("utf-8", "surrogatepass")))
