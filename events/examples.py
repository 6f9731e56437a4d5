"""One valid example of every message: a morning of tea picking in 双福镇, from posting to pay.

`make contract` writes the facts to `examples/` and all of them into `asyncapi.yaml`.
"""

from typing import Final

import msgspec

from events.audit import AuditRecorded
from events.facts import (
    ClockTicked,
    EmployerDelisted,
    EmployerListed,
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    ModelPromoted,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
    StationQuarantined,
    StationReleased,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.notices import (
    BookingAnswered,
    BookingRequested,
    Experience,
    Notice,
    VisitorAnnounced,
    VisitorReported,
)
from events.notifications import (
    AnyNotification,
    NotificationAttempted,
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationFailed,
    NotificationSent,
)
from events.outcomes import (
    AnyOutcome,
    AwayBooked,
    AwayEnded,
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    Cause,
    EmployerBlocked,
    EmployerCleared,
    EventRejected,
    JobExpired,
    JobFilled,
    JobUnfilled,
    MatchRanked,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    Ranked,
    Reason,
)
from events.values import Crew, Interval, Pay, Place, Policy, Skill

SOURCE: Final = "/zones/511181/stations/05"
OFFICE: Final = "/county/office"
"""Who says what is for all zones: no station does."""
TIME: Final = 1_805_068_800_000  # 2027-03-15T00:00Z
ZONE: Final = "511181"
_JOB: Final = "J-511181-20270315-0007"
_WORKER: Final = "W-0031"
_OFFER: Final = "O-511181-88121-1"
_RELEASE: Final = "sha256:" + "9f2c" * 16
_SHIFT: Final = Interval(start=1_805_155_200_000, end=1_805_187_600_000)
_OTHER: Final = "511102"
_CAUSE: Final = Cause(partition=3, offset=88_121, ce_id="station-05-000412")

FACTS: Final[dict[str, Fact]] = {
    fact.TYPE: fact
    for fact in (
        JobPosted(
            job_id=_JOB,
            zone=ZONE,
            station_id="511181-05",
            employer_id="E-0042",
            title="采茶工",
            occupation="5-01-02-02",
            employment_kind="gig",
            skills=("tea_picking",),
            headcount=20,
            accepts_crews=True,
            shifts=(_SHIFT,),
            pay=Pay(amount_fen=15_000, unit="day", settlement="daily"),
            place=Place(lat=29.5631, lon=103.4012, name="双福镇"),
            perks=("meal", "pickup"),
            minimum_age=16,
            posted_at=TIME,
            expires_at=1_805_155_200_000,
        ),
        JobAmended(job_id=_JOB, zone=ZONE, headcount=25, pay=Pay(amount_fen=16_000)),
        JobCancelled(job_id=_JOB, zone=ZONE, reason="下雨停采"),
        WorkerAvailable(
            worker_id=_WORKER,
            zone=ZONE,
            station_id="511181-05",
            windows=(Interval(start=1_805_151_600_000, end=1_805_194_800_000),),
            place=Place(lat=29.6551, lon=103.4452, name="双福镇"),
            skills=(Skill(code="tea_picking", level=3), Skill(code="cleaning")),
            certificates=("health",),
            max_distance_km=15.0,
            pay_floor_fen_day=12_000,
            travel_mode="ebike",
            birth_year=1971,
            crew=Crew(leader_id=_WORKER, size=4),
            channels=("call", "page"),
            valid_until=1_805_194_800_000,
        ),
        WorkerUnavailable(worker_id=_WORKER, zone=ZONE, cancel_bookings=True, reason="家中有事"),
        WorkerForgotten(worker_id=_WORKER, zone=ZONE),
        OfferAccepted(offer_id=_OFFER, worker_id=_WORKER, zone=ZONE),
        OfferDeclined(offer_id=_OFFER, worker_id=_WORKER, zone=ZONE, reason="太远"),
        WorkCompleted(job_id=_JOB, worker_id=_WORKER, zone=ZONE),
        WorkNoShow(job_id=_JOB, worker_id=_WORKER, zone=ZONE, excused=True),
        WorkRated(job_id=_JOB, worker_id=_WORKER, zone=ZONE, rated_by="employer", stars=5),
        WageClaimOpened(
            claim_id="C-0003",
            employer_id="E-0042",
            zone=ZONE,
            amount_fen=450_000,
            workers=3,
            kind="simple",
        ),
        WageClaimClosed(
            claim_id="C-0003",
            employer_id="E-0042",
            zone=ZONE,
            result="referred",
            referred_to="犍为县劳动保障监察大队",
        ),
        EmployerListed(employer_id="E-0042", zone=ZONE),
        EmployerDelisted(employer_id="E-0042", zone=ZONE),
        ClockTicked(zone="*", now=TIME),
        ModelPromoted(zone="*", release=_RELEASE),
        PolicyChanged(zone=ZONE, policy=Policy(ranking_size=20, offer_ttl_ms=900_000)),
        StationQuarantined(station_id="511181-05", refused=300),
        StationReleased(station_id="511181-05"),
    )
}
_JOB_POSTED: Final = FACTS["job.posted"]
_AVAILABLE: Final = FACTS["worker.available"]
assert isinstance(_JOB_POSTED, JobPosted)
assert isinstance(_AVAILABLE, WorkerAvailable)
NOTICES: Final[dict[str, Notice]] = {
    notice.TYPE: notice
    for notice in (
        VisitorAnnounced(
            worker_id=_WORKER,
            zone=ZONE,
            from_zone=_OTHER,
            version=4_711,
            since=TIME,
            available=msgspec.structs.replace(
                _AVAILABLE, zone=_OTHER, station_id=f"{_OTHER}-01", other_zones=(ZONE,)
            ),
            valid_until=_SHIFT.end,
            busy=(Interval(start=_SHIFT.end, end=_SHIFT.end + 3_600_000),),
            held=(_OFFER,),
            experience=Experience(accepted=3, declined=1, completed=3, employers={"E-0042": 2}),
        ),
        BookingRequested(
            worker_id=_WORKER,
            zone=_OTHER,
            from_zone=ZONE,
            offer_id=_OFFER,
            job=_JOB_POSTED,
            places=4,
        ),
        BookingAnswered(worker_id=_WORKER, zone=ZONE, from_zone=_OTHER, offer_id=_OFFER),
        VisitorReported(
            worker_id=_WORKER, zone=_OTHER, from_zone=ZONE, offer_id=_OFFER, what="completed"
        ),
    )
}
OUTCOMES: Final[dict[str, AnyOutcome]] = {
    outcome.TYPE: outcome
    for outcome in (
        MatchRanked(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            subject="job",
            job_id=_JOB,
            model=_RELEASE,
            policy="instant",
            pool=8_123,
            feasible=214,
            excluded={"skill": 6_903, "time": 611, "pay_floor": 201, "distance": 170, "booked": 24},
            ranking=(
                Ranked(
                    rank=1,
                    worker_id=_WORKER,
                    score=0.81,
                    p_accept=0.87,
                    p_complete=0.93,
                    distance_km=2.1,
                    reasons=(
                        Reason(code="near", contribution=0.31),
                        Reason(code="pay_above_floor", contribution=0.22),
                    ),
                ),
            ),
        ),
        OfferMade(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            worker_id=_WORKER,
            rank=1,
            score=0.81,
            p_accept=0.87,
            p_complete=0.93,
            places=4,
            expires_at=1_805_070_600_000,
            model=_RELEASE,
            tier=1,
            ring=0,
            via="ranking",
            propensity=1.0,
        ),
        OfferExpired(
            zone=ZONE, at=TIME, cause=_CAUSE, offer_id=_OFFER, job_id=_JOB, worker_id=_WORKER
        ),
        OfferWithdrawn(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            worker_id=_WORKER,
            reason="worker_booked",
        ),
        BookingConfirmed(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            worker_id=_WORKER,
            shifts=(_SHIFT,),
            places=4,
            remaining=16,
        ),
        BookingPending(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            worker_id=_WORKER,
            places=4,
            until=TIME + 300_000,
        ),
        BookingRefused(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            worker_id=_WORKER,
            reason="job_filled",
        ),
        BookingCancelled(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            worker_id=_WORKER,
            reason="worker_declined",
        ),
        AwayBooked(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            job_zone=_OTHER,
            worker_id=_WORKER,
            shifts=(_SHIFT,),
            places=4,
        ),
        AwayEnded(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            offer_id=_OFFER,
            job_id=_JOB,
            job_zone=_OTHER,
            worker_id=_WORKER,
            result="completed",
        ),
        JobFilled(zone=ZONE, at=TIME, cause=_CAUSE, job_id=_JOB, headcount=20),
        JobExpired(zone=ZONE, at=TIME, cause=_CAUSE, job_id=_JOB, headcount=20, booked=17),
        JobUnfilled(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            job_id=_JOB,
            headcount=20,
            booked=17,
            pool=63,
            excluded={"skill": 41, "time": 12, "pay_floor": 10},
        ),
        EmployerBlocked(zone=ZONE, at=TIME, cause=_CAUSE, employer_id="E-0042", open_claims=3),
        EmployerCleared(zone=ZONE, at=TIME, cause=_CAUSE, employer_id="E-0042", open_claims=2),
        EventRejected(
            zone=ZONE,
            at=TIME,
            cause=_CAUSE,
            code="below",
            field="pay.amount_fen",
            reason="pay.amount_fen must be at least 1, not -5",
            reason_zh="工资金额（pay.amount_fen）不能小于 1（现在是 -5）。",
            ce_type="job.posted.v1",
        ),
    )
}
AUDITED: Final[dict[str, AuditRecorded]] = {
    AuditRecorded.TYPE: AuditRecorded(
        zone=ZONE,
        at=TIME,
        action="contact_revealed",
        actor="station:511181-05:4be1c07d92aa",
        subject=_WORKER,
        what="POST /api/station/workers/{worker_id}/contact/reveal",
    )
}
_TOLD: Final = f"{ZONE}-88121-1"
_MESSAGE: Final = f"{_TOLD}.webhook"
NOTIFICATIONS: Final[dict[str, AnyNotification]] = {
    notification.TYPE: notification
    for notification in (
        NotificationDue(
            worker_id=_WORKER,
            at=TIME,
            notification_id=_TOLD,
            kind="offer",
            zone=ZONE,
            station_id=f"{ZONE}-05",
            offer_id=_OFFER,
            job_id=_JOB,
            channels=("webhook", "sms"),
            title="采茶工",
            place="双福镇",
            first_shift=_SHIFT,
            shifts=1,
            pay_fen_day=15_000,
            expires_at=1_805_070_600_000,
            distance_km=2.1,
            perks=("meal", "pickup"),
        ),
        NotificationCancelled(
            worker_id=_WORKER, at=TIME, notification_id=_TOLD, reason="worker_booked"
        ),
        NotificationErased(worker_id=_WORKER, at=TIME, erasure_id=f"{ZONE}-88121", zone=ZONE),
        NotificationAttempted(
            worker_id=_WORKER,
            at=TIME,
            message_id=_MESSAGE,
            channel="webhook",
            notifications=(_TOLD,),
        ),
        NotificationSent(
            worker_id=_WORKER,
            at=TIME,
            message_id=_MESSAGE,
            channel="webhook",
            notifications=(_TOLD,),
            tries=2,
        ),
        NotificationFailed(
            worker_id=_WORKER,
            at=TIME,
            message_id=_MESSAGE,
            channel="webhook",
            notifications=(_TOLD,),
            reason="refused",
            tries=1,
            status=410,
        ),
        NotificationDropped(
            worker_id=_WORKER, at=TIME, notification_id=_TOLD, reason="quiet_hours"
        ),
    )
}
