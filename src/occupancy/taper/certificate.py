"""The certificate: why no plan does better, in a form that anyone can check.

    Claim: every plan of at most n steps from the start to the end has a worst drop of at
    least x.

Greedy form, for curves that fall with the dose in every draw. Call d_0 the start and d_k the
lowest dose that k steps smaller than x can reach. One step below x taken from d_(k-1), or from
any dose above it, cannot pass d_k, for two reasons that can be looked up: the next feasible dose
below d_k is x or more away from d_(k-1), and a drop to that dose or lower is only larger when it
starts higher. If d_n still is above the end, no plan of n steps stays below x. One line per
step; when a line is stuck (d_k = d_(k-1)) it holds for any number of steps.

Layer form, for curves that do not always fall, where going lower first may not help. It lists
every dose that k steps below x can reach; each must be at least x away from every lower dose
that is not on the list of k + 1 steps. If the end is on no list, the claim holds.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Points are shown with as few decimals as tell a drop below the bound from the bound.
DECIMALS = range(2, 10)


@dataclass(frozen=True)
class CertificateLine:
    """One step of the greedy argument; doses in mg, drops as fractions.

    Attributes:
        from_mg: d_(k-1).
        reached_mg: d_k; the same dose when nothing lower is near enough.
        drop: from d_(k-1) to d_k, below the bound.
        next_mg: the next feasible dose below d_k.
        next_drop: from d_(k-1) to it; the bound or more.
    """

    from_mg: float
    reached_mg: float
    drop: float
    next_mg: float
    next_drop: float


@dataclass(frozen=True)
class Certificate:
    """A lower bound for the worst drop, with its argument; see the head of this module.

    Attributes:
        start_mg: first dose.
        end_mg: last dose, 0 or a maintenance dose.
        steps: n; None when the claim holds for any number of steps.
        lower_bound: x, a fraction (weighted, when targets have weights).
        quantile: of the drops; None when there was one draw.
        weights: per target.
        lines: the greedy argument; empty in the layer form.
        layers: doses [mg] reached by 0, 1, 2 ... steps below x; empty in the greedy form.
        attained_mg: a plan, the start first, whose worst drop is `attained`.
        attained: equal to `lower_bound` when the plan is best for its number of steps; smaller
            when the plan takes more steps than the claim is about.
    """

    start_mg: float
    end_mg: float
    steps: int | None
    lower_bound: float
    quantile: float | None
    weights: tuple[tuple[str, float], ...]
    lines: tuple[CertificateLine, ...]
    layers: tuple[tuple[float, ...], ...]
    attained_mg: tuple[float, ...]
    attained: float

    @property
    def method(self) -> str:
        """Return "greedy" or "layers"."""
        return "layers" if self.layers else "greedy"

    @property
    def claim(self) -> str:
        """The claim in words."""
        measure = ""
        steps = "No plan, however many steps it takes," if self.steps is None else _plans(self)
        if len(self.weights) > 1:
            named = ", ".join(f"{name} × {weight:g}" for name, weight in self.weights)
            measure += f"; a drop is the largest of {named}"
        if self.quantile is not None:
            measure += f"; every drop at its {100 * self.quantile:g} % quantile over the draws"
        return (
            f"{steps} from {self.start_mg:g} mg to {self.end_mg:g} mg on these doses has a worst "
            f"drop below {100 * self.lower_bound:.2f} points{measure}."
        )

    def text(self) -> str:
        """The argument as a table to be checked by hand; drops in percent points."""
        if self.layers:
            rows = [
                f"  after {k} steps: {len(layer)} doses, the lowest {min(layer):g} mg"
                for k, layer in enumerate(self.layers)
            ]
            how = "Doses that steps below it can reach (each list is checked against every pair):"
            return "\n".join([self.claim, how, *rows])
        n = next((d for d in DECIMALS if self._told_apart(d)), DECIMALS[-1])
        bound = f"{100 * self.lower_bound:.{n}f}"
        rows = [
            f"  {k:>4}  {line.from_mg:>8g}  {line.reached_mg:>8g}  {100 * line.drop:>9.{n}f}  "
            f"{line.next_mg:>8g}  {100 * line.next_drop:>9.{n}f}"
            for k, line in enumerate(self.lines, start=1)
        ]
        last = self.lines[-1]
        stuck = last.reached_mg == last.from_mg
        end = (
            f"Nothing lower can be reached from {last.from_mg:g} mg, so more steps do not help."
            if stuck
            else f"After {len(self.lines)} steps the lowest is {last.reached_mg:g} mg, "
            f"not {self.end_mg:g} mg."
        )
        head = (
            f"Each line goes as low as a drop below {bound} points allows; the next feasible dose "
            f"is {bound} or more away. Starting higher only makes that drop larger."
        )
        names = f"  {'step':>4}  {'from mg':>8}  {'to mg':>8}  {'drop':>9}  {'next mg':>8}  " + (
            f"{'its drop':>9}"
        )
        return "\n".join([self.claim, head, names, *rows, end])

    def _told_apart(self, decimals: int) -> bool:
        bound = round(100 * self.lower_bound, decimals)
        return all(round(100 * line.drop, decimals) < bound for line in self.lines)


def _plans(c: Certificate) -> str:
    return f"No plan of at most {c.steps} step{'' if c.steps == 1 else 's'}"
