"""What goes wrong in a circuit."""


class CircuitError(ValueError):
    """An input, a parameter or a state that a circuit refuses; the message says which and why."""
