"""Other engines on the linear task: each gives, by name, a run and how many people it takes."""

from __future__ import annotations

import numpy as np
from linear_task import DAYS, MG, V2, Array, Q, Run


def numbalsoda_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    import numba
    from numbalsoda import lsoda, lsoda_sig

    @numba.cfunc(lsoda_sig)
    def slope(t, u, du, p):
        du[0] = -p[2] * u[0]
        du[1] = p[2] * u[0] - (p[0] + 15.0) / p[1] * u[1] + 15.0 / 120.0 * u[2]
        du[2] = 15.0 / p[1] * u[1] - 15.0 / 120.0 * u[2]

    address = slope.address

    @numba.njit
    def everybody(CL, V, ka, tolerance):
        C = np.empty((CL.size, 672))
        theta = np.empty((CL.size, 672))
        t = np.arange(25.0)
        for i in range(CL.size):
            u = np.zeros(3)
            p = np.array([CL[i], V[i], ka[i]])
            for day in range(28):
                u[0] += 10_000.0
                path, _ = lsoda(address, u, t, p, tolerance, tolerance)
                for h in range(24):
                    c = path[h + 1, 1] / V[i]
                    C[i, 24 * day + h] = c
                    theta[i, 24 * day + h] = c / (20.0 + c)
                u = path[24].copy()
        return C, theta

    def at(tolerance: float) -> Run:
        return lambda: everybody(*parameters, tolerance)[0].T

    people = parameters[0].size
    return {
        "numbalsoda LSODA 1e-6": (at(1e-6), people),
        "numbalsoda LSODA 1e-11": (at(1e-11), people),
    }


def scipy_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    from scipy.integrate import odeint

    def run() -> Array:
        found = []
        for CL, V, ka in zip(*(one[:5] for one in parameters), strict=True):

            def slope(y, t, CL=CL, V=V, ka=ka):
                d, c, p = y.tolist()
                return (
                    -ka * d,
                    ka * d - (CL + Q) / V * c + Q / V2 * p,
                    Q / V * c - Q / V2 * p,
                )

            x, path = np.zeros(3), []
            for _ in range(DAYS):
                x[0] += 1000 * MG
                day = odeint(slope, x, np.arange(25.0), rtol=1e-6, atol=1e-6)
                path.append(day[1:, 1] / V)
                x = day[-1].copy()
            found.append(np.concatenate(path))
        return np.stack(found, axis=1)

    return {"scipy odeint (LSODA) 1e-6": (run, 5)}


def roadrunner_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    import roadrunner

    rates = {
        "D": "-ka * D",
        "A": "ka * D - (CL + 15) / V * A + 15 / 120 * P",
        "P": "15 / V * A - 15 / 120 * P",
    }
    model = _sbml(rates)
    engine = roadrunner.RoadRunner(model)
    engine.integrator.relative_tolerance = 1e-6
    engine.integrator.absolute_tolerance = 1e-6

    def run() -> Array:
        found = []
        for CL, V, ka in zip(*(one[:20] for one in parameters), strict=True):
            engine.resetAll()
            engine["CL"], engine["V"], engine["ka"] = CL, V, ka
            path = []
            for day in range(DAYS):
                engine["D"] = engine["D"] + 1000 * MG
                values = engine.simulate(24.0 * day, 24.0 * day + 24, 25, ["A"])
                path.append(np.asarray(values)[1:, 0] / V)
            found.append(np.concatenate(path))
        return np.stack(found, axis=1)

    return {"libroadrunner CVODE 1e-6": (run, 20)}


def _sbml(rates: dict[str, str]) -> str:
    """A model of rate rules in SBML, its formulas turned into MathML by Python's own parser."""
    import ast

    signs = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.Div: "divide"}

    def math(node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return f"<ci>{node.id}</ci>"
        if isinstance(node, ast.Constant):
            return f"<cn>{node.value}</cn>"
        if isinstance(node, ast.UnaryOp):
            return f"<apply><minus/>{math(node.operand)}</apply>"
        assert isinstance(node, ast.BinOp)
        return f"<apply><{signs[type(node.op)]}/>{math(node.left)}{math(node.right)}</apply>"

    space = "http://www.w3.org/1998/Math/MathML"
    values = [
        f'<parameter id="{name}" value="{value}" constant="{constant}"/>'
        for names, value, constant in (("DAP", 0, "false"), (("CL", "V", "ka"), 1, "true"))
        for name in names
    ]
    rules = [
        f'<rateRule variable="{name}"><math xmlns="{space}">'
        f"{math(ast.parse(formula, mode='eval').body)}</math></rateRule>"
        for name, formula in rates.items()
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
        f"<model><listOfParameters>{''.join(values)}</listOfParameters>"
        f"<listOfRules>{''.join(rules)}</listOfRules></model></sbml>"
    )


def diffrax_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    from occupancy.engine.jax_runtime import load

    jax = load()
    import diffrax

    jnp, people = jax.numpy, 100
    some = tuple(jnp.asarray(one[:people]) for one in parameters)

    def slope(t, y, p):
        CL, V, ka = p
        return jnp.stack(
            [
                -ka * y[0],
                ka * y[0] - (CL + Q) / V * y[1] + Q / V2 * y[2],
                Q / V * y[1] - Q / V2 * y[2],
            ]
        )

    term = diffrax.ODETerm(slope)
    saved = diffrax.SaveAt(ts=jnp.arange(1.0, 25.0))
    control = diffrax.PIDController(rtol=1e-6, atol=1e-6)

    def one(CL, V, ka):
        def day(y, _):
            y = y.at[0].add(1000 * MG)
            solution = diffrax.diffeqsolve(
                term, diffrax.Tsit5(), 0.0, 24.0, 0.1, y, (CL, V, ka), saveat=saved,
                stepsize_controller=control,
            )  # fmt: skip
            assert solution.ys is not None
            return solution.ys[-1], solution.ys[:, 1] / V

        return jax.lax.scan(day, jnp.zeros(3), None, length=DAYS)[1].reshape(-1)

    every = jax.jit(jax.vmap(one, out_axes=1))
    return {"diffrax Tsit5 1e-6": (lambda: np.asarray(every(*some)), people)}
