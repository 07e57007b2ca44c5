"""The document of the published observations recomputed."""

VALIDATION = {
    "ValidationRow.citation": "first author and year",
    "passed": "number of rows within their tolerance",
    "ValidationRow.passed": "whether the prediction lies within the tolerance",
    "rows": "one entry per observation",
    "ErrorLine.rows": "number of observations",
    "errors": "error of occupancy by drug and target",
    "rms_points": "root mean square error, points of percent",
    "uchida_2011_points": "of Uchida et al. 2011, from plasma levels of the same people",
    "on_their_people_points": "of the curve used here on those people, from plasma, by arithmetic",
    "group": "kind of observation",
    "what": "the observation in words",
    "published": "the published value or range",
    "predicted": "what is computed here",
    "error": "predicted minus published, or distance from the published range",
    "tolerance": "how far it may lie off",
    "reason": "for a miss, why, where it is known",
}
