"""The steps that ask about the practice and its first owner."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal

from hmsdesk.models.accounts import Account
from hmsdesk.models.fields import ChoiceField
from hmsdesk.models.locale import Locale
from hmsdesk.models.practice import COUNTRIES, Practice
from hmsdesk.models.time_zones import clocks
from hmsdesk.security.credentials import weakness
from hmsdesk.views.first_run.step import Step
from hmsdesk.views.kit.questions import Question, Questions
from hmsdesk.views.kit.words import IconLine

DEFAULT_COUNTRY = "EG"
DIFFERENT = "The two are not the same."
ADVICE = "Three or four words that don't belong together are good."
CLOCK = "Time zone"
GOOD = "This password is good."


class PracticeStep(Step):
    """What the practice is called and where it is. Its currency follows from the country, and so does its time zone
    unless the country has several."""

    named = Signal(str, str, str)
    """Name, name in Arabic, address: as far as they are typed."""

    def __init__(self) -> None:
        super().__init__("practice", "The practice", "This is on prescriptions, bills and the sign-in window.")
        names = ("name", "name_ar", "country", "phone", "address", "address_ar")
        fields = {name: getattr(Practice, name) for name in names}
        several = {_clock_in(country): zones for country in COUNTRIES if len(zones := _zones(country)) > 1}
        self._clocks = {
            name: ChoiceField(verbose_name=CLOCK, choices=zones, required=True) for name, zones in several.items()
        }
        clock_lines = [(name,) for name in self._clocks]
        lines = [("name", "name_ar"), ("country", "phone"), *clock_lines, ("address", "address_ar")]
        questions = self.ask(Questions(fields | self._clocks, lines))
        questions.show_values({"country": DEFAULT_COUNTRY} | {name: zones[0][0] for name, zones in several.items()})
        questions.edited.connect(self._on_edited)
        self._follows = IconLine("", "map-marker-outline")
        self.body.addWidget(self._follows)
        self._on_country()

    def values(self) -> dict[str, str]:
        """The fields as they will be stored; everything was checked before."""
        assert self.questions is not None
        typed = {name: str(value) for name, value in self.questions.values().items() if value}
        # The clocks of other countries are hidden, and so aren't among them.
        return {"timezone" if name in self._clocks else name: value for name, value in typed.items()}

    def place(self) -> Locale:
        """Where the practice is."""
        assert self.questions is not None
        country = str(self.questions.raw("country")) or DEFAULT_COUNTRY
        _, currency, usual = COUNTRIES[country]
        name = _clock_in(country)
        chosen = str(self.questions.raw(name)) if name in self._clocks else ""
        return Locale(country, currency, chosen or usual)

    def shown(self) -> tuple[str, str, str]:
        """Name, name in Arabic and address, as far as they are typed."""
        assert self.questions is not None
        raw = self.questions.raw
        return str(raw("name")).strip(), str(raw("name_ar")).strip(), str(raw("address")).strip()

    def _on_edited(self, name: str) -> None:
        if name == "country" or name in self._clocks:
            self._on_country()
        self.named.emit(*self.shown())

    def _on_country(self) -> None:
        assert self.questions is not None
        here = self.place()
        for name in self._clocks:
            self.questions.rows[name].setVisible(name == _clock_in(here.country))
        self.questions.set_locale(here)
        self._follows.set(f"Prices are in {here.currency}; the clock is that of {here.timezone}.", "muted")


def _clock_in(country: str) -> str:
    """The question after the clock of one country."""
    return f"timezone_{country}"


def _zones(country: str) -> tuple[tuple[str, str], ...]:
    _, _, usual = COUNTRIES[country]
    return clocks(country, usual)


class OwnerStep(Step):
    """Who owns the practice. known: words that somebody who guesses would try first."""

    def __init__(self, known: Callable[[], list[str]]) -> None:
        super().__init__(
            "owner",
            "Your account",
            "As the first owner you make accounts and reset passwords. A second owner, made later, can reset yours.",
        )
        self._known = known
        password = Question("Password", self._weakness, password=True)
        again = Question("Password again", self._difference, password=True)
        fields = {
            "owner_name": Question("Your name", like=Account.name),
            "owner_email": Account.email,
            "owner_password": password,
            "owner_password_again": again,
        }
        questions = self.ask(Questions(fields))
        questions.edited.connect(self._on_edited)
        questions.rows["owner_password"].checked.connect(self._on_checked)
        self._strength = IconLine(ADVICE, "shield-key-outline")
        self._strength.setObjectName("passwordStrength")
        self.body.addWidget(self._strength)

    def answer(self, name: str) -> str:
        """What was typed into a field."""
        assert self.questions is not None
        raw = str(self.questions.raw(name))
        return raw if "password" in name else raw.strip()

    def _weakness(self, password: str) -> str:
        return weakness(password, [self.answer("owner_name"), self.answer("owner_email"), *self._known()])

    def _difference(self, again: str) -> str:
        return "" if again == self.answer("owner_password") else DIFFERENT

    def _on_checked(self) -> None:
        """What is said beside the field isn't said a second time."""
        assert self.questions is not None
        self._strength.setVisible(not self.questions.rows["owner_password"].problem)

    def _on_edited(self, name: str) -> None:
        if name != "owner_password":
            return
        password = self.answer("owner_password")
        problem = self._weakness(password) if password else ADVICE
        self._strength.set(problem or GOOD, "good" if not problem else "warning" if password else "muted")
