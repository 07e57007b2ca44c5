"""A drug in a person, beside the same drug in the typical person of its studies."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from occupancy.course.assemble import Assembled, Effects
from occupancy.course.effects import effects_of
from occupancy.course.link import Link, link
from occupancy.course.sampling import Sampler, Sampling
from occupancy.drugs import Anchored, Binding, Product, Source, kinetic_model, resolve, sources
from occupancy.evidence import EvidenceError
from occupancy.person import Person


@dataclass(frozen=True)
class Setting:
    """What every computation about one drug and one person starts from.

    Attributes:
        subject: the drug in the person.
        typical: the drug's usual form in the reference adult, without differences between
            people: what a dose-occupancy study is read on.
        warnings: what to be careful about from the start.
    """

    subject: Assembled
    typical: Assembled
    person: Person | None
    warnings: tuple[str, ...]
    _links: dict[tuple[type[Binding], str, int, bool], tuple[Binding, Link]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def product(self) -> Product:
        """The drug in the form it is given."""
        return self.subject.product

    def sources(self, bindings: Iterable[Binding]) -> tuple[Source, ...]:
        """The figures behind an answer: binding, kinetics, and what the person's traits moved."""
        subject = self.subject
        own = sources(subject.product.record, subject.model, bindings, subject.effects.figures)
        return (*own, *subject.effects.sources)

    def link(self, bound: Binding) -> Link:
        """Concentration to occupancy at the target of a binding, computed once."""
        model = bound.anchor if isinstance(bound, Anchored) else bound.model
        # The binding is kept beside its link, so that no other model takes the place of its own.
        key = (type(bound), bound.target, id(model), getattr(bound, "pooled", False))
        if key not in self._links:
            self._links[key] = bound, link(bound, self.subject.sampler, self.typical)
        return self._links[key][1]


def setting(
    name: str,
    *,
    person: Person | None = None,
    sampling: Sampling,
    kinetics: str | None = None,
    route: str | None = None,
) -> Setting:
    """Put the drug called `name` into a person.

    Args:
        name: name, synonym or form of the drug.
        person: None is the reference adult.
        sampling: draws, seed, variability.
        kinetics: another kinetic model of the record than the form's own.
        route: the route the regimen names; the first form of that route is taken when the
            named form has another.

    Raises:
        ValueError: unknown names, a route the drug has no form for, a drug without kinetics.
    """
    product = _by_route(resolve(name), route)
    record = product.record
    model = kinetic_model(product, kinetics)
    sampler = Sampler(record, sampling)
    effects = effects_of(person, record, model, sampler)
    # A dose study is read on the usual form, with the kinetics asked for when they are its own.
    usual = Product(record, record.form[0])
    usual_model = kinetic_model(usual, kinetics if product == usual else None)
    typical = Sampler(record, Sampling(sampling.draws, sampling.seed, variability=False))
    warnings = [*effects.warnings]
    if record.stop_warning:
        warnings.append(record.stop_warning)
    return Setting(
        subject=Assembled(product, model, sampler, effects),
        typical=Assembled(usual, usual_model, typical, Effects()),
        person=person,
        warnings=tuple(warnings),
    )


def _by_route(product: Product, route: str | None) -> Product:
    if route is None or route == product.form.route:
        return product
    for form in product.record.form:
        if form.route == route:
            return Product(product.record, form)
    routes = ", ".join(dict.fromkeys(form.route for form in product.record.form))
    raise EvidenceError(
        f"{product.record.name} has no form given {route}; routes on record: {routes}"
    )
