"""The steps that ask about the practice and its first owner."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal

from hmsdesk.models.accounts import Account
from hmsdesk.models.locale import Locale
from hmsdesk.models.practice import COUNTRIES, Practice
from hmsdesk.security.credentials import weakness
from hmsdesk.views.first_run.step import Step
from hmsdesk.views.kit.questions import Question, Questions
from hmsdesk.views.kit.words import IconLine

DEFAULT_COUNTRY = "EG"
DIFFERENT = "The two are not the same."
ADVICE = "Three or four words that don't belong together are good."
GOOD = "This password is good."


class PracticeStep(Step):
    """What the practice is called and where it is. Its currency and time zone follow from the country."""

    named = Signal(str, str, str)
    """Name, name in Arabic, address: as far as they are typed."""

    def __init__(self) -> None:
        super().__init__("practice", "The practice", "This is on prescriptions, bills and the sign-in window.")
        names = ("name", "name_ar", "country", "phone", "address", "address_ar")
        fields = {name: getattr(Practice, name) for name in names}
        lines = [("name", "name_ar"), ("country", "phone"), ("address", "address_ar")]
        questions = self.ask(Questions(fields, lines))
        questions.show_values({"country": DEFAULT_COUNTRY})
        questions.edited.connect(self._on_edited)
        self._follows = IconLine("", "map-marker-outline")
        self.body.addWidget(self._follows)
        self._on_country()

    def values(self) -> dict[str, str]:
        """The fields as they will be stored; everything was checked before."""
        assert self.questions is not None
        return {name: str(value) for name, value in self.questions.values().items() if value}

    def place(self) -> Locale:
        """Where the practice is."""
        assert self.questions is not None
        country = str(self.questions.raw("country")) or DEFAULT_COUNTRY
        _, currency, timezone = COUNTRIES[country]
        return Locale(country, currency, timezone)

    def shown(self) -> tuple[str, str, str]:
        """Name, name in Arabic and address, as far as they are typed."""
        assert self.questions is not None
        raw = self.questions.raw
        return str(raw("name")).strip(), str(raw("name_ar")).strip(), str(raw("address")).strip()

    def _on_edited(self, name: str) -> None:
        if name == "country":
            self._on_country()
        self.named.emit(*self.shown())

    def _on_country(self) -> None:
        assert self.questions is not None
        here = self.place()
        self.questions.set_locale(here)
        self._follows.set(f"Prices are in {here.currency}; the clock is that of {here.timezone}.", "muted")


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
