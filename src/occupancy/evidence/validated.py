"""Types and constraints of records, checked by pydantic."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from occupancy.evidence.figure import Record

_T = TypeVar("_T", bound=Record)


def validated(model: type[_T], data: object) -> _T:
    """`data`, as TOML gives it, as a `model`.

    Raises:
        pydantic.ValidationError: listing every field that is wrong, unknown or missing.
    """
    return _adapter(model).validate_python(data)


@cache
def _adapter(model: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(model)
