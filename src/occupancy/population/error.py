"""What cannot be a population or a trial."""


class PopulationError(ValueError):
    """A population or a trial that cannot be; the message says what is allowed."""
