"""Plans and results in the formats other software reads. May import every room below `cli`."""
