"""Keys under passwords and codes, and which passwords are refused."""

import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hmsdesk.security.credentials import (
    CannotOpen,
    Keys,
    new_code,
    new_temporary_password,
    open_with_code,
    seal_to,
    seal_with_code,
    tidy_code,
    weakness,
)

PASSWORD = "purple monkey dishwasher"
KNOWN = ["Sara El-Masry", "owner@nileclinic.example", "Nile Family Clinic"]


@pytest.fixture(scope="module")
def keys():
    return Keys.generate()


class TestKeys:
    def test_open_what_was_sealed_to_them_and_nothing_else(self, keys):
        sealed = seal_to(keys.public.box, b"a credential")
        assert keys.open(sealed) == b"a credential"
        with pytest.raises(CannotOpen):
            Keys.generate().open(sealed)
        with pytest.raises(CannotOpen):
            keys.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))

    def test_show_nothing_of_themselves(self, keys):
        content = keys.to_bytes()
        for shown in (repr(keys), str(keys), repr(keys.public), repr(vars(keys))):
            assert content[:32].hex() not in shown
            assert repr(content[:32])[2:-1] not in shown
            assert repr(content[32:])[2:-1] not in shown


CODES = st.builds(lambda _: new_code(), st.integers())


class TestACode:
    @given(CODES, st.data())
    def test_opens_however_it_is_typed(self, code, data):
        sealed = seal_with_code(b"a secret", code)
        spaced = "".join(letter + data.draw(st.sampled_from(["", " ", "-", "\n"])) for letter in code)
        confused = spaced.replace("0", data.draw(st.sampled_from("0Oo"))).replace(
            "1", data.draw(st.sampled_from("1IlL"))
        )
        typed = data.draw(st.sampled_from([confused, confused.lower()]))
        assert open_with_code(sealed, typed) == b"a secret"

    @given(CODES, st.integers(0, 25), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
    def test_with_one_letter_wrong_opens_nothing(self, code, at, letter):
        tidy = tidy_code(code)
        wrong = tidy[:at] + letter + tidy[at + 1 :]
        if wrong != tidy:
            with pytest.raises(CannotOpen):
                open_with_code(seal_with_code(b"a secret", code), wrong)

    def test_holds_128_bits_and_no_letters_that_look_alike(self):
        codes = [tidy_code(new_code()) for _ in range(200)]
        assert {len(code) for code in codes} == {26}
        assert len(set(codes)) == 200
        assert set("".join(codes)) <= set(string.ascii_uppercase + string.digits) - set("ILOU")

    @given(st.text(max_size=40))
    def test_of_anybody_s_invention_opens_nothing(self, typed):
        with pytest.raises(CannotOpen):
            open_with_code(seal_with_code(b"a secret", new_code()), typed)

    def test_to_be_typed_once_holds_75_bits(self):
        passwords = {new_temporary_password() for _ in range(200)}
        assert len(passwords) == 200
        assert {len(tidy_code(one)) for one in passwords} == {15}


class TestWeakness:
    @pytest.mark.parametrize(
        "weak",
        [
            "",
            "abc",
            "password",
            "password1234",
            "qwertyuiop",
            "aaaaaaaaaaaaaaaa",
            "12345678901234567890",
            "Sara El-Masry",
            "sara.elmasry",
            "Nile Family Clinic",
            "owner@nileclinic.example",
            "nileclinic nileclinic",
            "x" * 201,
        ],
    )
    def test_is_said_in_a_sentence(self, weak):
        assert weakness(weak, KNOWN).endswith(".")

    @pytest.mark.parametrize(
        "good", [PASSWORD, "seven warm lentil cups", "Sara " + PASSWORD, "زرافة تأكل التفاح مساء", "vT9#qLw2!xRk"]
    )
    def test_is_nothing_to_a_good_one(self, good):
        assert weakness(good, KNOWN) == ""

    @pytest.mark.parametrize(
        "costly", ["4@8({[<369&#!1/|0$5+7%2" * 9, "4({6!|0$7%2@" * 17, "p@$$w0rd" * 25, "1/1/2011" * 25, "a" * 200]
    )
    def test_takes_no_time_to_speak_of_whatever_is_typed(self, costly):
        began = time.thread_time()
        weakness(costly[:200], KNOWN)
        assert time.thread_time() - began < 10

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=4))
    def test_is_rated_whatever_is_typed(self, typed, known):
        assert isinstance(weakness(typed, known), str)
