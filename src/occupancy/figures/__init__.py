"""One specification per picture: Vega-Lite through altair, from the documents of the rooms.

A figure takes a document and returns a chart; `save` writes it. altair and vl-convert are
imported only when a picture is asked for. May import `taper` and the rooms below it.
"""

from occupancy.figures.course import compare_figure, course_figure
from occupancy.figures.d2_window import window_figure
from occupancy.figures.dose_curve import curve_figure
from occupancy.figures.go_no_go import go_no_go_figure
from occupancy.figures.population import population_figure
from occupancy.figures.receptor_profile import profile_figure
from occupancy.figures.saving import PictureError, check_path, save
from occupancy.figures.serotonin_lag import lag_figure
from occupancy.figures.taper import taper_figure
from occupancy.figures.terminal import strip

__all__ = [
    "PictureError",
    "check_path",
    "compare_figure",
    "course_figure",
    "curve_figure",
    "go_no_go_figure",
    "lag_figure",
    "population_figure",
    "profile_figure",
    "save",
    "strip",
    "taper_figure",
    "window_figure",
]
