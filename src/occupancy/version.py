"""The version of the package, as it stands in every result."""

from typing import Final

VERSION: Final = "0.1.0"
