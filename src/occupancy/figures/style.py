"""One look for every picture: colours that colour-blind eyes tell apart, calm lines, one font."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from occupancy.version import VERSION

if TYPE_CHECKING:
    import altair as alt

#: Okabe and Ito's palette, dark enough on white, without the yellow.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
GREY: Final = "#6b6b6b"
WINDOW: Final = "#009E73"
FONT: Final = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"
WIDTH: Final = 640
BAND_OPACITY: Final = 0.18
FOOTER: Final = f"occupancy {VERSION}; for information, does not prescribe."
#: Characters of a subtitle line before it is broken.
LINE: Final = 108


def finished(chart: Any, title: str, subtitle: list[str]) -> alt.TopLevelMixin:
    """The chart with its title, subtitle lines and the house's settings."""
    return (
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


def wrapped(text: str) -> list[str]:
    """`text` in lines of at most `LINE` characters, broken between words."""
    import textwrap

    return textwrap.wrap(text, LINE) or [""]
