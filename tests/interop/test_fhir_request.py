"""FHIR proposals: accepted by a library of the models, and by our invariants; bad ones refused."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from occupancy.interop.fhir_invariants import check
from occupancy.interop.fhir_request import (
    RXNORM,
    UCUM_CODE,
    Release,
    medication_requests,
    medication_requests_json,
)
from occupancy.interop.saving import ExportError
from occupancy.taper.recipe import PieceUnit

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
RELEASES: tuple[Release, ...] = ("R4", "R5")


def requests(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"]]


def dosages(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for request in requests(bundle) for one in request["dosageInstruction"]]


@pytest.fixture(params=RELEASES)
def bundle(request, plan) -> dict[str, Any]:
    return medication_requests(plan, authored=NOW, release=request.param)


def test_our_own_pass_our_checks(bundle, maintained) -> None:
    assert check(bundle) == ()
    assert check(medication_requests(maintained, authored=NOW, subject="Patient/7")) == ()


@pytest.mark.parametrize("release", RELEASES)
def test_the_models_of_the_release_accept_them(plan, release: Release) -> None:
    module = "fhir.resources.R4B.bundle" if release == "R4" else "fhir.resources.bundle"
    Bundle = pytest.importorskip(module).Bundle
    text = medication_requests_json(plan, authored=NOW, release=release)
    again = json.loads(Bundle.model_validate_json(text).model_dump_json())
    assert requests(again)[0]["dosageInstruction"][0]["sequence"] == 1
    assert again["type"] == "collection"
    assert check(json.loads(text)) == ()


def r4_problems(bundle: dict[str, Any]) -> list[str]:
    schema = json.loads(Path(__file__).with_name("medication_request_r4.schema.json").read_text())
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    validator.check_schema(schema)
    return [problem.message for problem in validator(schema).iter_errors(bundle)]


def test_the_json_schema_of_r4_accepts_them(plan, maintained) -> None:
    for one in (plan, maintained):
        made = medication_requests(one, authored=NOW)
        assert r4_problems(json.loads(json.dumps(made))) == []


def test_the_json_schema_of_r4_refuses_what_r4_does_not_know(plan) -> None:
    assert r4_problems(medication_requests(plan, authored=NOW, release="R5"))
    for name in ("fortnight", "no date as text", "hour 25", "no subject"):
        bad = medication_requests(plan, authored=NOW)
        if name == "no date as text":
            repeat_of(bad)["boundsPeriod"]["start"] = "soon"
        else:
            BAD[name][0](bad)
        assert r4_problems(bad), name


def test_one_request_a_product_grouped_and_proposed(bundle, plan) -> None:
    assert [len(one["dosageInstruction"]) for one in requests(bundle)] == [4, 2]
    assert {one["status"] for one in requests(bundle)} == {"draft"}
    assert {one["intent"] for one in requests(bundle)} == {"proposal"}
    (group,) = {one["groupIdentifier"]["value"] for one in requests(bundle)}
    assert group == f"urn:uuid:{plan.plan_id}"
    assert len({one["id"] for one in requests(bundle)}) == 2


def test_sequence_is_the_stage_in_every_request(bundle) -> None:
    tablet, liquid = requests(bundle)
    assert [one["sequence"] for one in tablet["dosageInstruction"]] == [1, 2, 3, 4]
    assert [one["sequence"] for one in liquid["dosageInstruction"]] == [4, 5]


def test_the_milligrams_of_all_dosages_are_the_plans(bundle, plan) -> None:
    mg = {"{tablet}": 10.0, "mL": 2.0}
    for place, stage in enumerate(plan.stages, start=1):
        total = 0.0
        for one in dosages(bundle):
            if one["sequence"] == place:
                dose = one["doseAndRate"][0]["doseQuantity"]
                total += dose["value"] * mg[dose["code"]] * one["timing"]["repeat"]["frequency"]
        assert total == pytest.approx(stage.dose_mg, abs=1e-9)


def test_periods_hold_first_and_last_day(bundle, plan) -> None:
    for one in dosages(bundle):
        stage = plan.stages[one["sequence"] - 1]
        period = one["timing"]["repeat"]["boundsPeriod"]
        assert date.fromisoformat(period["start"]) == stage.start
        assert date.fromisoformat(period["end"]) + timedelta(days=1) == stage.end


def test_the_last_stage_stays_open(maintained) -> None:
    last = dosages(medication_requests(maintained, authored=NOW))[-1]
    assert "end" not in last["timing"]["repeat"]["boundsPeriod"]


def test_codes_where_there_are_any(plan, builder, steps) -> None:
    (first, *_) = requests(medication_requests(plan, authored=NOW))
    coding = first["medicationCodeableConcept"]["coding"]
    assert {one["system"]: one["code"] for one in coding}[RXNORM] == "2556"
    unknown = builder(steps, drug="raclopride")
    (first, *_) = requests(medication_requests(unknown, authored=NOW, release="R5"))
    assert first["medication"]["concept"] == {"text": "citalopram tablet 10 mg"}


def test_disclaimer_and_warnings_travel_and_are_escaped(builder, steps) -> None:
    plan = builder(steps, warnings=("less than <b>20 mg</b> & more",))
    for one in requests(medication_requests(plan, authored=NOW)):
        assert "does not prescribe" in " ".join(note["text"] for note in one["note"])
        assert "&lt;b&gt;20 mg&lt;/b&gt; &amp; more" in one["text"]["div"]


def test_two_amounts_in_a_day_are_concurrent(builder, steps, make) -> None:
    steps[1] = (14, [(8, make(tablets_=1)), (20, make(tablets_=0.5))])
    made = medication_requests(builder(steps), authored=NOW)
    assert [one["sequence"] for one in requests(made)[0]["dosageInstruction"]] == [1, 2, 2, 3, 4]
    assert check(made) == ()


def test_the_same_proposal_has_the_same_bytes(plan) -> None:
    first, second = (medication_requests_json(plan, authored=NOW) for _ in range(2))
    assert first == second


def test_every_unit_that_can_be_counted_has_its_code() -> None:
    assert set(UCUM_CODE) == set(get_args(PieceUnit))


def test_refusals(plan, builder) -> None:
    with pytest.raises(ExportError, match="time zone"):
        medication_requests(plan, authored=datetime(2026, 11, 21))
    with pytest.raises(ExportError, match="R4 or R5"):
        medication_requests(plan, authored=NOW, release="R3")  # type: ignore[arg-type]
    with pytest.raises(ExportError, match="only 0 mg"):
        medication_requests(builder([(None, [])]), authored=NOW)


def request_of(bundle: dict[str, Any]) -> dict[str, Any]:
    return bundle["entry"][0]["resource"]


def dosage_of(bundle: dict[str, Any], place: int = 0) -> dict[str, Any]:
    return request_of(bundle)["dosageInstruction"][place]


def repeat_of(bundle: dict[str, Any], place: int = 0) -> dict[str, Any]:
    return dosage_of(bundle, place)["timing"]["repeat"]


def dose_of(bundle: dict[str, Any]) -> dict[str, Any]:
    return dosage_of(bundle)["doseAndRate"][0]["doseQuantity"]


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    # the four that a library of the models takes for good
    "status banana": (lambda b: request_of(b).update(status="banana"), "'banana' is no status"),
    "reversed period": (
        lambda b: repeat_of(b)["boundsPeriod"].update(end="2026-11-01"),
        "before it starts",
    ),
    "two steps, one sequence": (lambda b: dosage_of(b, 1).update(sequence=1), "concurrent"),
    "fortnight": (lambda b: repeat_of(b).update(periodUnit="fortnight"), "'fortnight' is none of"),
    # and more
    "an order": (lambda b: request_of(b).update(intent="order"), "only a prescriber"),
    "intent apple": (lambda b: request_of(b).update(intent="apple"), "no intent"),
    "active": (lambda b: request_of(b).update(status="active"), "is a 'draft'"),
    "no group": (lambda b: request_of(b).pop("groupIdentifier"), "needs a system and a value"),
    "two groups": (
        lambda b: request_of(b)["groupIdentifier"].update(value="urn:uuid:0"),
        "differs between requests",
    ),
    "no subject": (lambda b: request_of(b).pop("subject"), "who the request is for"),
    "no dosage": (lambda b: request_of(b).pop("dosageInstruction"), "a dosage or more"),
    "no unit": (lambda b: dose_of(b).pop("unit"), "a number alone is no dose"),
    "no code": (lambda b: dose_of(b).pop("code"), "no UCUM unit"),
    "another system": (lambda b: dose_of(b).update(system="urn:x"), "use http://unitsofmeasure"),
    "no dose": (lambda b: dosage_of(b).pop("doseAndRate"), "has one dose"),
    "negative dose": (lambda b: dose_of(b).update(value=-1), "above 0"),
    "dose as text": (lambda b: dose_of(b).update(value="2"), "above 0"),
    "overlap": (
        lambda b: repeat_of(b)["boundsPeriod"].update(end="2026-12-16"),
        "sequences 1 and 2 overlap from 2026-12-15",
    ),
    "open in the middle": (lambda b: repeat_of(b)["boundsPeriod"].pop("end"), "overlap"),
    "wrong order": (
        lambda b: (dosage_of(b, 0).update(sequence=2), dosage_of(b, 1).update(sequence=1)),
        "sequence 2 comes before sequence 1",
    ),
    "no sequence": (lambda b: dosage_of(b).pop("sequence"), "number the steps"),
    "no date": (
        lambda b: repeat_of(b)["boundsPeriod"].update(start="2026-02-30"),
        "is no date",
    ),
    "no bounds": (lambda b: repeat_of(b).pop("boundsPeriod"), "is no date"),
    "frequency": (lambda b: repeat_of(b).update(frequency=3), "there are 1 hours"),
    "period 0": (lambda b: repeat_of(b).update(period=0), "above 0"),
    "hour 25": (lambda b: repeat_of(b).update(timeOfDay=["25:00:00"]), "08:00:00"),
    "when and hour": (lambda b: repeat_of(b).update(when=["MORN"]), "tim-10"),
    "one url": (
        lambda b: b["entry"][0].update(fullUrl=b["entry"][1]["fullUrl"]),
        "stands twice",
    ),
    "no entries": (lambda b: b.update(entry=[]), "is empty"),
    "transaction": (lambda b: b.update(type="transaction"), "'collection'"),
    "a patient": (lambda b: request_of(b).update(resourceType="Patient"), "'Patient'"),
    "both medications": (
        lambda b: request_of(b).update(medication={}, medicationCodeableConcept={}),
        "needs either",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_one_is_found(bundle, name: str) -> None:
    change, problem = BAD[name]
    bad = deepcopy(bundle)
    change(bad)
    found = check(bad)
    assert any(problem in str(one) for one in found), [str(one) for one in found]


@pytest.mark.parametrize("name", ["status banana", "fortnight", "reversed period"])
def test_a_library_of_the_models_does_not_find_it(plan, name: str) -> None:
    """Why the checks exist; when this fails, the library has learnt."""
    Bundle = pytest.importorskip("fhir.resources.R4B.bundle").Bundle
    bad = medication_requests(plan, authored=NOW)
    BAD[name][0](bad)
    assert Bundle.model_validate(bad) is not None


def test_a_code_of_another_form_is_found(plan) -> None:
    bad = medication_requests(plan, authored=NOW)
    request_of(bad)["medicationCodeableConcept"]["coding"][0]["code"] = "N06AB04"
    assert any("is no code of" in str(one) for one in check(bad))


def test_nothing_at_all_is_a_finding() -> None:
    assert check({})
    assert check(None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_stands_in_a_place_is_judged_and_never_trips(plan, data) -> None:
    bad = medication_requests(plan, authored=NOW)
    node: Any = bad
    holder, last = bad, "type"
    for _ in range(data.draw(st.integers(1, 9))):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or not node[key]:
            break
        holder, last, node = node, key, node[key]
    holder[last] = data.draw(json_values)
    assert all(str(one) for one in check(bad))
