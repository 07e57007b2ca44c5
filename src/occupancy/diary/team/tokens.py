"""Tokens of cookies and one-time links: "owner.secret", of which the hash of the secret is kept."""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from typing import Final

_BYTES: Final = 32
_OWNER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def is_name(owner: str) -> bool:
    """Whether an account may have this name: small letters, digits, points, dashes; 64 at most."""
    return _OWNER.fullmatch(owner) is not None


def new_token(owner: str) -> tuple[str, str]:
    """A token of 256 random bits that names its owner, and the hash to be kept."""
    secret = secrets.token_urlsafe(_BYTES)
    return f"{owner}.{secret}", _hash(secret)


def read_token(token: str) -> tuple[str, str] | None:
    """The owner that a token names and the hash of its secret; None where it is no token."""
    owner, _, secret = token.rpartition(".")
    if not is_name(owner) or not _SECRET.fullmatch(secret):
        return None
    return owner, _hash(secret)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
