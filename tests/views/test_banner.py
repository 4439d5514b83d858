"""Who the patient is, and what may harm them."""

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QWidget

from hmsdesk.models.allergies import AllergyState
from hmsdesk.views.kit import banner, chips, theme
from hmsdesk.views.kit.parts import Chip
from tests.views.windows import LTR, RTL, colours, ink, shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

WIDTH = 1174  # of the page in the pictures
ALERT = chips.Status("Wheelchair", "warning", "wheelchair")
PATIENT = banner.PatientSummary(
    name="Mohamed Ali Hassan",
    patient_id="BK-4821-7",
    age="58 years",
    sex="male",
    born="12 Mar 1968",
    other_name="محمد علي حسن",
    extras=("Misr Insurance", "blood O+"),
    allergy_state=AllergyState.RECORDED,
    allergies=(banner.Allergy("Penicillin", "anaphylaxis, 2019"), banner.Allergy("Sulfonamides", "rash")),
    alerts=(ALERT, chips.Status("Falls risk", "warning", "alert-outline")),
    visit=("Since 10:31, Room 3", "Dr Sara El-Masry"),
)
SECTIONS = ("Identity", "Allergies", "Alerts", "Visit")
MANY = tuple(banner.Allergy(f"Substance {n}", "rash") for n in range(12))


def show(qtbot, patient: banner.PatientSummary, *, compact: bool = False, direction=LTR) -> banner.Banner:
    one = banner.Banner(compact)
    one.show_patient(patient)
    one.setFixedWidth(WIDTH)
    shown(qtbot, one, direction=direction)
    return one


def texts(one: QWidget) -> list[str]:
    return [label.text() for label in one.findChildren(QLabel) if label.isVisible()]


def names(one: QWidget) -> list[str]:
    """The sections, from the start to the end."""
    sections = [one.findChild(QWidget, f"banner{name}") for name in SECTIONS]
    there = [section for section in sections if section is not None]
    return [section.objectName() for section in sorted(there, key=lambda section: section.x())]


@pytest.mark.parametrize(("compact", "height"), [(False, 84), (True, 56)])
def test_two_heights_and_one_order(qtbot, compact: bool, height: int) -> None:
    one = show(qtbot, PATIENT, compact=compact)
    assert one.height() == height
    order = ["bannerIdentity", "bannerAllergies", "bannerAlerts", "bannerVisit"]
    assert names(one) == order
    mirrored = show(qtbot, PATIENT, compact=compact, direction=RTL)
    assert names(mirrored) == order[::-1]


@pytest.mark.parametrize(("compact", "at"), [(False, QRect(150, 57, 400, 17)), (True, QRect(270, 28, 400, 17))])
def test_a_long_name_in_the_other_script_is_not_left_out(qtbot, compact: bool, at: QRect) -> None:
    long = replace(PATIENT, name="Newborn of Mona Khaled Sayed Abd El-Rahman El-Sharkawy", extras=())
    muted = theme.color("text_muted").name()

    def seen(patient: banner.PatientSummary) -> list[int]:
        identity = show(qtbot, patient, compact=compact).findChild(QWidget, "bannerIdentity")
        return ink(identity.grab(at).toImage(), muted)

    assert seen(replace(long, other_name="مولودة منى خالد سيد عبد الرحمن محمود الشرقاوي"))
    assert not seen(replace(long, other_name=""))


def test_everything_about_the_person_is_told(qtbot) -> None:
    told = show(qtbot, PATIENT).findChild(QWidget, "bannerIdentity").accessibleName()
    for part in ("Mohamed Ali Hassan", "محمد علي حسن", "58 years", "male", "12 Mar 1968", "BK-4821-7", "blood O+"):
        assert part in told


@pytest.mark.parametrize("compact", [False, True])
def test_allergies_are_the_red_area(qtbot, compact: bool) -> None:
    one = show(qtbot, PATIENT, compact=compact)
    red = ink(one.grab().toImage(), theme.tokens().danger_soft)
    assert len(red) == banner.ALLERGY_WIDTH[compact]
    assert theme.tokens().danger in colours(one)


def test_two_allergies_stand_with_their_reactions(qtbot) -> None:
    section = show(qtbot, PATIENT).findChild(QWidget, "bannerAllergies")
    assert section.lines() == ["Penicillin: anaphylaxis, 2019", "Sulfonamides: rash"]
    compact = show(qtbot, PATIENT, compact=True).findChild(QWidget, "bannerAllergies")
    assert compact.lines() == ["Penicillin: anaphylaxis, 2019 · Sulfonamides: rash"]


def test_one_allergy_with_many_words_has_its_reaction_on_the_second_line(qtbot) -> None:
    allergy = banner.Allergy("Penicillins", "severe, swelling of the lips and of the whole face, 2020")
    section = show(qtbot, replace(PATIENT, allergies=(allergy,))).findChild(QWidget, "bannerAllergies")
    first, second = section.lines()
    assert first == "Penicillins"
    assert second.startswith("severe, swelling")
    assert_whole(section)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("count", range(1, 13))
def test_no_allergy_is_left_out_silently(qtbot, compact: bool, count: int) -> None:
    one = show(qtbot, replace(PATIENT, allergies=MANY[:count]), compact=compact)
    section = one.findChild(QWidget, "bannerAllergies")
    words = " ".join(section.lines())
    more = int(words.split(" more")[0].split()[-1]) if " more" in words else 0
    # "Substance 1" also begins "Substance 11".
    named = [one for one in MANY[:count] if re.search(rf"{one.substance}\b", words)]
    assert len(named) + more == count
    assert all(one.substance in section.accessibleName() for one in MANY[:count])
    assert_whole(section)


def assert_whole(section: QWidget) -> None:
    """Nothing of its lines is cut off by the section's end."""
    metrics = QFontMetrics(theme.font("small" if section.compact else "body"))
    assert all(metrics.horizontalAdvance(line) <= section.width() - 52 for line in section.lines())


@pytest.mark.parametrize("compact", [False, True])
def test_an_allergy_with_endless_words_hides_no_other(qtbot, compact: bool) -> None:
    endless = banner.Allergy("Acetylsalicylic acid and every other salicylate of whatever kind there may be", "x" * 200)
    one = show(qtbot, replace(PATIENT, allergies=(endless, *MANY[:3])), compact=compact)
    section = one.findChild(QWidget, "bannerAllergies")
    lines = section.lines()
    assert lines[0].startswith("Acetylsalicylic acid")
    assert lines[-1].endswith(" more")
    assert_whole(section)


def test_none_known_unknown_and_hidden_never_look_alike(qtbot) -> None:
    none = show(qtbot, replace(PATIENT, allergies=(), allergy_state=AllergyState.NONE_KNOWN))
    unknown = show(qtbot, replace(PATIENT, allergies=(), allergy_state=AllergyState.NOT_RECORDED))
    hidden = show(qtbot, replace(PATIENT, allergies=(), allergy_state=AllergyState.HIDDEN))
    chip = {
        one: [c.text for c in one.findChild(QWidget, "bannerAllergies").findChildren(Chip)] for one in (none, unknown)
    }
    assert chip == {none: ["None known"], unknown: ["Not recorded"]}
    assert theme.tokens().warning_soft in colours(unknown.findChild(QWidget, "bannerAllergies"))
    assert theme.tokens().warning_soft not in colours(none.findChild(QWidget, "bannerAllergies"))
    assert banner.HIDDEN_WORDS in texts(hidden)


def test_who_may_not_read_health_reads_what_somebody_needs_and_no_allergy(qtbot) -> None:
    hidden = show(qtbot, replace(PATIENT, allergy_state=AllergyState.HIDDEN))
    assert [chip.text for chip in hidden.findChild(QWidget, "bannerAlerts").findChildren(Chip)] == [
        "Wheelchair",
        "Falls risk",
    ]
    nothing = show(qtbot, replace(PATIENT, allergy_state=AllergyState.HIDDEN, alerts=()))
    assert nothing.findChild(QWidget, "bannerAlerts") is None
    section = hidden.findChild(QWidget, "bannerAllergies")
    assert "Penicillin" not in section.accessibleName() + section.toolTip()
    assert theme.tokens().danger_soft not in colours(hidden)


def test_alerts_beyond_the_room_are_counted(qtbot) -> None:
    one = show(qtbot, replace(PATIENT, alerts=(ALERT,) * 5))
    assert [chip.text for chip in one.findChildren(Chip)] == ["Wheelchair", "4 more"]


def test_what_isnt_there_is_a_dash(qtbot) -> None:
    one = show(qtbot, replace(PATIENT, alerts=(), visit=None))
    assert texts(one).count("–") == 2


def test_the_next_patient_leaves_nothing_of_the_last(qtbot) -> None:
    one = show(qtbot, PATIENT)
    other = banner.PatientSummary(
        "Salma", "BK-1-1", "3 years", "female", "1 Jan 2023", allergy_state=AllergyState.NONE_KNOWN
    )
    one.show_patient(other)
    qtbot.waitUntil(lambda: len(one.findChildren(QWidget, "bannerIdentity")) == 1)
    qtbot.waitUntil(lambda: "None known" in [chip.text for chip in one.findChildren(Chip)])
    assert "Since 10:31, Room 3" not in texts(one)
    assert theme.tokens().danger_soft not in colours(one)


def test_a_very_long_name_never_pushes_the_id_out(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: dict[str, QRect] = {}
    monkeypatch.setattr(banner, "paint_line", lambda painter, rect, text, direction: painted.update({text: rect}))
    one = show(qtbot, replace(PATIENT, name="Abdel Rahman " * 9), compact=True)
    one.grab()
    place = painted["BK-4821-7"]
    assert place.width() >= QFontMetrics(theme.font("small")).horizontalAdvance("BK-4821-7")
    assert place.right() < one.findChild(QWidget, "bannerIdentity").width()
    assert any(text.startswith("Abdel Rahman") and text.endswith("…") for text in painted)


def test_initials_stand_on_a_square(qtbot) -> None:
    one = show(qtbot, PATIENT)
    assert theme.tokens().accent_soft in colours(one.findChild(QWidget, "bannerIdentity"))


def test_markup_in_a_name_stays_words(qtbot) -> None:
    one = show(qtbot, replace(PATIENT, name="<b>Omar</b>"))
    assert "&lt;b&gt;Omar" in one.findChild(QWidget, "bannerIdentity").toolTip()


def test_a_usual_name_beside_an_allergy_is_said_in_full(qtbot) -> None:
    """As wide as at the dispensary's desk, in a window of 1366 px."""
    short = replace(
        PATIENT, name="Karima Tarek Kamel", patient_id="BK-0005-G", allergies=(banner.Allergy("penicillin"),)
    )
    one = banner.Banner(compact=True)
    one.show_patient(replace(short, alerts=(), visit=None))
    one.setFixedWidth(675)
    shown(qtbot, one)
    identity = one.findChild(QWidget, "bannerIdentity")
    name = QFontMetrics(theme.font(bold=True)).horizontalAdvance("Karima Tarek Kamel")
    assert name <= identity.width() - 60 - theme.SPACE_12 - identity._kept_for_id()


def test_a_long_name_with_an_allergy_makes_the_dispensary_no_wider(qtbot) -> None:
    long = replace(PATIENT, name="Mahmoud Abdelrahman Ali Abdelrahman", allergies=(banner.Allergy("penicillin"),))
    one = banner.Banner(compact=True)
    one.show_patient(replace(long, alerts=(), visit=None))
    shown(qtbot, one)
    assert one.minimumSizeHint().width() <= 674


@pytest.mark.parametrize("compact", [False, True])
def test_it_fits_a_narrow_window_whatever_it_says(qtbot, compact: bool) -> None:
    """1024 px without the rail and the margins; the allergies give way before anybody is pushed out."""
    full = replace(
        PATIENT, alerts=(ALERT,), balance="EGP 1,350.00", owes=True, visit=("Since 10:31", "Dr Sara El-Masry")
    )
    one = banner.Banner(compact)
    one.show_patient(full)
    one.setFixedWidth(832)
    shown(qtbot, one)
    assert one.minimumSizeHint().width() <= 832
    assert names(one) == [f"banner{name}" for name in SECTIONS]
    assert "EGP 1,350.00" in texts(one)


def test_nothing_to_pay_is_muted_and_what_nobody_may_know_is_absent(qtbot) -> None:
    paid = show(qtbot, replace(PATIENT, balance="EGP 0.00")).findChild(QWidget, "bannerBalance")
    assert paid.findChildren(QLabel)[-1].property("tone") == "muted"
    assert show(qtbot, PATIENT).findChild(QWidget, "bannerBalance") is None
