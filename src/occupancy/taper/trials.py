"""What trials found of ways to stop, in sentences that go with every plan."""

from __future__ import annotations

from occupancy.evidence import reference, tapering


def trial_lines() -> list[str]:
    """What trials found of ways to stop, in sentences."""
    figures = {one.id: one for one in tapering().figure}
    said: list[str] = []
    for one in tapering().strategy:
        if one.risk_ratio is None:
            said.append(f"{one.name}: no difference in {one.outcome} from {one.versus} was found")
            continue
        ratio = figures[one.risk_ratio]
        said.append(
            f"{one.name}: risk of {one.outcome} {ratio.central:g} times that of {one.versus} "
            f"({reference(ratio.cite).short()})"
        )
    said.append("Occupancy is how much of the target is engaged, not how well a person is")
    return said
