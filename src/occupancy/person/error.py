"""The error of this room."""


class PersonError(ValueError):
    """Something about the person that cannot be used; the message says what to change."""
