"""Records of the package read without validating their types again.

The audit validates every record in CI, so reading one at run time only has to build it: waiting
for pydantic would take longer than everything else on the way from a command to its answer.
What a record checks of itself is still checked. The tests hold this and `validated` together.
"""

from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, get_args, get_origin

from occupancy.evidence.figure import Record

_T = TypeVar("_T", bound=Record)


class _Many(NamedTuple):
    inner: Any
    mapping: bool


def construct(model: type[_T], data: dict[str, Any]) -> _T:
    """`data` as a `model`, nested records and tuples included, its types taken on trust."""
    shapes = _shapes(model)
    values = {name: _shaped(shapes[name], value) for name, value in data.items()}
    return model(**values)


@cache
def _shapes(model: type[Record]) -> dict[str, Any]:
    return {one.name: _shape(one.type) for one in fields(model)}


def _shape(annotation: Any) -> Any:
    """What has to be done with a value: nothing, float, a record class, or the same in many."""
    origin = get_origin(annotation)
    if isinstance(annotation, type) and origin is None:
        if issubclass(annotation, Record):
            return annotation
        return float if annotation is float else None
    if origin in (Union, UnionType):
        shapes = [_shape(one) for one in get_args(annotation)]
        return next((shape for shape in shapes if shape is not None), None)
    if origin is tuple:
        return _Many(_shape(get_args(annotation)[0]), mapping=False)
    if origin is dict:
        return _Many(_shape(get_args(annotation)[1]), mapping=True)
    return _shape(get_args(annotation)[0]) if origin is Annotated else None


def _shaped(shape: Any, value: Any) -> Any:
    if shape is None:
        return value
    if shape is float:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(shape, _Many):
        if shape.mapping:
            return {key: _shaped(shape.inner, one) for key, one in value.items()}
        return tuple(_shaped(shape.inner, one) for one in value)
    return construct(shape, value)
