"""A table of points as arrays, and a model's parameters as one flat vector."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occupancy.inference.meta_model import MetaModel
from occupancy.inference.point import Point

Array = NDArray[np.float64]
Index = NDArray[np.int64]

#: SD between people where no row of a table reports one.
USUAL_SPREAD = 0.08
#: Occupancies nearer to 0 or 1 than this have no useful logit.
EDGE = 0.005
#: An open end of an interval, far outside of any occupancy and any logit.
OPEN = 1e3


@dataclass(frozen=True, eq=False)
class Rows:
    """Points as arrays, shape (rows,).

    Attributes:
        curve: index of the row's curve.
        log_x: log exposure about the curve's centre.
        mean: the observed mean, or middle of a range; 0 for an interval.
        sd: SD between people; 0 where none is known.
        share: sampling variance of the mean over that between people: 1/n, or that of the middle
            of a range.
        low: lower end of an interval, `OPEN` below when it has none; 0 otherwise.
        high: upper end likewise.
        interval: whether only an interval is known.
        weight: 0 for a row that is left out, 1 else.
        scatters: 1 where a row's mean scatters about its curve, 0 where a curve states it.
    """

    curve: Index
    log_x: Array
    mean: Array
    sd: Array
    share: Array
    low: Array
    high: Array
    interval: NDArray[np.bool_]
    scatters: Array
    weight: Array

    @property
    def unknown_sd(self) -> NDArray[np.bool_]:
        """Rows whose SD between people is not known."""
        return self.sd == 0.0


@dataclass(frozen=True, eq=False)
class Factor:
    """A difference between rows of a curve, from those of its commonest level (ties: the first).

    Attributes:
        name: "tracer" or "region".
        levels: those of curves seen at several.
        contrast: shape (rows, levels): +1 at the level of a row, -1 at its curve's commonest,
            0 all along where they are the same.
    """

    name: str
    levels: tuple[str, ...]
    contrast: Array


@dataclass(frozen=True, eq=False)
class Layout:
    """The rows, and where each parameter stands in the flat vector q.

    Attributes:
        curves: drug and target of every curve.
        centre: mean log exposure of every curve, the prior centre of its log ED50.
        target_of: target index of every curve.
        targets: names of the targets.
        studies: study of a curve, by name; empty when no curve has two.
        study_curve: the curve of each.
        pooled: how many studies each of them pools, shape (studies,).
        of_row: matrix (rows, curves) of ones at the row's curve.
        of_study: matrix (rows, studies) of ones at the row's study.
        factors: differences by tracer and region that the table can tell.
        single: 1 for rows of one dose in curves that also have repeated doses, else 0.
        spread: centre of the SD between people, for rows without one.
        slices: parameter block -> its place in q.
        dim: length of q.
    """

    points: tuple[Point, ...]
    rows: Rows
    curves: tuple[tuple[str, str], ...]
    centre: Array
    target_of: Index
    targets: tuple[str, ...]
    studies: tuple[str, ...]
    study_curve: Index
    pooled: Array
    of_row: Array
    of_study: Array
    factors: tuple[Factor, ...]
    single: Array
    spread: float
    slices: dict[str, slice]
    dim: int


def layout(points: Sequence[Point], model: MetaModel) -> Layout:
    """Arrange points for a model.

    Raises:
        ValueError: no points, or a curve that mixes doses and concentrations.
    """
    if not points:
        raise ValueError("there are no points to fit")
    curves = tuple(sorted({one.curve for one in points}))
    place = {name: i for i, name in enumerate(curves)}
    of_row = np.array([place[one.curve] for one in points])
    _check_scale(points, curves)
    log_x = np.log([one.exposure for one in points])
    centre = np.array([log_x[of_row == i].mean() for i in range(len(curves))])
    targets = tuple(sorted({target for _, target in curves}))
    rows = _rows(points, model, of_row, log_x - centre[of_row])
    studies, study_curve, of_study = _studies(points, of_row, "study" in model.effects)
    factors = tuple(
        factor
        for name in ("tracer", "region")
        if name in model.effects and (factor := _factor(name, points, of_row)) is not None
    )
    single = np.zeros(len(points))
    if "repeated" in model.effects:
        single = _single(points, of_row)
    slices, dim = _slices(model, (len(curves), len(targets), len(studies)), factors, single, rows)
    return Layout(
        points=tuple(points),
        rows=rows,
        curves=curves,
        centre=centre,
        target_of=np.array([targets.index(target) for _, target in curves]),
        targets=targets,
        studies=studies,
        study_curve=study_curve,
        pooled=_pooled(points, of_study),
        of_row=(of_row[:, None] == np.arange(len(curves))).astype(np.float64),
        of_study=of_study,
        factors=factors,
        single=single,
        spread=_usual_spread(points),
        slices=slices,
        dim=dim,
    )


def _check_scale(points: Sequence[Point], curves: Sequence[tuple[str, str]]) -> None:
    for curve in curves:
        dosed = {one.dose_mg is not None for one in points if one.curve == curve}
        if len(dosed) > 1:
            raise ValueError(
                f"{curve[0]} at {curve[1]} has doses and concentrations; give them in two tables, "
                "as ED50 and EC50 are two parameters"
            )


def _rows(points: Sequence[Point], model: MetaModel, curve: Index, log_x: Array) -> Rows:
    logit = model.scale == "logit"

    def scaled(value: float | None, empty: float) -> float:
        if value is None:
            return empty
        if not logit:
            return value
        kept = min(max(value, EDGE), 1.0 - EDGE)
        return math.log(kept / (1.0 - kept))

    means, shares = zip(*(_mean(one) for one in points), strict=True)
    interval = np.array([one is None for one in means])
    return Rows(
        curve=curve,
        log_x=log_x,
        mean=np.array([scaled(one, 0.0) for one in means]),
        sd=np.array([one.spread or 0.0 for one in points]),
        share=np.array(shares),
        low=np.array([scaled(one.low, -OPEN) if one.censored else 0.0 for one in points]),
        high=np.array([scaled(one.high, OPEN) if one.censored else 0.0 for one in points]),
        interval=interval,
        scatters=np.array([0.0 if one.fitted else 1.0 for one in points]),
        weight=np.ones(len(points)),
    )


def _mean(point: Point) -> tuple[float | None, float]:
    """The mean of a row, and its sampling variance over that between people.

    The middle of the range of n normal values has variance near pi^2 / (24 ln n) of theirs
    (Cramer, Mathematical Methods of Statistics, 1946, 28.6), 1/2 for two.
    """
    if point.occupancy is not None:
        return point.occupancy, 1.0 / point.people
    if point.spread is not None and point.n is not None:
        assert point.low is not None
        assert point.high is not None
        share = min(0.5, math.pi**2 / (24.0 * math.log(point.n)))
        return 0.5 * (point.low + point.high), share
    return None, 1.0 / point.people


def _usual_spread(points: Sequence[Point]) -> float:
    """Root mean square of the SDs between people, weighted by people."""
    known = [(one.spread, one.people) for one in points if one.spread is not None]
    if not known:
        return USUAL_SPREAD
    weight = sum(n for _, n in known)
    return math.sqrt(sum(n * sd**2 for sd, n in known) / weight)


def _studies(
    points: Sequence[Point], curve: Index, wanted: bool
) -> tuple[tuple[str, ...], Index, Array]:
    """Studies of curves, when at least one curve was seen by two."""
    pairs = [(one.study, at) for one, at in zip(points, curve.tolist(), strict=True)]
    found = sorted(set(pairs), key=lambda pair: (pair[1], pair[0]))
    counts = np.bincount([at for _, at in found])
    if not wanted or counts.max() < 2:
        return (), np.zeros(0, dtype=np.int64), np.zeros((len(points), 0))
    of_study = np.array([[float(pair == one) for one in found] for pair in pairs])
    return tuple(name for name, _ in found), np.array([at for _, at in found]), of_study


def _pooled(points: Sequence[Point], of_study: Array) -> Array:
    """How many studies stand behind each."""
    return np.max(of_study * np.array([[one.studies] for one in points]), axis=0, initial=1.0)


def _factor(name: str, points: Sequence[Point], curve: Index) -> Factor | None:
    """A difference by tracer or region, when at least one curve was seen at two levels.

    Regions are told apart by target: a region holds other neighbours there. A row that does not
    say counts as its curve's commonest level.
    """
    labels = [
        "" if not getattr(one, name) else f"{getattr(one, name)} ({one.target})" for one in points
    ]
    usual: dict[int, str] = {}
    several: set[int] = set()
    for at in set(curve.tolist()):
        own = [x for x, c in zip(labels, curve.tolist(), strict=True) if c == at and x]
        if own:
            usual[at] = max(dict.fromkeys(own), key=own.count)
            if len(set(own)) > 1:
                several.add(at)
    if not several:
        return None
    used = [x for x, c in zip(labels, curve.tolist(), strict=True) if x and c in several]
    levels = tuple(sorted(set(used)))
    contrast = np.zeros((len(points), len(levels)))
    for i, (label, at) in enumerate(zip(labels, curve.tolist(), strict=True)):
        if label and at in several and label != usual[at]:
            contrast[i, levels.index(label)] += 1.0
            contrast[i, levels.index(usual[at])] -= 1.0
    return Factor(name, levels, contrast)


def _single(points: Sequence[Point], curve: Index) -> Array:
    repeated = np.array([one.repeated for one in points])
    both = [
        bool(repeated[curve == i].any() and not repeated[curve == i].all())
        for i in range(int(curve.max()) + 1)
    ]
    return np.where(np.array(both)[curve] & ~repeated, 1.0, 0.0)


def _slices(
    model: MetaModel,
    sizes_of: tuple[int, int, int],
    factors: Sequence[Factor],
    single: Array,
    rows: Rows,
) -> tuple[dict[str, slice], int]:
    curves, targets, studies = sizes_of
    sizes = {"ed50": curves}
    if model.emax is None:
        sizes |= {"emax_centre": targets, "emax_between": 1, "emax": curves}
    if model.hill is None:
        sizes["hill"] = curves
    if studies:
        sizes |= {"study_scale": 1, "study": studies}
    for factor in factors:
        sizes[f"{factor.name}_scale"] = 1
        sizes[factor.name] = len(factor.levels)
    if single.any():
        sizes["single"] = 1
    sizes["misfit"] = 1
    if rows.unknown_sd.any():
        sizes["spread"] = 1
    slices: dict[str, slice] = {}
    start = 0
    for name, size in sizes.items():
        slices[name] = slice(start, start + size)
        start += size
    return slices, start
