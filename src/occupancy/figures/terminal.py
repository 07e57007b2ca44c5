"""A course drawn in characters: enough to see its shape without opening a file."""

from collections.abc import Sequence
from itertools import pairwise

WIDTH, HEIGHT = 72, 12
BAND, LINE = "░", "█"


def strip(
    time_h: Sequence[float],
    median: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> list[str]:
    """Lines of text that draw occupancy (fractions) over time, 0 to 100 % from bottom to top.

    Every column shows a stretch of time, whole days where days are many: the median's range as a
    solid block, the band's as a light one.
    """
    days = max(time_h[-1] / 24.0, 1e-9)
    count = int(min(width, max(days, 1.0))) if days >= width / 6 else width
    wide = max(width // count, 1)
    edges = [time_h[-1] * k / count for k in range(count + 1)]
    columns: list[tuple[int, int, int, int]] = []
    for start, end in pairwise(edges):
        inside = [i for i, t in enumerate(time_h) if start <= t <= end]
        inside = inside or [min(range(len(time_h)), key=lambda i, s=start: abs(time_h[i] - s))]
        column = (
            _row(min(low[i] for i in inside), height),
            _row(max(high[i] for i in inside), height),
            _row(min(median[i] for i in inside), height),
            _row(max(median[i] for i in inside), height),
        )
        columns.extend([column] * wide)
    ticks = {_row(percent / 100, height): percent for percent in (0, 25, 50, 75, 100)}
    lines: list[str] = []
    for row in reversed(range(height)):
        label = f"{ticks[row]:>4} % " if row in ticks else "       "
        lines.append(label + "│" + "".join(_mark(row, *column) for column in columns))
    lines.append("       └" + "─" * len(columns))
    end = f"day {time_h[-1] / 24:g}"
    lines.append("        0" + end.rjust(len(columns) - 1))
    return lines


def _row(value: float, height: int) -> int:
    return min(max(int(value * height), 0), height - 1)


def _mark(row: int, low: int, high: int, bottom: int, top: int) -> str:
    if bottom <= row <= top:
        return LINE
    return BAND if low <= row <= high else " "
