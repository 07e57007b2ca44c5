"""A model that cannot be simulated cannot be built, and the message says why."""

from __future__ import annotations

import numpy as np
import pytest

from occupancy.kinetics import DeepSite, Doses, EffectSite, Formation, Input, Species, System

X = Species("x", 1.0, 2.0, dosed=1.0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Species("x", -1.0, 2.0), r"Species 'x': CL = -1 .*positive"),
        (lambda: Species("x", 1.0, 0.0), r"Species 'x': V = 0 "),
        (lambda: Species("x", np.array([1.0, np.nan]), 1.0), r"CL = nan \(first at index \[1\]\)"),
        (lambda: Species("x", np.inf, 1.0), r"CL = inf"),
        (lambda: Species("x", np.ones((2, 2)), 1.0), r"CL has shape \(2, 2\)"),
        (lambda: Species("x", 1.0, 2.0, Q=1.0), r"Species 'x': V2 is missing although Q is given"),
        (lambda: Species("x", 1.0, 2.0, V3=1.0), r"Q3 is missing although V3 is given"),
        (lambda: Species("x", 1.0, 2.0, Q3=1.0, V3=1.0), r"Q3 and V3 are given without Q and V2"),
        (lambda: Species("x", 1.0, 2.0, dosed=-0.1), r"dosed = -0.1"),
        (lambda: Species("", 1.0, 2.0), r"analyte is empty"),
        (lambda: Formation("x", -1.0), r"Formation from 'x': fraction = -1"),
        (lambda: Input(ka=0.0), r"Input 'input': ka = 0 "),
        (lambda: Input(lag_h=-1.0, name="tablet"), r"Input 'tablet': lag_h = -1"),
        (lambda: Input(n_transit=2), r"need both n_transit >= 1 and ktr"),
        (lambda: Input(ktr=2.0), r"need both n_transit >= 1 and ktr"),
        (lambda: Input(n_transit=-1, ktr=1.0), r"n_transit = -1"),
        (lambda: Input(duration_h=-2.0), r"duration_h = -2"),
        (lambda: Input(duration_h=np.ones((1, 1, 1))), r"\(1 or batch, doses\)"),
        (lambda: EffectSite("b", "x"), r"give either keo \(with Kp\) or both k_in and k_out"),
        (lambda: EffectSite("b", "x", keo=1.0, k_in=1.0, k_out=1.0), r"EffectSite 'b': give"),
        (lambda: EffectSite("b", "x", k_in=1.0), r"EffectSite 'b': give either"),
        (lambda: EffectSite("b", "x", keo=-1.0), r"EffectSite 'b': keo = -1"),
        (lambda: DeepSite("d", 1.0, -1.0), r"DeepSite 'd': k_out = -1"),
        (lambda: System((), (Input(),)), r"species is empty"),
        (lambda: System((X,), ()), r"inputs is empty"),
        (lambda: System((X, X), (Input(),)), r"name 'x' is used twice"),
        (lambda: System((Species("x", 1.0, 1.0),), (Input(),)), r"no species has dosed > 0"),
        (
            lambda: System((X, Species("m", 1, 1, formed_from=(Formation("y", 1),))), (Input(),)),
            r"Species 'm': formed_from names 'y'",
        ),
        (
            lambda: System((X,), (Input(),), (EffectSite("b", "y", keo=1.0),)),
            r"EffectSite 'b': analyte 'y' is not a species",
        ),
        (
            lambda: System(
                (
                    Species("a", 1, 1, dosed=1, formed_from=(Formation("b", 1),)),
                    Species("b", 1, 1, formed_from=(Formation("a", 1),)),
                ),
                (Input(),),
            ),
            r"circle among \['a', 'b'\]",
        ),
        (
            lambda: System((Species("x", np.ones(3), 1, dosed=1),), (Input(ka=np.ones(4)),)),
            r"ka has 4 values but .*CL has 3",
        ),
        (lambda: Doses([0.0, 1.0], [1.0]), r"amount_mg has shape \(1,\) for 2 times"),
        (lambda: Doses([0.0], [-1.0]), r"amount_mg must be finite and zero or positive"),
        (lambda: Doses([np.nan], [1.0]), r"time_h holds a value that is not finite"),
    ],
)
def test_what_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_batch_is_read_from_any_array():
    assert System((X,), (Input(),)).batch == 1
    assert System((X,), (Input(lag_h=np.zeros(5)),)).batch == 5
    met = Species("m", 1.0, 1.0, formed_from=(Formation("x", np.ones(4)),))
    assert System((X, met), (Input(),)).batch == 4
