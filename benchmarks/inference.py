"""Personalisation in milliseconds, and the meta-analysis of all records beside PyMC's samplers.

The same model, rows and priors in PyMC, sampled by its own NUTS and by nutpie; times are of
sampling, compile times stand beside. Gates: MAP under 50 ms warm, full posterior under 5 s; the
meta-analysis under 60 s, three times faster than PyMC and no slower than PyMC with nutpie.
Needs pymc and nutpie (`--quick` leaves them out).
"""

import statistics
import sys
import time

import numpy as np
from record import row, write

from occupancy.inference import personalise
from occupancy.inference.gaussian import most_probable
from occupancy.inference.meta_layout import layout
from occupancy.inference.project import MODEL, fit_project, project_curves

PERSONAL = "one person from a level"
META = "meta-analysis of the records, 4 chains of 1,000"
CASES = (
    ("sertraline 100 mg daily", ["45 ng/mL at 14 h after dose"]),
    ("clozapine 100 mg morning and 200 mg evening for 20 days", ["350 ng/mL at 12 h after dose"]),
)


def personal() -> list[dict]:
    rows = []
    for regimen, levels in CASES:
        found = personalise(regimen, levels)
        times = []
        for _ in range(9):
            begin = time.perf_counter()
            most_probable(found.model.problem)
            times.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        ess = found.posterior.ess
        full = time.perf_counter() - begin
        fast = statistics.median(times)
        print(f"{regimen}: MAP {1e3 * fast:.1f} ms (50 asked), posterior {full:.2f} s (5 asked)")
        rows.append(row(PERSONAL, f"MAP, {regimen}", fast))
        rows.append(row(PERSONAL, f"posterior, {regimen}, {ess:.0f} effective draws", full))
    return rows


def pymc_model(points):
    import pymc as pm
    import pytensor.tensor as pt

    place, priors = layout(points, MODEL), MODEL.priors
    rows = place.rows
    with pm.Model() as model:
        z = pm.Normal("ed50", 0, 1, shape=len(place.curves))
        log_ed50 = pm.Deterministic("log_ed50", place.centre + priors.log_ed50_sd * z)
        centre = priors.emax_logit + priors.emax_logit_sd * pm.Normal(
            "emax_centre", 0, 1, shape=len(place.targets)
        )
        between = pm.HalfNormal("emax_between", priors.emax_between)
        e = pm.Normal("e", 0, 1, shape=len(place.curves))
        emax = pm.Deterministic("emax", pm.math.sigmoid(centre[place.target_of] + between * e))
        tau = pm.HalfNormal("study_scale", priors.effect_scale["study"])
        own = pm.Normal("study", log_ed50[place.study_curve], tau, shape=len(place.studies))
        log_half = pt.dot(place.of_study, own)
        for factor in place.factors:
            scale = pm.HalfNormal(f"{factor.name}_scale", priors.effect_scale[factor.name])
            effect = scale * pm.Normal(factor.name, 0, 1, shape=len(factor.levels))
            log_half = log_half + pt.dot(factor.contrast, effect)
        log_half = log_half + place.single * priors.single_sd * pm.Normal("single", 0, 1)
        misfit = pm.HalfNormal("misfit", priors.misfit)
        spread = place.spread * pm.math.exp(priors.spread_log_sd * pm.Normal("spread", 0, 1))
        log_x = rows.log_x + place.centre[rows.curve]
        theta = emax[rows.curve] * pm.math.sigmoid(log_x - log_half)
        people = pt.switch(rows.unknown_sd, spread, rows.sd)
        sd = pt.sqrt(people**2 * rows.share + rows.scatters * misfit**2)
        seen, within = np.flatnonzero(~rows.interval), np.flatnonzero(rows.interval)
        pm.Normal("y", theta[seen], sd[seen], observed=rows.mean[seen])
        if within.size:
            law = pm.Normal.dist(theta[within], sd[within])
            low, high = pm.logcdf(law, rows.low[within]), pm.logcdf(law, rows.high[within])
            pm.Potential("interval", pt.sum(pm.math.logdiffexp(high, low)))
    return model


def meta(quick: bool) -> list[dict]:
    curves = project_curves()
    fit = fit_project(curves)
    print(
        f"ours: {fit.sample.seconds:.1f} s sampling, {fit.sample.compile_seconds:.1f} s compiling; "
        f"R-hat {fit.rhat:.4f}, ESS {fit.ess:.0f}, {fit.divergences} divergences"
    )
    rows = [row(META, "occupancy (NumPyro)", fit.sample.seconds, ratio=1.0)]
    if quick:
        return rows
    import nutpie
    import pymc as pm

    model = pymc_model([point for curve in curves for point in curve.points])
    begin = time.perf_counter()
    compiled = nutpie.compile_pymc_model(model)
    print(f"nutpie compiled in {time.perf_counter() - begin:.1f} s")
    begin = time.perf_counter()
    nutpie.sample(compiled, draws=1000, tune=1000, chains=4, seed=1, progress_bar=False)
    seconds = time.perf_counter() - begin
    print(f"PyMC with nutpie: {seconds:.1f} s sampling")
    rows.append(row(META, "PyMC with nutpie", seconds, ratio=fit.sample.seconds / seconds))
    with model:
        begin = time.perf_counter()
        found = pm.sample(1000, tune=1000, chains=4, cores=2, random_seed=1, progressbar=False)
        whole = time.perf_counter() - begin
    seconds = float(found.posterior.attrs.get("sampling_time", whole))
    print(f"PyMC: {seconds:.1f} s sampling")
    rows.append(row(META, "PyMC", seconds, ratio=fit.sample.seconds / seconds))
    return rows


if __name__ == "__main__":
    measured = personal()
    measured += meta("--quick" in sys.argv)
    write("inference", measured)
