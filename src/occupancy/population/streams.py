"""Random numbers that belong to a person, whoever computes them and in whatever order.

People stand in blocks of `BLOCK`. The numbers of a block under a key come from Philox, a
counter-based generator (Salmon et al., SC 2011): its key is a hash of seed and name, its counter
starts at the number of the block. Person i therefore has the same numbers in a population of ten
and of ten million, alone or in a chunk, here or on another machine.
"""

import hashlib
from typing import Final

import numpy as np

from occupancy.course.sampling import Array

#: People in a block, the unit of drawing and of computing.
BLOCK: Final = 256


def normals(seed: int, key: str, block: int, rows: int | None = None) -> Array:
    """Standard normal numbers of one block, shape (BLOCK,), or (rows, BLOCK).

    The first rows are the same however many are asked for.
    """
    return _generator(seed, key, block).standard_normal(BLOCK if rows is None else (rows, BLOCK))


def uniforms(seed: int, key: str, block: int) -> Array:
    """Numbers in [0, 1) of one block, shape (BLOCK,)."""
    return _generator(seed, key, block).random(BLOCK)


def _generator(seed: int, key: str, block: int) -> np.random.Generator:
    digest = hashlib.blake2b(f"{seed}/{key}".encode(), digest_size=16).digest()
    counter = np.array([0, 0, block, 0], dtype=np.uint64)
    return np.random.Generator(
        np.random.Philox(key=np.frombuffer(digest, dtype="<u8"), counter=counter)
    )
