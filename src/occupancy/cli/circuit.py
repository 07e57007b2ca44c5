"""`occupancy circuit`: what the brain makes of an occupancy, without a drug's kinetics."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from occupancy.cli import options
from occupancy.cli.output import print_footer, print_json, saved, waiting

if TYPE_CHECKING:
    from occupancy.course.circuit_documents import CircuitDocument

_Command = TypeVar("_Command", bound=Callable[..., Any])

#: Inputs that have an option of their own; others go through --input.
INPUTS: Final = {
    "vmat2": "VMAT2 occupied, 0 to 1.",
    "vmat2_loss": "VMAT2 inactivated for good, per hour.",
    "vmat1": "VMAT1 occupied, 0 to 1.",
    "dat": "Dopamine transporters occupied, 0 to 1.",
    "mao": "Monoamine oxidase inhibited, 0 to 1.",
    "d2": "D2 receptors occupied, 0 to 1.",
    "d2_auto": "D2 autoreceptors occupied by an antagonist, 0 to 1.",
    "efficacy": "Efficacy of the drug at D2, 0 (antagonist) to 1.",
    "sert": "Serotonin transporters occupied, 0 to 1.",
    "net": "Noradrenaline transporters occupied, 0 to 1.",
    "d1_signal": "D1 signal, over drug-free.",
    "d2_signal": "D2 signal, over drug-free.",
    "dopamine": "Dopamine, over rest.",
    "firing": "Firing, over tonic.",
    "drug": "Free drug over its constant, C / K.",
}


def _inputs(command: _Command) -> _Command:
    for name, text in reversed(INPUTS.items()):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, name, type=float, help=f"Input: {text}")(command)
    return command


@click.command()
@click.argument("name")
@_inputs
@click.option(
    "--input", "other", multiple=True, metavar="NAME=VALUE", help="Any input; repeat for more."
)
@click.option(
    "--days", type=float, help="Integrate for so many days; without it only the fixed point."
)
@click.option("--until", type=float, metavar="DAY", help="Day on which inputs return to rest.")
@click.option(
    "--set", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter that differs."
)
@click.option(
    "--start", "states", multiple=True, metavar="NAME=VALUE", help="A state that does not rest."
)
@click.option(
    "--draws",
    type=click.IntRange(1, 100_000),
    default=1,
    show_default=True,
    help="Draws of the parameters that the evidence leaves open.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--level",
    type=click.FloatRange(0.01, 0.999),
    default=0.9,
    show_default=True,
    help="Probability inside the band.",
)
@options.ageing
@click.option("--age", type=float, help="Age in years, for --ageing.")
@options.json_option
@options.plot
def circuit(
    name: str,
    other: tuple[str, ...],
    days: float | None,
    until: float | None,
    parameters: tuple[str, ...],
    states: tuple[str, ...],
    draws: int,
    seed: int,
    level: float,
    ageing: str | None,
    age: float | None,
    as_json: bool,
    plot: Path | None,
    **given: float | None,
) -> None:
    """The circuit NAME under constant inputs: dopamine, dyskinesia, serotonin, gpr and more.

    Inputs that are not given rest. Without --days the fixed point is found at once; with it the
    way there is integrated (needs the extra `jax`).
    """
    from occupancy.course.circuit_alone import alone_document, circuit_alone, circuit_asked

    inputs = {key: value for key, value in given.items() if value is not None}
    inputs |= _pairs("--input", other)
    asked = circuit_asked(name, inputs, _pairs("--set", parameters), ageing, age)
    with waiting("following the circuit; the first time compiles it", when=days is not None):
        answer = circuit_alone(
            asked,
            start=_pairs("--start", states),
            days=days,
            until=until,
            draws=draws,
            seed=seed,
        )
    found = alone_document(asked, answer, level)
    if plot is not None:
        from occupancy.figures import save
        from occupancy.figures.circuit import course_of_circuit, steady_figure

        at_once = (asked.circuit, asked.inputs, asked.parameters)
        save(steady_figure(*at_once) if days is None else course_of_circuit(found), plot)
    if as_json:
        print_json(found)
    else:
        _show(found, days)
    if plot is not None:
        saved(plot)


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, float]:
    """NAME=VALUE given several times. Raises ValueError naming what cannot be read."""
    out: dict[str, float] = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            out[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise ValueError(f"{option} {text!r}: write a name and a number, as in {option} x=0.5")
    return out


def _show(document: "CircuitDocument", days: float | None) -> None:
    from occupancy.cli.circuit_table import show_course, show_steady
    from occupancy.cli.output import console

    out = console()
    given = [f"{name} {line.value[0]:g}" for name, line in document.inputs.items()]
    if days is None:
        show_steady(out, document, given)
    else:
        show_course(out, document, given)
    print_footer(out, document.version)
