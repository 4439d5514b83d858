"""A person's keys under a password, and whose seals count."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from hmsdesk.security import seals
from hmsdesk.security.certificates import Certificate, Untrusted
from hmsdesk.security.credentials import CannotOpen, Keys, new_secret
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings, WrongSettings

PASSWORD = "purple monkey dishwasher"
SECRET = bytes(range(32))
KEYS, OTHERS = Keys.generate(), Keys.generate()
CERTIFICATE = Certificate(
    person=ObjectId(),
    name="Amal Fawzy",
    email="amal@nileclinic.example",
    roles=(Role.NURSE,),
    owner=False,
    keys=KEYS.public,
    serial=1,
    issued_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    mib=64,
)


def lock(password=PASSWORD, secret=SECRET, keys=KEYS, mib=64):
    return seals.lock(password, secret, keys.public.sign, mib)


@pytest.fixture(scope="module")
def own():
    return lock()


@pytest.fixture(scope="module")
def seal(own):
    return seals.seal(CERTIFICATE, KEYS, own)


class TestALock:
    def test_is_the_same_for_the_same_password(self, own):
        assert lock() == own
        assert lock("caf\u00e9 u\u0308ber").address == lock("cafe\u0301 \u00fcber").address

    @pytest.mark.parametrize(
        "changed",
        [
            {"password": PASSWORD + " "},
            {"password": PASSWORD.title()},
            {"password": ""},
            {"password": "\ud800"},
            {"secret": new_secret()},
            {"secret": SECRET[:-1] + b"x"},
            {"keys": OTHERS},
            {"mib": 65},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_is_another_for_anything_else_in_address_and_in_key(self, own, changed):
        other = lock(**changed)
        assert other.address != own.address
        assert other.key != own.key

    @pytest.mark.parametrize("mib", [0, 63, 1025])
    def test_is_not_made_at_a_cost_that_is_too_low_or_too_high(self, mib):
        with pytest.raises(ValueError, match="64 to 1024"):
            lock(mib=mib)

    def test_costs_256_mib_unless_a_computer_is_told_otherwise_and_never_under_64(self, monkeypatch):
        monkeypatch.delenv("HMSDESK_ARGON2_MIB", raising=False)
        assert Settings().argon2_mib == 256
        with pytest.raises(WrongSettings, match="64 or more"):
            Settings(argon2_mib=63)

    def test_shows_its_key_to_nobody(self, own):
        assert repr(own.key)[2:-1] not in repr(own)

    def test_s_address_tells_nothing_of_its_key(self, own):
        assert bytes.fromhex(own.address) not in own.key
        assert own.key not in bytes.fromhex(own.address)


class TestASeal:
    def test_gives_the_keys_to_its_lock(self, own, seal):
        assert seals.opened(CERTIFICATE, seal, own).to_bytes() == KEYS.to_bytes()

    def test_gives_nothing_to_another_lock(self, seal):
        with pytest.raises(CannotOpen):
            seals.opened(CERTIFICATE, seal, lock("another password"))

    @pytest.mark.parametrize(
        "changed",
        [
            {"_id": "00" * 24},
            {"person": ObjectId()},
            {"sealed": bytes(104)},
            {"replaced": bytes(64)},
            {"signature": bytes(64)},
            {"signature": b""},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_changed_in_any_part_is_nobody_s(self, own, seal, changed):
        with pytest.raises(Untrusted):
            seals.opened(CERTIFICATE, seal | changed, own)

    def test_of_another_account_is_nobody_s(self, own, seal):
        for other in (replace(CERTIFICATE, person=ObjectId()), replace(CERTIFICATE, keys=OTHERS.public)):
            with pytest.raises(Untrusted):
                seals.opened(other, seal, own)

    def test_made_with_other_keys_is_nobody_s(self, own):
        forged = seals.seal(CERTIFICATE, OTHERS, own)
        with pytest.raises(Untrusted):
            seals.opened(CERTIFICATE, forged, own)

    def test_is_sealed_anew_each_time(self, own, seal):
        assert seals.seal(CERTIFICATE, KEYS, own)["sealed"] != seal["sealed"]

    def test_bears_the_mark_of_the_one_it_replaces(self, own, seal):
        new = lock("another password altogether")
        row = seals.seal(CERTIFICATE, KEYS, new, replaces=own.address)
        assert row["replaced"] == seals.mark(KEYS, own.address)
        assert seals.opened(CERTIFICATE, row, new).to_bytes() == KEYS.to_bytes()
        assert "replaced" not in seal


class TestAMark:
    def test_is_the_same_each_time_and_nobody_else_s(self):
        assert seals.mark(KEYS, "here") == seals.mark(Keys.from_bytes(KEYS.to_bytes()), "here")
        assert seals.mark(KEYS, "here") not in (seals.mark(KEYS, "there"), seals.mark(OTHERS, "here"))
