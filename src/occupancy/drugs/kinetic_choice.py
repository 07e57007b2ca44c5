"""Which of a drug's kinetic models answers."""

from occupancy.drugs.names import Product
from occupancy.evidence import EvidenceError
from occupancy.evidence.drugrecord import KineticModel


def kinetic_model(product: Product, name: str | None = None) -> KineticModel:
    """The kinetic model called `name`, or the one the product's form names.

    Raises:
        EvidenceError: no model of that name; the message lists the record's models and gaps.
    """
    wanted = name or product.form.kinetics
    for model in product.record.kinetics:
        if model.name == wanted:
            return model
    names = ", ".join(model.name for model in product.record.kinetics) or "none"
    raise EvidenceError(
        f"{product.record.name} has no kinetic model {wanted!r}; there are: {names}"
    )
