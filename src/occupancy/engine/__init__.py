"""How much is computed where: the drivers behind populations, and what runs their pieces.

May import `kinetics` and the rooms below it.
"""
