"""From a dose to the receptor: quantitative neuropharmacology."""
