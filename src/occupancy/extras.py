"""Libraries that come with an extra of the package, and that may not be there."""


class MissingLibraryError(ImportError):
    """What was asked needs a library that is not installed; the message says how to get it."""
