"""From products to feasible doses to plans: the best taper they allow, with its proof."""
