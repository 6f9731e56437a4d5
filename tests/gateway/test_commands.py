"""A command counts once, and is on the log or is said not to be."""

from events.facts import OfferAccepted
from events.tracing import begun, read_traceparent
from tests.gateway.two_stations import FACTS_OF_THE_TOWN, OWN, PHONE, Town
from tests.projecting import answered, project
from tests.town import ZONE
from tests.worlds import record_of


async def test_an_id_stands_for_one_command(town: Town) -> None:
    headers, path = await town.station(), "/api/station/jobs/J-1/cancellation"
    first = await town.command(path, headers, id="once")
    again = await town.command(path, headers, id="once")
    assert again.json() == first.json() | {"repeated": True}
    assert len(town.log.facts) == 1
    town.log.facts.clear()
    other = await town.command(path, headers, {"reason": "雨"}, id="once")
    await town.refused(other, 409, "id_reused")


async def test_a_log_that_is_down_is_said_and_the_same_id_may_come_again(town: Town) -> None:
    token = await town.signed_in()
    path = f"/api/worker/offers/{town.offer_id}/acceptance"
    town.log.down = True
    answer = await town.command(path, token, id="yes")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:no_broker")
    town.log.down = False
    answer = await town.command(path, token, id="yes")
    assert (answer.status_code, answer.json()["repeated"]) == (202, False)
    [(_, id, fact)] = town.log.facts
    accepted = OfferAccepted(offer_id=town.offer_id, worker_id="W-1", zone=ZONE)
    assert (id, fact) == ("yes", accepted)


async def test_a_yes_that_is_booked_without_an_answer_is_taken_again(
    town: Town, redis_url: str
) -> None:
    """The broker had it, and nobody could tell: no receipt is there, and the offer is gone."""
    accepted = OfferAccepted(offer_id=town.offer_id, worker_id="W-1", zone=ZONE)
    facts = (*FACTS_OF_THE_TOWN, accepted)
    project(redis_url, answered(record_of(fact, offset) for offset, fact in enumerate(facts)))
    by_station, by_worker = await town.station(OWN), await town.signed_in()
    for path, headers in (
        (f"/api/worker/offers/{town.offer_id}/acceptance", by_worker),
        (f"/api/station/workers/W-1/offers/{town.offer_id}/acceptance", by_station),
    ):
        answer = await town.command(path, headers, id="yes")
        assert answer.status_code == 202, answer.text
    assert [fact for _, _, fact in town.log.facts] == [accepted, accepted]
    town.log.facts.clear()
    other = await town.command("/api/worker/offers/O-other/acceptance", by_worker)
    await town.refused(other, 404, "unknown_offer")


async def test_a_command_goes_on_in_its_clients_trace_and_a_forged_one_begins_its_own(
    town: Town,
) -> None:
    headers = await town.station(OWN)
    path = "/api/station/jobs/J-1/cancellation"
    outer = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for number, traceparent in enumerate((outer, "", f"00-{PHONE}", outer * 100)):
        answer = await town.command(path, headers | {"traceparent": traceparent}, id=f"t-{number}")
        assert answer.status_code == 202, answer.text
    source = town.log.facts[0][0]
    given = read_traceparent(outer)
    assert given is not None
    assert town.log.traces == [
        given.then(f"{source}#t-0"),
        *(begun(source, f"t-{number}") for number in (1, 2, 3)),
    ]
