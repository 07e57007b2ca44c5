"""From estimates to documents."""

import numpy as np

from occupancy.course.answer import Spread
from occupancy.course.answering import answer, rounded
from occupancy.course.sampling import Array
from occupancy.course.writing import course_document
from occupancy.inference.documents import (
    DisagreementLine,
    KineticLine,
    LevelLine,
    PersonaliseDocument,
)
from occupancy.inference.personal import DOUBT, Personal
from occupancy.regimen import format_regimen

#: Draws from which the bands of parameters are read.
PARAMETER_DRAWS = 4000
_UNITS = {"CL": "L/h", "V": "L", "ka": "1/h"}


def personalise_document(
    personal: Personal,
    *,
    level: float = 0.9,
    draws: int = 200,
    days: float | None = None,
    doubt: float = DOUBT,
) -> PersonaliseDocument:
    """The document of a person, with bands of probability `level`.

    Raises:
        ValueError: `doubt` outside 0 to 1, `days` that are not above zero.
    """
    course = personal.course(draws=draws, days=days)
    disagreement = personal.disagreement(doubt)
    model = personal.model
    warnings = [*course.warnings]
    if disagreement.probability > 0.5:
        warnings.insert(
            0,
            f"the levels disagree with the stated doses (probability "
            f"{disagreement.probability:.0%}): doses missed or added, another medicine, the time "
            "of sampling or the laboratory may be why",
        )
    far = [f"{one:.1f}" for one in personal.residuals if abs(one) > 2.0]
    if far:
        warnings.append(f"a level lies {', '.join(far)} SDs from the estimated person's")
    fields = answer(course.setting, level, course.sources, course.reasons, warnings)
    middle, low, high = disagreement.factor
    return PersonaliseDocument(
        **fields,
        regimen=format_regimen(model.regimen),
        levels=_levels(personal),
        parameters=_parameters(personal, level),
        effective_draws=rounded(personal.posterior.ess),
        disagreement=DisagreementLine(
            probability=rounded(disagreement.probability),
            bayes_factor=rounded(disagreement.bayes_factor),
            prior=disagreement.prior,
            factor=Spread(median=rounded(middle), low=rounded(low), high=rounded(high)),
        ),
        course=course_document(course, level),
        notes=list(model.notes),
    )


def spread_of(values: Array, level: float) -> Spread:
    """Median and central interval of a sample, as a document line."""
    tail = 0.5 * (1.0 - level)
    low, middle, high = np.quantile(values, [tail, 0.5, 1.0 - tail])
    return Spread(median=rounded(middle), low=rounded(low), high=rounded(high))


def _levels(personal: Personal) -> list[LevelLine]:
    model = personal.model
    typical = np.exp(model.log_predictions(np.zeros((1, len(model.unknowns))))[0])
    influence = personal.influence if len(model.levels) > 1 else None
    return [
        LevelLine(
            text=one.text(),
            time_h=rounded(model.time_h[i]),
            analyte=" + ".join(model.analytes[i]),
            observed_ng_mL=rounded(np.exp(model.log_level[i])),
            below=one.below,
            predicted_ng_mL=rounded(np.exp(personal.mode.log_prediction[i])),
            typical_ng_mL=rounded(typical[i]),
            residual=rounded(personal.residuals[i]),
            percentile=rounded(personal.predictive_percentile[i]),
            influence=None if influence is None else rounded(influence[i]),
        )
        for i, one in enumerate(model.levels)
    ]


def _parameters(personal: Personal, level: float) -> list[KineticLine]:
    drawn = personal.parameters(PARAMETER_DRAWS)
    z = _score(level)
    lines: list[KineticLine] = []
    for j, one in enumerate(personal.model.unknowns):
        log_sd = float(np.std(np.log(drawn[one.name])))
        lines.append(
            KineticLine(
                parameter=one.name,
                unit=_UNITS[one.parameter],
                typical=rounded(one.typical),
                prior_low=rounded(one.typical * np.exp(-z * one.log_sd)),
                prior_high=rounded(one.typical * np.exp(z * one.log_sd)),
                most_probable=rounded(one.typical * np.exp(personal.mode.eta[j])),
                posterior=spread_of(drawn[one.name], level),
                learned=rounded(max(0.0, 1.0 - (log_sd / one.log_sd) ** 2)),
            )
        )
    return lines


def _score(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + 0.5 * level)
