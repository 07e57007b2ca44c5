"""From products to feasible doses to plans: the best taper they allow, with its proof.

`start_of` reads what is taken now, `products_at_hand` what it can be made of, and `propose` plans:
`feasible_doses`, a `ladder.ladder` of their occupancy, the plan whose worst drop is smallest
(`minimax.minimax`) with a certificate that `check.check` confirms without the planner, other
methods (`side_by_side`), days from kinetics, a new plan from today (`replan`). Beside it stand the
view of a dose within a day (`swing.swing`, `compare_intervals`, `missed_doses`), of a person
(`person_shift.person_shift`, `stop_comedication`), two drugs at once (`cross_taper`), and the
withdrawal drive (`plan_drive`). A function that has its file's name is imported from that file.

Stands above `course` and `population`. Imports NumPy alone until a document or a picture is asked
for; names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.taper.at_hand import products_at_hand
    from occupancy.taper.certificate import Certificate
    from occupancy.taper.cross import CrossDrug, CrossPlan, cross_taper
    from occupancy.taper.dated import dated
    from occupancy.taper.drive import PlanDrive, plan_drive
    from occupancy.taper.feasible import FeasibleDoses, feasible_doses
    from occupancy.taper.history import Event, History, replan
    from occupancy.taper.hold import Hold, calendar, hold_days
    from occupancy.taper.interval import compare_intervals
    from occupancy.taper.ladder import Ladder
    from occupancy.taper.market import products_of
    from occupancy.taper.marketed import MarketedProduct
    from occupancy.taper.methods import side_by_side
    from occupancy.taper.minimax import fewest_steps
    from occupancy.taper.missed import missed_doses
    from occupancy.taper.over_draws import minimax_over_draws
    from occupancy.taper.phrase import product
    from occupancy.taper.plan import Plan
    from occupancy.taper.proposal import Proposal, propose
    from occupancy.taper.request import TaperRequest
    from occupancy.taper.schedule import Schedule
    from occupancy.taper.shopping import shopping_list
    from occupancy.taper.start import Start, start_of
    from occupancy.taper.stopping import stop_comedication

#: Public names and the files that hold them.
_HOMES: Final = {
    "Certificate": "certificate",
    "CrossDrug": "cross",
    "CrossPlan": "cross",
    "Event": "history",
    "FeasibleDoses": "feasible",
    "History": "history",
    "Hold": "hold",
    "Ladder": "ladder",
    "MarketedProduct": "marketed",
    "Plan": "plan",
    "PlanDrive": "drive",
    "Proposal": "proposal",
    "Schedule": "schedule",
    "Start": "start",
    "TaperRequest": "request",
    "calendar": "hold",
    "compare_intervals": "interval",
    "cross_taper": "cross",
    "dated": "dated",
    "feasible_doses": "feasible",
    "fewest_steps": "minimax",
    "hold_days": "hold",
    "minimax_over_draws": "over_draws",
    "missed_doses": "missed",
    "plan_drive": "drive",
    "product": "phrase",
    "products_at_hand": "at_hand",
    "products_of": "market",
    "propose": "proposal",
    "replan": "history",
    "shopping_list": "shopping",
    "side_by_side": "methods",
    "start_of": "start",
    "stop_comedication": "stopping",
}

__all__ = [
    "Certificate",
    "CrossDrug",
    "CrossPlan",
    "Event",
    "FeasibleDoses",
    "History",
    "Hold",
    "Ladder",
    "MarketedProduct",
    "Plan",
    "PlanDrive",
    "Proposal",
    "Schedule",
    "Start",
    "TaperRequest",
    "calendar",
    "compare_intervals",
    "cross_taper",
    "dated",
    "feasible_doses",
    "fewest_steps",
    "hold_days",
    "minimax_over_draws",
    "missed_doses",
    "plan_drive",
    "product",
    "products_at_hand",
    "products_of",
    "propose",
    "replan",
    "shopping_list",
    "side_by_side",
    "start_of",
    "stop_comedication",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'occupancy.taper' has no attribute {name!r}")
    return getattr(import_module(f"occupancy.taper.{_HOMES[name]}"), name)
