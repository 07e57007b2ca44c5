"""What is wrong with a product, a set of products, or a dose they are to make."""

from __future__ import annotations

from occupancy.regimen.errors import RegimenError


class ProductError(RegimenError):
    """A product that cannot be read or used; points at the wrong word where there is a text."""

    def pointed(self, text: str, start: int, end: int) -> ProductError:
        """Return the same error, pointing at `text[start:end]`."""
        return type(self)(self.problem, self.expected, text, start, end)


class WrongField(ValueError):
    """A field of a product that does not go with the others.

    Attributes:
        field: its name in `MarketedProduct`.
        problem: what is wrong and what to do, in words.
    """

    def __init__(self, field: str, problem: str) -> None:
        """Hold the field and the problem."""
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        """Return the problem, without the name of the field."""
        return self.problem


class NoSuchDose(ProductError):
    """A dose that the products at hand do not make.

    Attributes:
        dose_mg: what was asked for.
        nearest: the largest feasible dose below and the smallest above, where there are any.
    """

    def __init__(self, dose_mg: float, nearest: tuple[float, ...], problem: str) -> None:
        """Hold the dose, its neighbours and the sentence about them."""
        super().__init__(problem)
        self.args = (dose_mg, nearest, problem)
        self.dose_mg = dose_mg
        self.nearest = nearest
