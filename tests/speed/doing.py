"""Everything else that is read: charts, boards, queues, calendars, papers and what pages are made of."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from bench.practice import Practice
from hmsdesk.controllers import (
    account_list,
    backups,
    cash_desk,
    cash_paper,
    charts,
    clinic_days,
    closings,
    consulting_room,
    diaries,
    flow,
    invoices,
    keeping,
    letterhead,
    meant,
    note_templates,
    notices,
    overview,
    prescription_checks,
    prescription_paper,
    prescription_prints,
    references,
    registry,
    sign_ins,
    staff,
    stranded,
    timeline,
    trail,
    visit_charges,
    walk_in,
)
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.closings import CLOSINGS
from hmsdesk.controllers.dispensary import finding, hand_outs, handing_out, labels, opening, queue, refusing, today
from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.encounter_notes import ADDENDA, NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.stock import counting, deliveries, levels, lots
from hmsdesk.controllers.stock.ledger import LEDGER
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.models.encounters import Encounter
from hmsdesk.models.patients import CONDITION, Patient
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import HISTORIES, READ


def read(made: Practice) -> None:
    """All of it."""
    for session in made.everybody():
        _of_anybody(session)
    for patient in (made.frequent, made.regular):
        _charts(made, made.doctor.server.database.patients.find_one({"_id": patient}) or {})
    _days(made)
    _desk(made)
    _dispensary(made)
    _administration(made)


def _of_anybody(session: Session) -> None:
    """What every window asks for, whoever is signed in."""
    notices.notices(session)
    letterhead.letterhead(session)
    letterhead.practice_facts(session)
    PREFERENCES.current(session)
    PREFERENCES.get(session, session.identity.person)
    for keeper in KEEPERS.values():
        if session.may(keeper.resource, READ):
            keeper.count(session, Query())
            keeper.sums(session, Query())
            for row in keeper.page(session, Query(limit=1)).rows:
                with suppress(UserError):
                    keeper.get(session, row["_id"])
                if keeper.resource in HISTORIES:
                    keeper.history(session, row["_id"])
    for among in ("patients", "staff", "doctors", "medicines", "departments", "services", "accounts"):
        if session.may("staff" if among == "doctors" else among, READ):
            registry.look_up(session, among, "sa")


def _charts(made: Practice, patient: Row) -> None:
    for session in (made.doctor, made.nurse, made.receptionist, made.pharmacist):
        charts.open_chart(session, patient["_id"])
        charts.look_again(session, patient["_id"])
        stretch = timeline.page(session, patient["_id"])
        if stretch.last:
            timeline.page(session, patient["_id"], before=stretch.last)
        for kind in timeline.kinds_for(session):
            timeline.page(session, patient["_id"], only=[kind.resource])
    doctor, nurse = made.doctor, made.nurse
    charts.open_visit(doctor, patient["_id"])
    charts.medication(doctor, patient["_id"])
    PATIENTS.history(made.administrator, patient["_id"])
    HEALTH.get(doctor, patient["_id"])
    HEALTH.history(doctor, patient["_id"])
    file = NewFile(patient["_id"], "letter.txt", b"From the hospital")
    DOCUMENTS.content(doctor, DOCUMENTS.add(doctor, file, uuid4().hex))
    DOCUMENTS.of_patient(doctor, patient["_id"])
    DOCUMENTS.taken_out(doctor, patient["_id"])
    OBSERVATIONS.known(nurse, patient)
    OBSERVATIONS.subject(nurse, patient["_id"])
    pairs = ENCOUNTERS.of_patient(doctor, patient["_id"])
    for visit, _ in pairs[:1]:
        _visit(doctor, visit)
    written = PRESCRIPTIONS.of_patient(doctor, patient["_id"])
    lines = written[0]["lines"] if written else []
    prescription_checks.look(doctor, patient, lines)
    if lines:
        prescription_checks.alternatives(doctor, patient, lines, 0)
        prescription_paper.draft(doctor, patient["_id"], {"lines": lines}, {}, "A5")
    for row in written[:1]:
        _prescription(made, row)
    WAITING_LIST.waits_for(made.receptionist, patient["_id"])
    APPOINTMENTS.held(made.receptionist, patient["_id"], made.receptionist.locale.today())


def _visit(doctor: Session, visit: Row) -> None:
    ENCOUNTERS.open(doctor, visit["_id"])
    ENCOUNTERS.look_again(doctor, visit["_id"])
    ENCOUNTERS.may_reopen(doctor, visit)
    NOTES.read(doctor, visit["_id"])
    NOTES.main_diagnosis(doctor, visit["_id"])
    ADDENDA.of(doctor, visit["_id"])
    consulting_room.look_again(doctor, visit["_id"])
    consulting_room.prescribed_in(doctor, visit)
    appointment = APPOINTMENTS.get(doctor, visit["appointment"])
    APPOINTMENTS.has_open_visit(doctor, appointment)
    APPOINTMENTS.steps(doctor, appointment)
    APPOINTMENTS.may_move(doctor, appointment)
    OBSERVATIONS.subject(doctor, appointment["_id"])
    visit_charges.usual_services(doctor, visit["practitioner"])
    note_templates.for_section(doctor, "findings")


def _prescription(made: Practice, row: Row) -> None:
    doctor, pharmacist = made.doctor, made.pharmacist
    PRESCRIPTIONS.open(doctor, row["_id"])
    PRESCRIPTIONS.repeated(doctor, row["_id"])
    CANCELLATIONS.of(doctor, [row["_id"]])
    prescription_prints.times_printed(doctor, row["_id"])
    prescription_prints.saved_page(doctor, row["_id"], "A5")
    hand_outs.history(pharmacist, row["_id"])
    hand_outs.done_for(pharmacist, [row["_id"]])
    hand_outs.withheld(pharmacist, [row["_id"]])
    hand_outs.handed_to(pharmacist, row["patient"])
    opened = opening.open_prescription(pharmacist, row["_id"])
    opening.look_again(pharmacist, row["_id"])
    opening.open_number(pharmacist, row["number"])
    opening.open_code(pharmacist, PRESCRIPTIONS.code(row))
    finding.open_or_find(pharmacist, row["number"])
    with suppress(UserError):
        handing_out.still_open(pharmacist, opened)
    for done in hand_outs.history(pharmacist, row["_id"])[:1]:
        hand_outs.find(pharmacist, done["_id"])
        refusing.may_take_back(pharmacist, done)
        with suppress(UserError):
            labels.labels(pharmacist, done["_id"], "en", "label")


def _days(made: Practice) -> None:
    reception = made.receptionist
    day = reception.locale.today()
    week = day - timedelta(days=6)
    doctor = made.doctor.identity.member
    for first in (day, day - timedelta(days=7)):
        APPOINTMENTS.day(reception, first)
        APPOINTMENTS.day(reception, first, doctor)
    booked = APPOINTMENTS.between(reception, week, day)
    APPOINTMENTS.between(reception, week, day, [doctor])
    APPOINTMENTS.counts_between(reception, week, day)
    APPOINTMENTS.counts_between(reception, week, day, [doctor])
    APPOINTMENTS.pending_after(reception, day)
    APPOINTMENTS.pending_after(reception, day, doctor)
    APPOINTMENTS.doctor_day(reception, doctor, day + timedelta(days=1))
    APPOINTMENTS.is_there(reception, booked[0]["_id"])
    diaries.diaries(reception, [doctor], day, day + timedelta(days=6))
    diaries.opening(reception, [doctor], day, day + timedelta(days=6))
    diaries.nearest(reception, doctor, reception.now() + timedelta(days=1))
    walk_in.who_sees(reception)
    walk_in.expected_today(reception, booked[-1]["patient"])
    flow.look(reception)
    flow.look(made.doctor)
    entries = WAITING_LIST.open_entries(reception)
    WAITING_LIST.fits(reception, entries)
    WAITING_LIST.number_open(reception)
    WAITING_LIST.left_with(reception, booked[0]["_id"])
    stranded.stranded(reception)
    stranded.stranded(reception, doctor)
    ENCOUNTERS.open_visits(made.doctor)
    staff.doctors(reception)
    staff.member(reception, doctor)
    for typed in ("mo", "mohamed", "muhammed", "qrstuv", "محمد", "0100"):
        meant.find_meant(reception, typed, 12, {"active": True})
    for typed in (*"amsح", "ahmed mohamed", "mo ah", "ali hassan", "m ali", "hassan zz", "محمد احمد", "suad qa"):
        PATIENTS.page(reception, Query(text=typed))
        PATIENTS.count(reception, Query(text=typed))
    for typed in ("29001011234567", "٢٩٠٠١٠١١٢٣٤٥٦٧", "A 1234567"):
        PATIENTS.page(reception, Query(text=typed))
        PATIENTS.page(reception, Query(text=typed, filters={"gender": "female"}))
        PATIENTS.count(reception, Query(text=typed))
    by_problem = Query(filters={CONDITION: "diabetes"})
    PATIENTS.page(made.doctor, by_problem)
    PATIENTS.count(made.doctor, by_problem)
    for name in ("Mohamed Ali Hassan", "Suad Qa"):
        like = {"name": name, "gender": "male", "birth_date": "1980-02-03", "phone": "01005550112"}
        PATIENTS.duplicates(reception, like)
        PATIENTS.duplicates(reception, like | {"national_id": "29001011234567"})


def _desk(made: Practice) -> None:
    desk = made.receptionist
    for who in (desk, made.cashier):
        CLOSINGS.drawer(who)
        CLOSINGS.usual_float(who)
        for row in CLOSINGS.page(who, Query(order="at", descending=True)).rows[:2]:
            CLOSINGS.openings(who, row)
            CLOSINGS.closed_at(who, row)
            closings.payments_of(who, row)
            with suppress(UserError):
                cash_paper.closing_page(who, row["_id"], "A4")
    cash_desk.to_pay(desk)
    cash_desk.unlisted(desk)
    cash_desk.paid_today(desk)
    for patient in (made.frequent, made.regular):
        cash_desk.open_patient(desk, patient)
        invoices.balance(desk, patient)
        invoices.waiting_charges(desk, patient)
        INVOICES.of_patient(desk, patient)
        INVOICES.with_charges(desk, patient, [patient])
        cash_desk.open_waiting(desk, patient, [])
    for bill in INVOICES.page(desk, Query(order="issued_at", descending=True)).rows[:1]:
        cash_desk.open_invoice(desk, bill["_id"])
        cash_paper.invoice_page(desk, bill["_id"], "A4")
        PAYMENTS.of_invoice(desk, bill["_id"])
    for paid in PAYMENTS.page(desk, Query(order="at", descending=True, limit=1)).rows:
        cash_paper.receipt_page(desk, paid["_id"], "80 mm")


def _dispensary(made: Practice) -> None:
    pharmacist = made.pharmacist
    queue.queue(pharmacist)
    queue.owed_of(pharmacist)
    today.look(pharmacist)
    for typed in ("mo", "mohamed hassan", "qrst"):
        with suppress(UserError):
            finding.find(pharmacist, typed)
    finding.find(pharmacist, "RX-26")
    levels.low_stock(pharmacist, 50)
    levels.near_expiry(pharmacist, 50)
    levels.near_days(pharmacist)
    levels.last_near_day(pharmacist)
    levels.left_of(pharmacist)
    medicines = KEEPERS["medicines"].page(pharmacist, Query(limit=3)).rows
    levels.left_of(pharmacist, [one["_id"] for one in medicines])
    lots.in_stock(pharmacist, [one["_id"] for one in medicines])
    deliveries.suppliers(pharmacist)
    kept = lots.LOTS.page(pharmacist, Query()).rows[:5]
    counting.compare(pharmacist, [counting.Found(one["_id"], 1, pharmacist.now()) for one in kept])


def _administration(made: Practice) -> None:
    owner = made.administrator
    overview.overview(owner, made.door)
    backups.overdue_backup(owner)
    overview.left_with_account(owner)
    overview.left_with_account(owner, made.doctor.identity.member)
    for keeper in (trail.TRAIL, backups.BACKUPS, sign_ins.SIGN_INS, LEDGER, counting.Sheet({}, blind=True)):
        asking = next(one for one in made.everybody() if one.may(keeper.resource, READ))
        keeper.page(asking, Query(limit=1))
        keeper.count(asking, Query())
    trail.last_verified(owner)
    sign_ins.many_failures(owner)
    sign_ins.narrowed(owner, str(owner.identity.person))
    with suppress(UserError):
        account_list.check_has_none(owner, made.doctor.identity.member)
    for day in CLINIC_DAYS.page(owner, Query()).rows[:1]:
        clinic_days.opened_all_the_same(owner, day)
    patient = made.doctor.server.database.patients.find_one({"_id": made.frequent}) or {}
    references.titles(owner, Encounter, {"patient": made.frequent})
    references.followers(made.receptionist, Patient, patient)
    keeping.add_authors(owner, [patient])
