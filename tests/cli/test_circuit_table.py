"""The printed table of a circuit: numbers that can be read, names and bands whole."""

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from occupancy.circuit.catalogue import NAMES, circuit
from occupancy.cli import app, output
from occupancy.cli.circuit_table import DECIMALS, show_course, written
from occupancy.course.circuit_documents import CircuitDocument, CircuitSeries, SteadyLine

EXPONENT = re.compile(r"\d[eE][-+]?\d")
VALUE = r"-?\d+(?:\.\d+)?"
BAND = rf"{VALUE}(?:-| to ){VALUE}"

sizes = st.floats(-1e6, 1e6)
cells = st.lists(st.lists(sizes, min_size=3, max_size=3).map(sorted), min_size=1, max_size=4)


@given(cells)
def test_a_row_has_no_exponent_and_one_precision_to_a_cell(row: list[list[float]]) -> None:
    texts = written([(value, low, high) for low, value, high in row])
    for (low, value, high), (text, band) in zip(row, texts, strict=True):
        assert re.fullmatch(VALUE, text)
        assert not EXPONENT.search(text + band)
        size = max(abs(x) for cell in row for x in cell)
        assert abs(float(text) - value) <= max(0.005 * size, 10.0**-DECIMALS)
        if band:
            assert re.fullmatch(BAND, band)
            ends = re.findall(VALUE, band) if " to " in band else band.split("-")
            assert len({len(x.partition(".")[2]) for x in (text, *ends)}) == 1
        else:
            assert f"{low:.2g}" == f"{high:.2g}" or high - low <= 0.01 * size + 10.0**-DECIMALS


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ([(126.4, 125.6, 126.4), (98.1, 88.2, 124.3)], [("126", ""), ("98", "88-124")]),
        ([(81.0, 81.0, 81.0), (36.94, 25.81, 38.9)], [("81", ""), ("36.9", "25.8-38.9")]),
        ([(0.0, 0.0, 0.0), (-0.61, -0.62, 0.59)], [("0", ""), ("-0.61", "-0.62 to 0.59")]),
        ([(1.0, None, None), (0.34068, None, None)], [("1", ""), ("0.341", "")]),
        ([(3.4e-9, None, None), (0.046691, None, None)], [("0", ""), ("0.04669", "")]),
        ([(0.6, None, None), (0.15, None, None)], [("0.60", ""), ("0.15", "")]),
        ([(-1e-12, None, None), None], [("0", ""), ("-", "")]),
        ([(1.0, 0.0, 1.0)], [("1", "0-1")]),
        ([(943256.0, None, None)], [("943256", "")]),
    ],
)
def test_rows_as_they_are_printed(row, texts) -> None:
    assert written(row) == texts


def printed(width: int, *arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= width
    return done.stdout


def firsts(text: str) -> set[str]:
    """First words of the lines."""
    return {line.split(maxsplit=1)[0] for line in text.splitlines() if line[:1].strip()}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_broken_and_no_number_has_an_exponent(
    name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "PIPED_WIDTH", width)
    chosen = circuit(name)
    moved = "d2" if "d2" in chosen.input_names else chosen.input_names[0]
    words = ("circuit", name, "--input", f"{moved}=0.7", "--draws", "20")
    text = printed(width, *words)
    assert not EXPONENT.search(text)
    found = json.loads(printed(10**7, *words, "--json"))
    assert {*found["outputs"], *found["states"]} <= firsts(text)
    for input_ in chosen.input_names:
        assert re.search(rf"\b{input_} {VALUE}", text)


def test_a_course_names_every_row_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    monkeypatch.setattr(output, "PIPED_WIDTH", 80)
    words = ("course", "risperidone 4 mg daily for 3 days", "--draws", "10", "--circuit")
    text = printed(80, *words, "dyskinesia")
    table = text.split("(dyskinesia)")[1].split("How do we know")[0]
    assert not EXPONENT.search(table)
    found = json.loads(printed(10**7, "circuit", "dyskinesia", "--json"))
    assert {*found["outputs"], *found["states"]} <= firsts(table)


def long_document() -> CircuitDocument:
    """Bands in four columns beside a long name: no room for meanings at 80 characters."""
    hours = [0.0, 12.0, 24.0]
    value, low, high = [-0.1234, -0.5, 0.25], [-0.9, -0.8, -0.7], [0.1, 0.2, 0.3]
    line = CircuitSeries(
        unit="fraction", text="what it means", time_h=hours, value=value, low=low, high=high
    )
    steady = SteadyLine(unit="fraction", value=-0.1, low=-0.2, high=0.3)
    return CircuitDocument(
        version="1",
        circuit="long",
        title="Long names",
        people=20,
        level=0.9,
        inputs={},
        states={"withdrawal_serotonin": line},
        outputs={},
        steady={"withdrawal_serotonin": steady},
        error=None,
        parameters={},
        caveats=[],
    )


def test_without_a_fixed_point_nothing_is_said_of_the_end() -> None:
    for document, there in (
        (long_document(), True),
        (replace(long_document(), steady={}), False),
    ):
        out = Console(width=120, highlight=False)
        with out.capture() as kept:
            show_course(out, document)
        assert ("in the end" in kept.get()) == there


def test_meanings_stand_below_where_there_is_no_room_beside() -> None:
    lines: dict[int, list[str]] = {}
    for width in (80, 160):
        out = Console(width=width, highlight=False)
        with out.capture() as kept:
            show_course(out, long_document(), ["first_input 0.5", "second_input 1"])
        lines[width] = [line.rstrip() for line in kept.get().splitlines()]
    assert "withdrawal_serotonin [fraction]: what it means" in lines[80]
    assert "first_input 0.5, second_input 1" in lines[80]
    assert re.fullmatch(rf"withdrawal_serotonin(?: +{VALUE}){{4}}", lines[80][-4])
    assert re.fullmatch(rf"(?: +{VALUE} to){{4}}", lines[80][-3])
    assert re.fullmatch(rf"(?: +{VALUE}){{4}}", lines[80][-2])
    assert lines[160][-1].endswith("fraction  what it means")
    assert "-0.123 (-0.900 to 0.100)" in lines[160][-1]
