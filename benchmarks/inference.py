"""Personalisation in milliseconds, and the meta-analysis of all records beside PyMC's samplers.

The meta-analysis is the same model, rows and priors in PyMC, sampled by its own NUTS and by
nutpie, 4 chains of 1,000 draws after 1,000 of warm-up on two cores. `PyMC with nutpie, collapsed`
is given the density that the package samples, half exposures of curves integrated out. Times are
of sampling; compile times, CPU seconds, the least effective draws, the worst R-hat and divergences
stand beside; the package's CPU seconds hold its compiling. Every sampler runs in a process of its
own, one after another, with three seeds (PyMC's own with one): the run of the median time counts,
beside the range of times. A peer that takes longer than the limit, compiling included, is ended
and counts as having taken that long.

Gates: MAP under 50 ms warm, full posterior under 5 s; the meta-analysis under 60 s, at least three
times faster than PyMC and no slower than PyMC with nutpie.

    python benchmarks/inference.py [--quick] [--limit SECONDS]

`--quick` leaves the peers out. They need pymc and nutpie (group `bench`).
"""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import time

import numpy as np
from record import Row, row, write

PERSONAL = "one person from a level"
META = "meta-analysis of all records, 4 chains of 1,000"
PEERS = {
    "PyMC": "PyMC's NUTS",
    "nutpie": "PyMC with nutpie",
    "nutpie-collapsed": "PyMC with nutpie, collapsed",
}
SEEDS = (0, 1, 2)
LIMIT_S = 600.0
CASES = (
    ("sertraline 100 mg daily", ["45 ng/mL at 14 h after dose"]),
    ("clozapine 100 mg morning and 200 mg evening for 20 days", ["350 ng/mL at 12 h after dose"]),
)


def personal() -> list[Row]:
    from occupancy.inference import personalise
    from occupancy.inference.gaussian import most_probable

    rows: list[Row] = []
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


def cpu_seconds() -> float:
    """Of this process and of the children it waited for."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in spent)


def ours(seed: int) -> dict[str, float]:
    from occupancy.inference.project import fit_project, project_curves

    curves = project_curves()
    begin = cpu_seconds()
    fit = fit_project(curves, seed=seed)
    return {
        "seconds": fit.sample.seconds,
        "compile_seconds": fit.sample.compile_seconds,
        "cpu_seconds": cpu_seconds() - begin,
        "gradients_per_draw": fit.sample.gradients / fit.sample.flat.shape[0],
        "least_effective_draws": fit.ess,
        "worst_rhat": fit.rhat,
        "divergences": fit.divergences,
    }


def pymc_model(collapsed: bool):
    """The model of `occupancy.inference.meta_density` in PyMC."""
    import pymc as pm
    import pytensor.tensor as pt

    from occupancy.inference.meta_layout import layout
    from occupancy.inference.project import MODEL, project_curves

    points = [point for curve in project_curves() for point in curve.points]
    place, priors = layout(points, MODEL), MODEL.priors
    rows = place.rows
    curves, studies = len(place.curves), len(place.studies)
    with pm.Model() as model:
        centre = priors.emax_logit + priors.emax_logit_sd * pm.Normal(
            "emax_centre", 0, 1, shape=len(place.targets)
        )
        between = pm.HalfNormal("emax_between", priors.emax_between)
        e = pm.Normal("e", 0, 1, shape=curves)
        emax = pm.Deterministic("emax", pm.math.sigmoid(centre[place.target_of] + between * e))
        tau = pm.HalfNormal("study_scale", priors.effect_scale["study"])
        if collapsed:
            own = pm.Flat("study", shape=studies)
            away = own - place.centre[place.study_curve]
            member = np.equal.outer(np.arange(curves), place.study_curve) * place.pooled
            count, wide = member.sum(axis=1), priors.log_ed50_sd**2
            total = pt.dot(member, away)
            left = pt.sum(place.pooled * away**2) - pt.sum(
                wide * total**2 / (tau**2 + count * wide)
            )
            spare = pt.sum(pt.log(tau**2 + count * wide)) + (studies - curves) * 2 * pt.log(tau)
            pm.Potential("studies", -0.5 * left / tau**2 - 0.5 * spare)
        else:
            z = pm.Normal("ed50", 0, 1, shape=curves)
            log_ed50 = pm.Deterministic("log_ed50", place.centre + priors.log_ed50_sd * z)
            sd = tau / np.sqrt(place.pooled)
            own = pm.Normal("study", log_ed50[place.study_curve], sd, shape=studies)
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


def peer(name: str, seed: int) -> dict[str, float]:
    import pymc as pm

    from occupancy.inference.chains import ess_bulk, ess_tail, rhat

    model = pymc_model(collapsed=name.endswith("collapsed"))
    begin, spent = time.perf_counter(), cpu_seconds()
    if name == "PyMC":
        with model:
            found = pm.sample(
                1000, tune=1000, chains=4, cores=2, random_seed=seed, progressbar=False,
                compute_convergence_checks=False,
            )  # fmt: skip
        seconds = float(found.posterior.attrs["sampling_time"])
        compiling = time.perf_counter() - begin - seconds
    else:
        import nutpie

        compiled = nutpie.compile_pymc_model(model)
        compiling = time.perf_counter() - begin
        begin, spent = time.perf_counter(), cpu_seconds()
        found = nutpie.sample(
            compiled, draws=1000, tune=1000, chains=4, cores=2, seed=seed, progress_bar=False
        )
        seconds = time.perf_counter() - begin
    spent = cpu_seconds() - spent
    names = [one for one in ("log_ed50", "study") if one in found.posterior][:1]
    names += [one for one in found.posterior if one.endswith("_scale")]
    kept = [np.asarray(found.posterior[one]) for one in (*names, "emax", "misfit", "single")]
    least = min(float(np.minimum(ess_bulk(one), ess_tail(one)).min()) for one in kept)
    return {
        "seconds": seconds,
        "compile_seconds": compiling,
        "cpu_seconds": spent,
        "least_effective_draws": least,
        "worst_rhat": max(float(rhat(one).max()) for one in kept),
        "divergences": int(np.asarray(found.sample_stats["diverging"]).sum()),
    }


def alone(name: str, limit: float, seed: int) -> dict[str, float]:
    """What a sampler reports from a process of its own, or that it took longer than the limit."""
    command = [sys.executable, __file__, "--only", name, "--seed", str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its chains are processes of their own
        process.communicate()
        return {"seconds": limit, "ended_at_the_limit": True}
    if process.returncode:
        raise SystemExit(f"{name} ended with status {process.returncode}; see above")
    return json.loads(said.splitlines()[-1])


def over_seeds(name: str, limit: float) -> dict[str, float]:
    """The run of the median time among those of the seeds, with the shortest and longest time."""
    runs: list[dict[str, float]] = []
    for seed in SEEDS[:1] if name == "PyMC" else SEEDS:
        runs.append(alone(name, limit, seed))
        told(PEERS.get(name, name), runs[-1])
        if runs[-1].get("ended_at_the_limit"):
            break
    runs.sort(key=lambda one: one["seconds"])
    return runs[len(runs) // 2] | {
        "shortest_seconds": runs[0]["seconds"],
        "longest_seconds": runs[-1]["seconds"],
    }


def meta(quick: bool, limit: float) -> list[Row]:
    found = {name: over_seeds(name, limit) for name in ("occupancy", *(() if quick else PEERS))}
    yardstick = found.get("PyMC", {}).get("seconds")
    return [
        row(
            META,
            PEERS.get(name, "occupancy (NumPyro, collapsed)"),
            one.pop("seconds"),
            ratio=None if yardstick is None else yardstick / seconds,
            **one,
        )
        for name, one in found.items()
        for seconds in [one["seconds"]]
    ]


def told(name: str, one: dict[str, float]) -> None:
    if one.get("ended_at_the_limit"):
        print(f"{name}: ended after {one['seconds']:.0f} s, compiling included", flush=True)
        return
    print(
        f"{name}: {one['seconds']:.1f} s sampling ({one['cpu_seconds']:.0f} s of CPU), "
        f"{one['compile_seconds']:.1f} s compiling; R-hat {one['worst_rhat']:.4f}, least "
        f"effective draws {one['least_effective_draws']:.0f}, {one['divergences']} divergences",
        flush=True,
    )


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--quick", action="store_true", help="without the peers")
    read.add_argument("--limit", type=float, default=LIMIT_S, help="seconds for one sampler")
    read.add_argument("--only", choices=["occupancy", *PEERS], help="one sampler, as JSON")
    read.add_argument("--seed", type=int, default=SEEDS[0], help="of the one sampler")
    given = read.parse_args()
    if given.only:
        name, seed = given.only, given.seed
        print(json.dumps(ours(seed) if name == "occupancy" else peer(name, seed)))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    write("inference", [*personal(), *meta(given.quick, given.limit)])


if __name__ == "__main__":
    main()
