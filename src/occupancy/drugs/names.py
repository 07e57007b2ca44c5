"""From the words a person writes to a drug and one of its forms."""

from dataclasses import dataclass
from functools import cache

from occupancy.evidence import DrugRecord, UnknownDrugError, drug_names, drug_record
from occupancy.evidence.drugrecord import Form


@dataclass(frozen=True)
class Product:
    """A drug in the form it is given."""

    record: DrugRecord
    form: Form

    @property
    def title(self) -> str:
        """The drug, and its form unless it is the usual one."""
        if self.form == self.record.form[0]:
            return self.record.name
        return f"{self.record.name} {self.form.name}"


def resolve(text: str) -> Product:
    """The product meant by `text`: a drug's name, synonym, or form.

    "quetiapine", "seroquel", "quetiapine XR" and "invega sustenna" are all understood; a drug
    alone means its first form. A form's alias stands alone when only one drug has it.

    Raises:
        UnknownDrugError: nothing of that name; the message suggests the nearest.
    """
    words = " ".join(text.lower().split())
    direct = _in_record(words, words.split(" ")[0])
    if direct is not None:
        return direct
    for name, synonyms in _synonyms().items():
        for synonym in synonyms:
            if words == synonym or words.startswith(synonym + " "):
                found = _in_record((name + words.removeprefix(synonym)).strip(), name)
                if found is not None:
                    return found
    owners = [name for name in drug_names() if _in_record(words, name) is not None]
    if len(owners) == 1:
        found = _in_record(words, owners[0])
        assert found is not None
        return found
    if owners:
        raise UnknownDrugError(
            f"{words!r} alone could be {', '.join(owners)}; write the drug's name first"
        )
    return _unknown(words)


def _in_record(words: str, name: str) -> Product | None:
    if name not in drug_names():
        return None
    record = drug_record(name)
    if not record.form:
        return None
    if words == name:
        return Product(record, record.form[0])
    rest = words.removeprefix(name).strip()
    for form in record.form:
        if words in form.aliases or rest == form.name.lower() or rest in form.aliases:
            return Product(record, form)
    return None


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    return {name: tuple(s.lower() for s in drug_record(name).synonyms) for name in drug_names()}


def _unknown(words: str) -> Product:
    first = words.split(" ")[0]
    if first in drug_names():
        record = drug_record(first)
        if not record.form:
            raise UnknownDrugError(
                f"{first} has a record but no form to simulate: "
                + "; ".join(gap.what for gap in record.gap)
            )
        forms = ", ".join(form.name for form in record.form)
        raise UnknownDrugError(
            f"{first} has no form {words.removeprefix(first).strip()!r}; its forms are: {forms}"
        )
    everything = {alias: n for n in drug_names() for alias in (n, *_synonyms()[n])}
    from difflib import get_close_matches

    near = dict.fromkeys(everything[k] for k in get_close_matches(words, everything, 3, 0.6))
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise UnknownDrugError(f"no drug called {words!r}: {hint}`occupancy drugs` lists them all")
