"""Products sold and the devices that measure them: what a pharmacy can hand over, dated.

One file per drug holds its products by market; `devices.toml` holds syringes, droppers and the
tolerances of measuring and splitting. Nothing here is computed: `taper` turns it into doses.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import Ge, Gt, Lt, MinLen

from occupancy.evidence.figure import Name, Record

Market = Literal["US", "UK", "AU"]
DoseForm = Literal[
    "tablet",
    "orodispersible tablet",
    "dispersible tablet",
    "XR tablet",
    "GR tablet",
    "capsule",
    "XR capsule",
    "GR capsule",
    "drops",
    "solution",
    "suspension",
    "concentrate",
    "compounded",
    "tapering strip",
]
Parts = Literal["whole", "halves", "quarters"]
Act = Literal["split", "crush", "open"]
Standing = Literal["primary", "transcription", "secondary", "derived", "recalled", "assumed"]

LIQUIDS: Final[frozenset[str]] = frozenset({"drops", "solution", "suspension", "concentrate"})
#: Forms that may be cut where their own product says so.
DIVISIBLE: Final[frozenset[str]] = frozenset({"tablet", "dispersible tablet"})
CAPSULES: Final[frozenset[str]] = frozenset({"capsule", "XR capsule", "GR capsule"})
#: Forms that release the drug slowly, or past the stomach.
SLOW: Final[frozenset[str]] = frozenset({"XR tablet", "GR tablet", "XR capsule", "GR capsule"})

_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?|undated")


@dataclass(frozen=True, kw_only=True)
class SoldProduct(Record):
    """A form of a drug on a market, with the strengths that one source gives.

    `scored` is left out where the source does not say; `pieces` is how far it may be divided,
    and stays "whole" unless a source speaks for more. `equivalence` names the figure of the drug's
    record by which a labelled milligram outweighs one of the usual form; `drug_form` names the
    record's form whose kinetics it has. `as_of` is the day, month or year the source was true,
    or "undated".
    """

    market: Market
    form: DoseForm
    strengths_mg: tuple[Annotated[float, Gt(0)], ...] = ()
    mg_per_mL: Annotated[float, Gt(0)] | None = None
    drops_per_mL: Annotated[float, Gt(0)] | None = None
    scored: bool | None = None
    pieces: Parts = "whole"
    must_not: tuple[Act, ...] = ()
    why: str = ""
    dilute: bool = False
    supply: Literal["marketed", "special order", "discontinued"] = "marketed"
    pack: tuple[Annotated[float, Gt(0)], ...] = ()
    equivalence: str | None = None
    drug_form: str = ""
    as_of: str
    cite: Name
    status: Standing
    note: str = ""

    def __post_init__(self) -> None:
        """Check what the types alone do not say."""
        liquid = self.form in LIQUIDS
        if liquid != (self.mg_per_mL is not None) or liquid == bool(self.strengths_mg):
            raise ValueError(f"{self.form}: a liquid has `mg_per_mL`, anything else `strengths_mg`")
        if (self.form == "drops") != (self.drops_per_mL is not None):
            raise ValueError(f"{self.form}: `drops_per_mL` belongs to drops, and drops need it")
        if self.pieces != "whole" and self.form not in DIVISIBLE:
            raise ValueError(f"{self.form}: must stay whole, not {self.pieces}")
        if self.pieces != "whole" and "split" in self.must_not:
            raise ValueError(f"{self.form}: {self.pieces} of what must not be split")
        if self.must_not and not self.why:
            raise ValueError(f"{self.form}: `must_not` needs `why`")
        if not _DATE.fullmatch(self.as_of):
            raise ValueError(f"as_of {self.as_of!r}: write 2026, 2026-10, 2026-10-09 or undated")


@dataclass(frozen=True, kw_only=True)
class NotSold(Record):
    """Something looked for on a market and found not to be sold."""

    market: Market
    what: Name
    as_of: str
    cite: Name
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ProductRecord(Record):
    """The products of one drug: `products/NAME.toml`."""

    drug: Name
    product: Annotated[tuple[SoldProduct, ...], MinLen(1)]
    not_sold: tuple[NotSold, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Syringe(Record):
    """An oral syringe: its capacity, the distance of its marks, the least volume worth drawing."""

    capacity_mL: Annotated[float, Gt(0)]
    mark_mL: Annotated[float, Gt(0)]
    smallest_mL: Annotated[float, Gt(0)]
    cite: Name
    status: Standing
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SyringeTolerance(Record):
    """Largest error of a syringe of capacity C below `below_mL`, expelling a volume v.

    v < C/2: capacity_share * C + volume_share * v; otherwise half_share * v.
    """

    below_mL: Annotated[float, Gt(0)]
    capacity_share: Annotated[float, Ge(0), Lt(1)]
    volume_share: Annotated[float, Ge(0), Lt(1)]
    half_share: Annotated[float, Ge(0), Lt(1)]
    cite: Name
    status: Standing
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Allowance(Record):
    """A share, or a count, that a measurement may be wrong by or wastes."""

    name: Name
    value: Annotated[float, Ge(0)]
    unit: Literal["share", "marks", "drops/mL", "drops", "mL"]
    cite: str = ""
    status: Standing
    note: Name


@dataclass(frozen=True, kw_only=True)
class DeviceTable(Record):
    """`devices.toml`: syringes, their tolerance by capacity, and the other allowances by name."""

    syringe: Annotated[tuple[Syringe, ...], MinLen(1)]
    syringe_tolerance: Annotated[tuple[SyringeTolerance, ...], MinLen(1)]
    allowance: tuple[Allowance, ...]

    def allowances(self) -> dict[str, float]:
        """The allowances by name."""
        return {one.name: one.value for one in self.allowance}
