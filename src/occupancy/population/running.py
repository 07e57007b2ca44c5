"""Running a trial: chunks of people handed out, and their states merged as they come back."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from occupancy.course.horizon import horizon_h
from occupancy.engine.executor_words import executor_of
from occupancy.engine.executors import Backend, Devices, Executor, Serial
from occupancy.population.block import ArmSpec, prepared
from occupancy.population.census import Census, merged
from occupancy.population.chunk import Chunk, ChunkResult, Work
from occupancy.population.error import PopulationError
from occupancy.population.export import export_to
from occupancy.population.outcome import outcomes, trial_warnings
from occupancy.population.people import Population
from occupancy.population.progress import Progress, progress_bar
from occupancy.population.reducers import LEVELS, Bands, CycleSummary, Reducer
from occupancy.population.result import Trial
from occupancy.population.streams import BLOCK
from occupancy.regimen import Regimen, format_regimen, parse

#: Chunks of a draw, where nothing else is asked: enough to share evenly among a few workers.
CHUNKS = 16
#: Fewest and most people in a chunk. What is sent back has one size: a chunk should take longer.
LEAST, MOST = 1024, 16_384


def trial(
    arms: Sequence[str | Regimen] | Mapping[str, str | Regimen],
    population: Population,
    *,
    days: float | None = None,
    targets: Sequence[str] | None = None,
    draws: int = 1,
    levels: Sequence[float] = LEVELS,
    reducers: Sequence[Reducer[Any]] = (),
    chunk: int | None = None,
    executor: Executor | str | None = None,
    progress: bool | Progress | None = None,
    export: Path | str | None = None,
) -> Trial:
    """Give every arm to the same people, and keep quantiles, shares and what reducers keep.

    Between people differ: clearance, volume, absorption and half-saturating level by their
    recorded spread, else a labelled prior; clearance also by genes, smoking and covariates.
    The amount absorbed differs from dose to dose. With `draws` above 1 every draw of the
    uncertainty of the typical values is a whole trial in the same people.

    Args:
        arms: regimens as text or objects, or a mapping of names to them.
        population: who.
        days: how long; None takes the longest arm.
        targets: which; None takes those measured in people, of each drug.
        draws: draws of the uncertainty; 1 takes every typical value at its middle.
        levels: quantiles over people.
        reducers: what else to keep; see `Reducer`.
        chunk: people handed out at once, rounded up to whole blocks of 256; None hands out a
            sixteenth, 1,024 at least and 16,384 at most. Results are the same whatever it is.
        executor: where to compute, an object or a word of `executor_of`; None computes here.
        progress: None draws a bar where standard error is a terminal; or True, False, or a
            function of people done and people in all.
        export: file for the values of every person, ending in .parquet or .zarr.

    Raises:
        ValueError: an arm, population, target or executor that cannot be; the message says what
            is allowed. What was exported until then is removed.
    """
    specs = _specs(arms, population, days, targets, draws)
    ready = [prepared(spec) for spec in specs]
    bands, cycle = Bands(tuple(levels)), CycleSummary(tuple(levels))
    keep: tuple[Reducer[Any], ...] = (bands, cycle, *reducers)
    _check_names(keep)
    runner = _executor(executor)
    backend: Backend = "jax" if isinstance(runner, Devices) else "numpy"
    work = Work(specs, population, keep, each_person=export is not None, backend=backend)
    chunks = _chunks(population, draws, chunk)
    collected: list[list[tuple[Any, ...]]] = []
    census: Census | None = None
    with ExitStack() as stack:
        sink = None
        if export is not None:
            sink = stack.enter_context(export_to(Path(export), ready, population, draws))
        tell = stack.enter_context(progress_bar(progress))
        done, total = 0, population.size * draws
        tell(done, total)
        results = stack.enter_context(closing(_closable(runner, work, chunks)))
        states: tuple[tuple[Any, ...], ...] | None = None
        for one in results:
            states = one.states if states is None else _merged(keep, states, one.states)
            if one.census is not None:
                census = one.census if census is None else merged(census, one.census)
            if sink is not None and one.rows is not None:
                sink.write(one.chunk.draw, one.rows)
            done += min(one.chunk.last * BLOCK, population.size) - one.chunk.first * BLOCK
            tell(done, total)
            if one.chunk.last == population.blocks:  # the draw is complete: keep results only
                collected.append([_results(keep, of_arm) for of_arm in states])
                states = None
        assert census is not None
        found = Trial(
            population=population,
            census=census,
            draws=draws,
            levels=bands.levels,
            error=bands.grid.error,
            arms=outcomes(ready, collected, [one.name for one in reducers], census),
            warnings=trial_warnings(population, draws),
        )
        if sink is not None:
            sink.finish(found)
    return found


def _specs(
    arms: Sequence[str | Regimen] | Mapping[str, str | Regimen],
    population: Population,
    days: float | None,
    targets: Sequence[str] | None,
    draws: int,
) -> tuple[ArmSpec, ...]:
    if draws < 1:
        raise PopulationError(f"draws = {draws} is not allowed; give 1 or more")
    if isinstance(arms, str) or not arms:
        raise PopulationError("give one arm or more: a list of regimens, each a text of its own")
    pairs = (
        list(arms.items())
        if isinstance(arms, Mapping)
        else [(one if isinstance(one, str) else "", one) for one in arms]
    )
    parsed = [(name, parse(one) if isinstance(one, str) else one) for name, one in pairs]
    named = [(name or format_regimen(regimen), regimen) for name, regimen in parsed]
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise PopulationError(f"arm {name!r} stands twice; an arm needs a name of its own")
    until = max(horizon_h(regimen, days) for _, regimen in named) / 24.0
    wanted = None if targets is None else tuple(targets)
    return tuple(
        ArmSpec(name, regimen, until, wanted, draws, population.seed) for name, regimen in named
    )


def _check_names(reducers: Sequence[Reducer[Any]]) -> None:
    names = [one.name for one in reducers]
    for name in names:
        if names.count(name) > 1:
            raise PopulationError(f"two reducers are called {name!r}; give each its own name")


def _chunks(population: Population, draws: int, size: int | None) -> Iterator[Chunk]:
    if size is None:
        size = min(max(population.size // CHUNKS, LEAST), MOST)
    if size < 1:
        raise PopulationError(f"chunk = {size} is not allowed; give 1 person or more")
    step = -(-size // BLOCK)
    return (
        Chunk(draw, first, min(first + step, population.blocks))
        for draw in range(draws)
        for first in range(0, population.blocks, step)
    )


def _executor(given: Executor | str | None) -> Executor:
    if given is None:
        return Serial()
    return executor_of(given) if isinstance(given, str) else given


def _closable(
    runner: Executor, work: Work, chunks: Iterator[Chunk]
) -> Generator[ChunkResult, None, None]:
    """The results as a generator, which can be closed whatever the executor returns."""
    results = runner.run(work, chunks)
    try:
        yield from results
    finally:
        close = getattr(results, "close", None)
        if close is not None:
            close()


def _merged(
    keep: Sequence[Reducer[Any]],
    first: tuple[tuple[Any, ...], ...],
    second: tuple[tuple[Any, ...], ...],
) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        tuple(one.merge(x, y) for one, x, y in zip(keep, a, b, strict=True))
        for a, b in zip(first, second, strict=True)
    )


def _results(keep: Sequence[Reducer[Any]], states: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(one.result(state) for one, state in zip(keep, states, strict=True))
