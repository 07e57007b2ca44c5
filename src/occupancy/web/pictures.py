"""Pictures of `figures` for a page: panels that fit any width, their rows apart.

A panel's specification is made once for a shape of document and its rows are exchanged, so that a
picture follows a slider: making a specification takes a quarter of a second, rows a millisecond.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.figures.style import Rows

#: Specifications kept, the least recently used goes first.
KEPT: Final = 64
_kept: OrderedDict[tuple[object, ...], list[dict[str, Any]]] = OrderedDict()
_lock = threading.Lock()


def panels(shape: tuple[object, ...], make: Callable[[], Any]) -> list[dict[str, Any]]:
    """The panels of a figure without title and rows, each as wide as its place.

    Args:
        shape: everything the specification depends on, rows aside.
        make: the figure.
    """
    with _lock:
        if shape in _kept:
            _kept.move_to_end(shape)
            return _kept[shape]
    made = _split(make())
    with _lock:
        _kept[shape] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def picture(shape: tuple[object, ...], make: Callable[[], Any], rows: Rows) -> dict[str, Any]:
    """What a page needs to draw a picture: `panels`, and `rows` by the name they take them by."""
    return {"panels": panels(shape, make), "rows": rows}


def _split(chart: Any) -> list[dict[str, Any]]:
    from altair import Undefined

    if "datasets" in chart._kwds:
        chart.datasets = Undefined
    whole: dict[str, Any] = chart.to_dict()
    whole.pop("title", None)
    shared = {
        key: whole[key] for key in ("$schema", "config", "datasets", "resolve") if key in whole
    }
    shared["config"] = _config(shared.get("config", {}))
    parts = whole.get("vconcat", [whole])
    found = []
    for part in parts:
        one = {k: v for k, v in part.items() if k not in ("width", "padding", "background")}
        one = {**one, **shared, "width": "container"}
        one["autosize"] = {"type": "fit-x", "contains": "padding"}
        if "vconcat" in whole:
            one.pop("resolve", None)
            if "resolve" in part:
                one["resolve"] = part["resolve"]
        found.append(one)
    return found


def _config(house: dict[str, Any]) -> dict[str, Any]:
    """The settings of a figure for a place of any width and ground, axes under one another."""
    return {
        **house,
        "background": None,
        "padding": 4,
        "axisY": {**house.get("axisY", {}), "minExtent": 34},
        "legend": {**house.get("legend", {}), "orient": "bottom", "columns": 2},
    }


def svg(chart: Any) -> bytes:
    """The whole figure as SVG, for pages without scripts and to be kept."""
    import vl_convert

    return vl_convert.vegalite_to_svg(chart.to_dict()).encode()


def png(chart: Any) -> bytes:
    """The whole figure as PNG, twice as dense as a screen."""
    import vl_convert

    return vl_convert.vegalite_to_png(chart.to_dict(), scale=2.0)
