"""The demo's dispensary and cash desk: what is handed out and charged, billed and paid, day by day."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from hmsdesk.controllers.demo.kept import unsearched
from hmsdesk.controllers.demo.persons import Person
from hmsdesk.controllers.demo.shelves import Shelves
from hmsdesk.controllers.payments import drawer_of
from hmsdesk.controllers.references import called
from hmsdesk.database.loading import Loading
from hmsdesk.models.charges import CHARGED, FOR_MEDICINES, FOR_VISIT, Charge
from hmsdesk.models.closings import CLOSED, OPENED, Closing, takings
from hmsdesk.models.dates import day_and_month
from hmsdesk.models.dispensations import HANDED_OUT, Dispensation
from hmsdesk.models.invoices import Invoice, claim_of, shares, state_of
from hmsdesk.models.money import ZERO, amount_of, money, total
from hmsdesk.models.patients import Patient
from hmsdesk.models.payments import CARD, CASH, INSURANCE, METHODS, PAYMENT, TRANSFER, Payment
from hmsdesk.models.prescriptions import turn_claim
from hmsdesk.models.row import Row

OPENED_WITH = Decimal(500)
_MINUTE = timedelta(minutes=1)
_NOTE = Decimal(50)


class Desk:
    """dispensary, cash: in whose names it is kept."""

    def __init__(
        self, chance: random.Random, dispensary: Loading, cash: Loading, shelves: Shelves, now: datetime
    ) -> None:
        self._chance = chance
        self._dispensary = dispensary
        self._cash = cash
        self._shelves = shelves
        self._now = now
        self._locale = cash.session.locale
        self._currency = self._locale.currency
        self._numbers: dict[str, int] = {}
        self._drawer = 1
        self._payments: list[Row] = []

    # The dispensary

    def dispense(self, prescription: Row, person: Person, keys: Sequence[str], signed: datetime) -> list[Row]:
        """Hand out what a prescription names, as far as the stock reaches; what it is charged with.

        keys: the medicines of its lines. Nothing where the clock isn't so far yet, or nobody came for it.
        """
        at = signed + self._chance.randrange(6, 28) * _MINUTE
        if at > self._now or self._chance.random() < 0.002:
            return []
        day, taken, price, owed = self._locale.local(at).date(), [], ZERO, False
        for n, (key, line) in enumerate(zip(keys, prescription["lines"], strict=True), start=1):
            shelf = self._shelves.by_key[key]
            parts = self._shelves.take(key, line["quantity"], prescription["number"], at, day)
            named = {"line": n, "medicine": shelf.row["_id"], "name": shelf.row["name"]}
            taken += [named | {"lot": lot["_id"], "quantity": quantity} for lot, quantity in parts]
            number = sum(quantity for _, quantity in parts)
            price += amount_of(shelf.row["price"]) * number
            owed = owed or number < line["quantity"]
        if not taken:
            return []
        values: Row = {"prescription": prescription["_id"], "patient": person.row["_id"], "turn": 1}
        values |= {"kind": HANDED_OUT, "lines": taken, "owed": owed, **unsearched(Dispensation)}
        row = self._dispensary.add("dispensations", values, "dispense", at, prescription["number"])
        self._dispensary.claim("prescription_turns", {"_id": turn_claim(prescription["_id"], 1)})
        return [self._charge(person, row, price, day, at)] if price else []

    def _charge(self, person: Person, dispensation: Row, price: Decimal, day: date, at: datetime) -> Row:
        cost = money(price, self._currency)
        values: Row = {
            "patient": person.row["_id"],
            "reason": FOR_MEDICINES,
            "kind": CHARGED,
            "label": f"Medicines, dispensed {day_and_month(day)}",
            "quantity": 1,
            "price": cost,
            "amount": cost,
            "about": dispensation["_id"],
            "place": 0,
            **unsearched(Charge),
        }
        return self._dispensary.add("charges", values, "charge", at)

    # The cash desk

    def open_drawer(self, at: datetime) -> None:
        """The day begins."""
        self._payments = []
        values: Row = {"cashier": self._cash.person, "drawer": self._drawer, "kind": OPENED, "at": at}
        values["opened_with"] = money(OPENED_WITH, self._currency)
        self._cash.add("closings", values | unsearched(Closing), "open drawer", at)

    def close_drawer(self, at: datetime, opened: datetime) -> None:
        """Count, now and then with a small difference, and close."""
        sums = takings(self._payments)
        expected = sums.cash_with(OPENED_WITH)
        missing = self._chance.choice((5, 10, 20)) if self._chance.random() < 0.06 else 0
        values: Row = {
            "cashier": self._cash.person,
            "drawer": self._drawer,
            "kind": CLOSED,
            "at": at,
            "opened_at": opened,
            **{
                name: money(amount, self._currency)
                for name, amount in (("opened_with", OPENED_WITH), ("expected", expected))
            },
            "counted": money(expected - missing, self._currency),
            "taken": [
                {"method": method, "payments": one.payments}
                | {"taken": money(one.taken, self._currency), "returned": money(one.returned, self._currency)}
                for method, one in sums.by.items()
            ],
            "pieces": [],
            **unsearched(Closing),
        }
        if missing:
            values |= {"missing": money(Decimal(missing), self._currency), "reason": "Small change given too much"}
        if self._payments:
            values["receipts"] = [self._payments[0]["number"], self._payments[-1]["number"]]
        self._cash.add("closings", values, "close drawer", at)
        self._drawer += 1

    def pay(self, person: Person, charges: Sequence[Row], end: datetime) -> None:
        """Bill what was charged and take what the patient pays; it waits where the clock isn't so far yet."""
        if not charges:
            return
        at = max([end, *(one["created_at"] for one in charges)]) + self._chance.randrange(3, 16) * _MINUTE
        if at > self._now:
            waiting = [{"_id": one["_id"], "patient": one["patient"], "at": one["created_at"]} for one in charges]
            for claim in waiting:
                self._cash.claim("uninvoiced", claim)
            return
        invoice = self._bill(person, charges, at)
        due = amount_of(invoice["due"])
        if not due:
            return
        method = self._chance.choices((CASH, CARD, TRANSFER), (60, 32, 8))[0]
        paid = amount_of(invoice["paid"])
        if paid:
            self._take(person, invoice, method, paid, at + 2 * _MINUTE, invoice["receipts"][-1])

    def numbers(self) -> None:
        """Keep how far each series was counted."""
        for series, last in {**self._numbers, drawer_of(self._cash.person): self._drawer - 1}.items():
            self._cash.claim("counters", {"_id": series, "last": last})

    def _bill(self, person: Person, charges: Sequence[Row], at: datetime) -> Row:
        percent = person.row.get("insurance_percent", 0)
        lines = [self._line(one, percent if one["reason"] == FOR_VISIT else 0) for one in charges]
        whole, insured = total(one["amount"] for one in lines), total(one["insurance"] for one in lines)
        due = whole - insured
        # The last few weeks' claims are still with the insurers; now and then somebody pays a part, or later.
        settled = insured if at < self._now - timedelta(days=35) else ZERO
        lately = at > self._now - timedelta(days=10)
        fate = self._chance.random() if lately else 1.0
        paid = ZERO if fate < 0.04 else (due / 2).quantize(Decimal(1)) if fate < 0.08 else due
        values: Row = {
            "number": self._number("INV", at),
            "patient": person.row["_id"],
            "issued_at": at,
            "state": state_of(due, ZERO, paid),
            "due": money(due, self._currency),
            "paid": money(paid, self._currency),
            "total": money(whole, self._currency),
            "insurance": money(insured, self._currency),
            "insurance_paid": money(settled, self._currency),
            "credited": money(ZERO, self._currency),
            "claim": claim_of(insured, settled),
            "lines": lines,
        }
        if insured:
            values |= {"insurer": person.row["insurer"], "policy": person.row["policy"]}
        if paid == due:
            values["settled_at"] = at
        receipts = [self._number("REC", at) for amount in (settled, paid) if amount]
        values |= {"receipts": receipts} if receipts else {}
        values["stamps"] = [{"state": values["state"], "at": at, "by": self._cash.person}]
        found = {"find": Invoice.derived(values | called("patient", Patient, person.row))}
        row = self._cash.add("invoices", values | found, "approve invoice", at)
        if settled:
            self._take(person, row, INSURANCE, settled, at + timedelta(days=30), receipts[0])
        return row

    def _line(self, charge: Row, percent: int) -> Row:
        parts = shares(amount_of(charge["amount"]), ZERO, percent)
        copied = {name: charge[name] for name in ("label", "quantity", "price", "amount")}
        insured = money(parts.insurance, self._currency)
        return {"charge": charge["_id"], **copied, "percent": percent, "insurance": insured}

    def _take(self, person: Person, invoice: Row, method: str, amount: Decimal, at: datetime, number: str) -> None:
        values: Row = {
            "number": number,
            "patient": person.row["_id"],
            "invoice": invoice["_id"],
            "at": at,
            "kind": PAYMENT,
            "method": method,
            "amount": money(amount, self._currency),
            "cashier": self._cash.person,
            "drawer": self._drawer,
        }
        if method == CASH:
            received = (amount / _NOTE).to_integral_value(rounding="ROUND_UP") * _NOTE
            values |= {"received": money(received, self._currency), "change": money(received - amount, self._currency)}
        else:
            values["reference"] = f"{dict(METHODS)[method][0]}{self._chance.randrange(10**7):07}"
        titles = called("patient", Patient, person.row) | called("invoice", Invoice, invoice)
        self._cash.add("payments", values | {"find": Payment.derived(values | titles)}, "take payment", at)
        self._payments.append(values)

    def _number(self, series: str, at: datetime) -> str:
        of_year = f"{series}-{self._locale.local(at).year % 100:02}"
        self._numbers[of_year] = self._numbers.get(of_year, 0) + 1
        return f"{of_year}-{self._numbers[of_year]:05}"
