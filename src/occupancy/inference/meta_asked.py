"""A meta-analysis as a person asks for it: what is assumed in words, and the document.

What `occupancy meta fit` and the web answer with, so that both give the same.
"""

from collections.abc import Sequence

from occupancy.inference.documents import MetaDocument
from occupancy.inference.meta import fit_dose_occupancy
from occupancy.inference.meta_model import EFFECTS, MetaModel
from occupancy.inference.meta_writing import meta_document
from occupancy.inference.points import PointTable


def assumed(
    emax: str = "fit", hill: str = "1", scale: str = "natural", without: Sequence[str] = ()
) -> MetaModel:
    """The model in words.

    Args:
        emax: "fit", or a percentage to fix it at.
        hill: "fit", or a number to fix it at.
        scale: on which errors are normal: natural or logit.
        without: differences to leave out, of `meta_model.EFFECTS`.

    Raises:
        ValueError: neither "fit" nor a number, or a number out of range; it names which.
    """
    percent = _number("emax", emax)
    if percent is not None and not 1.0 < percent <= 100.0:
        raise ValueError(f"emax {emax} is not allowed; give fit, or 1 to 100 (percent)")
    return MetaModel(
        emax=None if percent is None else percent / 100.0,
        hill=_number("hill", hill),
        scale="logit" if scale == "logit" else "natural",
        effects=tuple(one for one in EFFECTS if one not in without),
    )


def meta_answer(
    table: PointTable,
    model: MetaModel,
    *,
    source: str,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int = 0,
    level: float = 0.9,
) -> MetaDocument:
    """Fit a table and write its document; see `fit_dose_occupancy` and `meta_document`.

    Raises:
        ValueError: a curve that mixes doses and concentrations.
        EngineUnavailable: JAX or NumPyro is not installed.
    """
    fitted = fit_dose_occupancy(
        table.points, model, draws=draws, warmup=warmup, chains=chains, seed=seed
    )
    return meta_document(fitted, source=source, seed=seed, level=level, problems=table.problems)


def _number(name: str, text: str) -> float | None:
    if text == "fit":
        return None
    try:
        return float(text.rstrip("%"))
    except ValueError:
        raise ValueError(f"{name} {text} is not allowed; give fit or a number") from None
