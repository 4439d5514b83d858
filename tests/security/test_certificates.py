"""What the practice's key says of an account, and what is believed."""

from dataclasses import replace
from datetime import UTC, datetime

import bson
import pytest
from bson import ObjectId
from bson.codec_options import CodecOptions
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.security.certificates import (
    Certificate,
    State,
    Untrusted,
    believed,
    certified,
    closed_succession,
    effective,
    succession,
)
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
from hmsdesk.security.signing import canonical, fingerprint, is_signed, sign

CODEC = CodecOptions(tz_aware=True)
PRACTICE, PERSON = Keys.generate(), Keys.generate()


def certificate(**changed):
    values = {
        "person": ObjectId(),
        "name": "Amal Fawzy",
        "email": "amal@nileclinic.example",
        "roles": (Role.NURSE,),
        "owner": False,
        "keys": PERSON.public,
        "serial": 1,
        "issued_at": datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        "mib": 64,
    }
    return Certificate(**(values | changed))


def account(practice, one):
    """An account as it comes back from the server."""
    stored = {"_id": one.person, "name": one.name, **certified(practice, one)}
    return bson.decode(bson.encode(stored), CODEC)


class TestACertificate:
    @given(
        roles=st.lists(st.sampled_from(Role), unique=True).map(tuple),
        owner=st.booleans(),
        temporary=st.booleans(),
        disabled=st.booleans(),
        past=st.lists(st.binary(min_size=32, max_size=32)).map(tuple),
        serial=st.integers(1, 2**40),
        name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40),
    )
    def test_comes_back_from_the_server_as_it_was(self, **values):
        one = certificate(**values)
        assert believed(PRACTICE.public.sign, account(PRACTICE, one)) == one

    def test_of_another_practice_is_not_believed(self):
        with pytest.raises(Untrusted):
            believed(PRACTICE.public.sign, account(Keys.generate(), certificate()))

    def test_of_another_account_is_not_believed(self):
        with pytest.raises(Untrusted):
            believed(PRACTICE.public.sign, account(PRACTICE, certificate()) | {"_id": ObjectId()})

    @pytest.mark.parametrize("name", certificate().document())
    def test_changed_in_any_part_is_not_believed(self, name):
        stored = account(PRACTICE, certificate())
        other = {"roles": ["administrator"], "past": [bytes(32)], "person": ObjectId(), "issued_at": datetime.now(UTC)}
        before = stored["certificate"][name]
        stored["certificate"][name] = other[name] if name in other else not before or before * 2
        with pytest.raises(Untrusted):
            believed(PRACTICE.public.sign, stored)

    @pytest.mark.parametrize("stored", [{}, {"certificate": None}, {"certificate": {}}, {"certificate": "x"}])
    @pytest.mark.parametrize("signature", [None, b"", bytes(64), "x" * 64, 7])
    def test_that_is_none_is_not_believed(self, stored, signature):
        with pytest.raises(Untrusted):
            believed(PRACTICE.public.sign, stored | {"_id": ObjectId(), "signature": signature})

    def test_stands_as_its_two_marks_say(self):
        assert certificate().state is State.ACTIVE
        assert certificate(temporary=True).state is State.TEMPORARY
        assert certificate(temporary=True, disabled=True).state is State.DISABLED

    def test_never_vouches_for_what_a_temporary_key_signed(self):
        assert certificate(past=(b"old",)).signing_keys() == (PERSON.public.sign, b"old")
        assert certificate(past=(b"old",), temporary=True).signing_keys() == (b"old",)


class TestASuccession:
    temporary = certificate(temporary=True)
    successor = Keys.generate()

    def test_gives_the_account_its_new_keys(self):
        named = succession(PERSON, self.temporary, self.successor.public)
        now = effective(self.temporary, named)
        assert (now.keys, now.temporary) == (self.successor.public, False)

    @pytest.mark.parametrize(
        "by_and_of",
        [
            (Keys.generate(), temporary),
            (PRACTICE, temporary),
            (PERSON, certificate(temporary=True)),
            (PERSON, replace(temporary, serial=2)),
        ],
        ids=["another key", "the practice", "another person", "another serial"],
    )
    def test_that_does_not_fit_is_not_followed(self, by_and_of):
        by, of = by_and_of
        named = succession(by, of, self.successor.public) | {"_id": f"{self.temporary.person}/1"}
        assert effective(self.temporary, named) == self.temporary
        assert effective(self.temporary, succession(by, of, self.successor.public)) in (self.temporary,)

    def test_that_was_closed_names_nobody(self):
        assert effective(self.temporary, closed_succession(self.temporary)) == self.temporary

    def test_is_nothing_to_an_account_that_is_not_temporary(self):
        active = replace(self.temporary, temporary=False)
        assert effective(active, succession(PERSON, active, self.successor.public)) == active

    def test_leaves_a_disabled_account_disabled(self):
        disabled = replace(self.temporary, disabled=True)
        assert effective(disabled, succession(PERSON, disabled, self.successor.public)).disabled


class TestSignatures:
    def test_of_one_kind_are_none_of_another(self):
        """The practice's word on an account can't be shown as its word on anything else."""
        one = certificate()
        signature = certified(PRACTICE, one)["signature"]
        assert not is_signed(PRACTICE.public.sign, one.document(), signature)

    @given(st.dictionaries(st.text(min_size=1, max_size=5).filter(lambda key: "\x00" not in key), st.integers(0, 99)))
    def test_do_not_depend_on_the_order_of_what_is_signed(self, document):
        turned = dict(reversed(document.items()))
        assert canonical({"a": document}) == canonical({"a": turned})
        assert is_signed(PERSON.public.sign, {"a": turned}, sign(PERSON.signing_key, {"a": document}))

    def test_tell_lists_in_another_order_apart(self):
        assert canonical({"a": [1, 2]}) != canonical({"a": [2, 1]})

    def test_fingerprints_are_of_the_whole_key(self):
        assert len(fingerprint(PRACTICE.public.sign)) == 64
        assert fingerprint(PRACTICE.public.sign) != fingerprint(PERSON.public.sign)
