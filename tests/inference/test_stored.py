"""The stored posterior as it is shown: the same draws as curves are read from."""

import numpy as np
import pytest
from click.testing import CliRunner

import occupancy
from occupancy.cli import app
from occupancy.inference.stored import stored_posterior


def test_what_is_shown_is_what_curves_are_read_from() -> None:
    shown = {one.drug: one for one in stored_posterior("SERT")}
    assert {"citalopram", "sertraline", "paroxetine"} <= set(shown)
    one = shown["citalopram"]
    assert one.scale == "dose"
    theta = one.emax * 20 / (one.ed50 + 20)
    curve = occupancy.curve("citalopram", "SERT", doses_mg=[20], draws=400).occupancy
    assert np.median(theta) == pytest.approx(curve.median("draw").values.item(), abs=0.01)


def test_a_target_without_curves_lists_those_with() -> None:
    with pytest.raises(ValueError, match=r"no curve is stored at GABA-A; there are: .*D2"):
        stored_posterior("GABA-A")


def test_the_command_prints_a_line_for_each_drug() -> None:
    done = CliRunner().invoke(app, ["meta", "stored", "D2"], catch_exceptions=False)
    assert done.exit_code == 0
    assert len(done.output.splitlines()) == 1 + len(stored_posterior("D2"))
