"""Tables of scans answered by the functions that `occupancy pet` calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from occupancy.web.mistakes import Gathered
from occupancy.web.pet_questions import (
    PetFitQuestion,
    PetOccupancyQuestion,
    PetPooledQuestion,
    PetSettingsQuestion,
)
from occupancy.web.tables import Placed, check_size, placed, reading

if TYPE_CHECKING:
    from occupancy.pet.documents import PetFitDocument, PetOccupancyDocument
    from occupancy.pet.study_fit import FitSettings

#: Settings in words, each of which can be wrong by itself.
_WORDED = ("t_star", "vb", "onset", "unit", "time_unit", "nuclide", "input_unit")


def fit(asked: PetFitQuestion) -> PetFitDocument:
    """`occupancy pet fit`."""
    return _fitted(asked, None)


def pooled(asked: PetPooledQuestion) -> PetFitDocument:
    """`occupancy pet fit --hierarchical`."""
    return _fitted(asked, (asked.draws, asked.seed))


def _fitted(asked: PetFitQuestion, draws: tuple[int, int] | None) -> PetFitDocument:
    from occupancy.pet.study_asked import asked_fits

    settings = _settings(asked, asked.model)
    with placed([one.given() for one in (*asked.scans, *asked.blood)], "scans") as tables:
        scans, blood = _apart(tables, len(asked.scans))
        check_size(scans, settings, "scans")
        with reading(tables, "scans"):
            return tables.told(asked_fits(scans.paths, settings, blood, pooled=draws).document)


def occupancy(asked: PetOccupancyQuestion) -> PetOccupancyDocument:
    """`occupancy pet occupancy`."""
    from occupancy.pet.study_asked import NO_CHANGE, asked_occupancy, asked_table, target_changes

    settings = None if asked.model is None else _settings(asked, asked.model)
    on_drug = len(asked.scans) - 1
    together = Gathered()
    for name in NO_CHANGE:
        with together.about(name, getattr(asked, name) or None):
            target_changes(on_drug, {name: getattr(asked, name)})
    together.complain()
    changes = target_changes(on_drug, {name: getattr(asked, name) for name in NO_CHANGE})
    with placed([one.given() for one in (*asked.scans, *asked.blood)], "scans") as tables:
        scans, blood = _apart(tables, len(asked.scans))
        if settings is not None:
            check_size(scans, settings, "scans")
        with reading(tables, "scans"):
            table, notes = asked_table(
                scans.paths,
                settings,
                blood,
                outcome=asked.outcome,
                correlation=asked.correlation,
            )
            document = asked_occupancy(
                table,
                notes,
                v_nd=asked.v_nd,
                level=asked.level,
                interval=asked.interval,
                correlation=asked.correlation,
                seed=asked.seed,
                changes=changes,
            )
        return tables.told(document)


def _apart(tables: Placed, scans: int) -> tuple[Placed, Sequence[Path]]:
    """The tables of scans, and those of blood after them."""
    return Placed(tables.folder, tables.paths[:scans]), tables.paths[scans:]


def _settings(asked: PetSettingsQuestion, model: str) -> FitSettings:
    from occupancy.pet.activity_unit import activity_unit, time_unit
    from occupancy.pet.nuclide import nuclide_name
    from occupancy.pet.scan_fit import MODELS
    from occupancy.pet.study_asked import SETTINGS, settings_of

    said = {name: getattr(asked, name) for name in SETTINGS if name != "model"}
    silent = dict.fromkeys(_WORDED)
    laws = {
        "unit": activity_unit,
        "input_unit": activity_unit,
        "time_unit": time_unit,
        "nuclide": nuclide_name,
    }
    together = Gathered()
    with together.about("model", model):
        if model not in MODELS:
            raise ValueError(f"there is no such model; choose one of {', '.join(MODELS)}")
    for name in _WORDED:
        if said[name] is not None:
            with together.about(name, said[name]):
                settings_of({**said, **silent, name: said[name], "model": model})
                if name in laws:
                    laws[name](said[name])
    together.complain()
    return settings_of({**said, "model": model})
