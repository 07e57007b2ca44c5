"""JAX, imported when first needed: 64-bit, with compiled programs kept on disk.

`load()` is the only place of the package that imports JAX. Shapes are rounded up to buckets so
that neighbouring sizes share one compiled program.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from occupancy.extras import MissingLibraryError
from occupancy.memory import keep_freed

CACHE_VARIABLE = "OCCUPANCY_CACHE"
CACHE_OPTION = "jax_compilation_cache_dir"
SMALL_BUCKETS = (1, 8, 64, 512)
OCTAVE_PARTS = 8
STEP_PARTS = 16


class EngineUnavailable(MissingLibraryError):
    """JAX is not installed; the message says how to get it."""


@lru_cache(maxsize=1)
def load() -> Any:
    """Return the `jax` module, set up for 64-bit numbers and a persistent compilation cache.

    The cache is in `$OCCUPANCY_CACHE`, else the user's cache folder; a folder that JAX was
    already told of is kept. An empty `$OCCUPANCY_CACHE` turns it off.

    Raises:
        EngineUnavailable: JAX is not installed.
    """
    try:
        jax = _imported()
    except ImportError as error:
        raise EngineUnavailable(
            "populations and gradients need JAX: install it with pip install 'occupancy[jax]'"
        ) from error
    jax.config.update("jax_enable_x64", True)
    # A program runs in the thread that calls it. Handed to XLA's own pool, two at once can hold
    # all its threads and wait for ever for a free one to do their parts.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    keep_freed()  # fresh pages would cost every call twice its own time
    folder = cache_folder()
    if folder is not None and getattr(jax.config, CACHE_OPTION) is None:
        jax.config.update(CACHE_OPTION, str(folder))
        # The defaults skip programs that compile within a second: nearly all of ours.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return jax


def _imported() -> Any:
    """JAX, with what importing it made put out of the garbage collector's sight.

    Those hundreds of thousands of objects live as long as the process. The collector would look
    at all of them again and again while programs are traced, and once more when the process
    ends: a sixth of the time of a first answer.
    """
    new, collecting = "jax" not in sys.modules, gc.isenabled()
    gc.disable()
    try:
        import jax
    finally:
        if collecting:
            gc.enable()
    if new:
        gc.freeze()
    return jax


def cache_folder() -> Path | None:
    """Where compiled programs are kept between processes; None when that is turned off."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen is not None:
        return Path(chosen) / "programs" if chosen else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "occupancy" / "programs"


def people_bucket(people: int) -> int:
    """The number of lanes that `people` are padded to: 1, 8, 64, 512, then eighths of an octave.

    Above 512 at most an eighth of the lanes is idle.
    """
    for size in SMALL_BUCKETS:
        if people <= size:
            return size
    return _rounded_up(people, OCTAVE_PARTS)


def step_bucket(steps: int) -> int:
    """The number of grid steps that `steps` are padded to: eights, then sixteenths of an octave.

    Above 128 at most a sixteenth is idle.
    """
    return _rounded_up(steps, STEP_PARTS, least=8)


def power_bucket(count: int) -> int:
    """The next power of two."""
    return 1 << max(count - 1, 0).bit_length()


def _rounded_up(count: int, parts: int, least: int = 1) -> int:
    grain = max(least, (1 << (count.bit_length() - 1)) // parts)
    return -(-count // grain) * grain
