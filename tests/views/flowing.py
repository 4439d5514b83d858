"""A clinic whose day is under way, for tests of the homes."""

from __future__ import annotations

from datetime import timedelta

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.database.unit_of_work import write
from hmsdesk.models.appointments import CHECKED_IN, COMPLETED, IN_CONSULTATION, WITH_NURSE
from hmsdesk.models.booking import whole_day
from hmsdesk.models.schedules import FOR_PATIENTS
from tests.factories import operation
from tests.views.desk import doctor_of, patient_of

HERE = (CHECKED_IN,)
AT_NURSE = (CHECKED_IN, WITH_NURSE)
AT_DOCTOR = (CHECKED_IN, IN_CONSULTATION)
SEEN = (CHECKED_IN, IN_CONSULTATION, COMPLETED)


class Day:
    """Appointments of today, put onto the server past the rules of booking; each test begins with none."""

    def __init__(self, clinic, reception) -> None:
        self.clinic = clinic
        self.reception = reception
        self.doctor = doctor_of(clinic, "Dr Sara El-Masry", slot_minutes=20)

    def clear(self) -> None:
        with self.clinic.past_the_program() as database:
            for name in ("appointments", "uninvoiced"):
                database[name].delete_many({})

    def come(self, name, *statuses, doctor=None, minutes=0, before="approved"):
        """Somebody is booked for now (or `minutes` from now, but today) and has come as far as the last status."""
        now, locale = self.reception.now(), self.reception.locale
        today = whole_day(locale.local(now).date(), locale)
        start = max(today.start, min(now + timedelta(minutes=minutes), today.end - timedelta(minutes=1)))
        values = {
            "patient": patient_of(self.reception, name)["_id"],
            "practitioner": (doctor or self.doctor)["_id"],
            "start": start,
            "minutes": 20,
            "purpose": FOR_PATIENTS,
            "status": before,
        }
        stamp = {"status": before, "at": self.reception.now(), "by": self.reception.identity.person}
        built = APPOINTMENTS.record.build(values, self.reception.locale) | {"stamps": [stamp], "claims": []}
        # At whatever time of the day the tests run.
        built["override"] = {"rule": "in_hours", "reason": "Tests", "at": stamp["at"], "by": stamp["by"]}
        row = write(self.reception, operation(), lambda work: work.insert("appointments", built, "book"))
        for status in statuses:
            row = self.step(row, status)
        return row

    def step(self, row, status):
        return APPOINTMENTS.set_status(self.reception, row, status, operation())

    def change(self, row, **values) -> None:
        """Change it past the program."""
        values = self.reception.server.cipher.sealed("appointments", values)
        with self.clinic.past_the_program() as database:
            database.appointments.update_one({"_id": row["_id"]}, {"$set": values})

    def ago(self, row, minutes) -> None:
        """Let it have become what it is some minutes ago."""
        stamps = row["stamps"]
        stamps[-1]["at"] -= timedelta(minutes=minutes)
        self.change(row, stamps=stamps)

    def status(self, row) -> str:
        """As the server has it now."""
        with self.clinic.past_the_program() as database:
            return database.appointments.find_one({"_id": row["_id"]})["status"]
