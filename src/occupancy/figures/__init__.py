"""One specification per picture: Vega-Lite through altair, from the documents of the rooms.

A figure takes a document and returns a chart; `save` writes it. altair and vl-convert are
imported only when a picture is asked for. May import `diary` and the rooms below it; `report_pdf`
sets the page that goes with the report's picture.
"""

from occupancy.figures.course import compare_figure, compare_rows, course_figure, course_rows
from occupancy.figures.d2_window import window_figure
from occupancy.figures.diary import report_figure
from occupancy.figures.dose_curve import curve_figure, curve_rows
from occupancy.figures.go_no_go import go_no_go_figure
from occupancy.figures.meta import forest_figure, meta_curves_figure, stored_forest_figure
from occupancy.figures.personal import personal_figure
from occupancy.figures.population import population_figure
from occupancy.figures.receptor_profile import profile_figure
from occupancy.figures.report_page import report_pdf
from occupancy.figures.saving import PictureError, check_path, save
from occupancy.figures.serotonin_lag import lag_figure
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
    "go_no_go_figure",
    "lag_figure",
    "meta_curves_figure",
    "personal_figure",
    "population_figure",
    "profile_figure",
    "report_figure",
    "report_pdf",
    "save",
    "stored_forest_figure",
    "strip",
    "taper_figure",
    "window_figure",
]
