"""Names of a plan and its parts that stay the same whenever the plan is exported."""

from __future__ import annotations

from uuid import UUID, uuid5

from occupancy.interop.saving import ExportError
from occupancy.taper.schedule import Schedule


def plan_uuid(schedule: Schedule) -> UUID:
    """The id of a plan.

    Raises:
        ExportError: it is no UUID.
    """
    try:
        return UUID(schedule.plan_id)
    except ValueError as error:
        raise ExportError(
            f"plan_id = {schedule.plan_id!r} is no UUID; make one with uuid.uuid4() when the plan "
            "is made and keep it."
        ) from error


def plan_urn(schedule: Schedule) -> str:
    """The id of a plan as a URI: "urn:uuid:…".

    Raises:
        ExportError: see `plan_uuid`.
    """
    return plan_uuid(schedule).urn


def part_uuid(schedule: Schedule, part: str) -> UUID:
    """The id of one part of a plan, made from the plan's and the part's own name (RFC 4122, v5).

    Raises:
        ExportError: see `plan_uuid`.
    """
    return uuid5(plan_uuid(schedule), part)
