"""One specification per picture: Vega-Lite through altair, from the documents of the rooms.

A figure takes a document and returns a chart; `save` writes it. altair and vl-convert are
imported only when a picture is asked for. May import `taper` and the rooms below it.
"""

from occupancy.figures.course import compare_figure, compare_rows, course_figure, course_rows
from occupancy.figures.dose_curve import curve_figure, curve_rows
from occupancy.figures.meta import forest_figure, meta_curves_figure
from occupancy.figures.personal import personal_figure
from occupancy.figures.population import population_figure
from occupancy.figures.saving import PictureError, check_path, save
from occupancy.figures.taper import taper_figure
from occupancy.figures.terminal import strip

__all__ = [
    "PictureError",
    "check_path",
    "compare_figure",
    "compare_rows",
    "course_figure",
    "course_rows",
    "curve_figure",
    "curve_rows",
    "forest_figure",
    "meta_curves_figure",
    "personal_figure",
    "population_figure",
    "save",
    "strip",
    "taper_figure",
]
