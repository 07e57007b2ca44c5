"""From a dose to the receptor: quantitative neuropharmacology.

>>> import occupancy
>>> result = occupancy.simulate("citalopram 20 mg daily for 28 days")  # doctest: +SKIP
>>> result.occupancy.sel(target="SERT").median("draw")                 # doctest: +SKIP

`drug`, `curve`, `simulate`, `trial`, `plan_taper`, `Person` and `Population` are the public face;
every room below has its own.
"""

from typing import TYPE_CHECKING, Any

from occupancy.version import VERSION as __version__

if TYPE_CHECKING:
    from occupancy.api import curve, drug, plan_taper, simulate
    from occupancy.person import Person
    from occupancy.population import Population, trial

__all__ = [
    "Person",
    "Population",
    "__version__",
    "curve",
    "drug",
    "plan_taper",
    "simulate",
    "trial",
]


def __getattr__(name: str) -> Any:
    """Import the public face on first use, so that `import occupancy` stays instant."""
    if name in {"curve", "drug", "plan_taper", "simulate"}:
        from occupancy import api

        return getattr(api, name)
    if name == "Person":
        from occupancy.person import Person

        return Person
    if name in {"Population", "trial"}:
        from occupancy import population

        return getattr(population, name)
    raise AttributeError(f"module 'occupancy' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Names of the public face."""
    return sorted(__all__)
