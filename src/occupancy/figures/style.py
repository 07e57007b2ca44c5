"""One look for every picture: colours that colour-blind eyes tell apart, calm lines, one font."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from occupancy.version import VERSION

if TYPE_CHECKING:
    import altair as alt

#: Rows of a chart's data, by the name it takes them by.
Rows: TypeAlias = dict[str, list[dict[str, Any]]]

#: Okabe and Ito's palette, dark enough on white, without the yellow.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
GREY: Final = "#6b6b6b"
WINDOW: Final = "#009E73"
MARK: Final = "#D55E00"
FONT: Final = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"
WIDTH: Final = 640
BAND_OPACITY: Final = 0.18
FOOTER: Final = f"occupancy {VERSION}; for information, does not prescribe."
#: Characters of a subtitle line before it is broken.
LINE: Final = 108


def named(name: str) -> Any:
    """Data that a chart takes by name; `finished` gives the rows."""
    import altair as alt

    return alt.NamedData(name)


def finished(
    chart: Any, title: str, subtitle: list[str], rows: Rows | None = None
) -> alt.TopLevelMixin:
    """The chart with its title, subtitle lines and the house's settings.

    Args:
        chart: of one panel or several.
        title: above it.
        subtitle: lines under the title; the house's own is added.
        rows: of data that the chart names. Given once and not in every layer, and exchangeable
            in a picture that is on a screen.
    """
    done = (
        chart.properties(
            title={
                "text": title,
                "subtitle": [line for text in (*subtitle, FOOTER) for line in wrapped(text)],
                "anchor": "start",
                "fontSize": 16,
                "subtitleFontSize": 11,
                "subtitleColor": GREY,
                "offset": 12,
            }
        )
        .configure(font=FONT, background="white", padding=14)
        .configure_axis(
            labelFontSize=11, titleFontSize=12, titleFontWeight="normal", gridColor="#ececec"
        )
        .configure_legend(labelFontSize=11, titleFontSize=11, labelLimit=320)
        .configure_view(stroke=None)
    )
    if rows:
        done.datasets = rows
    return done


def wrapped(text: str) -> list[str]:
    """`text` in lines of at most `LINE` characters, broken between words."""
    import textwrap

    return textwrap.wrap(text, LINE) or [""]
