"""All JSON documents by name, from the rooms that make them: what `--json` prints.

May import every room that makes documents; the doors (`cli`, `web`) read them here.
"""

from typing import Any

from occupancy.course.answer import Document
from occupancy.course.documents import SCHEMAS as COURSE
from occupancy.course.profile_document import SCHEMAS as PROFILE
from occupancy.diary.schemas import SCHEMAS as DIARY
from occupancy.inference.documents import SCHEMAS as INFERENCE
from occupancy.pet.documents import SCHEMAS as PET
from occupancy.population.documents import SCHEMAS as POPULATION
from occupancy.taper.documents import SCHEMAS as TAPER

SCHEMAS: dict[str, type[Document]] = {
    **COURSE,
    **PROFILE,
    **POPULATION,
    **TAPER,
    **PET,
    **INFERENCE,
    **DIARY,
}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON schema of the document called `name`, one of `SCHEMAS`."""
    from pydantic import ConfigDict, TypeAdapter, with_config

    strict = with_config(ConfigDict(extra="forbid"))
    return TypeAdapter(strict(SCHEMAS[name])).json_schema()
