"""Spellings that sound alike have one key, and names that are others have another."""

import pytest

from hmsdesk.models.sounds import keys, questions, sound
from hmsdesk.models.text import fold

ONE_NAME = (
    "Mohamed Mohammed Muhammad Mohamad Muhamed",
    "Mahmoud Mahmud Mahmood",
    "Yousef Yusuf Youssef Yosef",
    "Hegazi Hegazy Higazi Hijazi Hejazy",
    "Hossam Hosam Husam",
    "Hussein Hosin Hossein Husayn",
    "Farouk Farook Farouq Faruk",
    "Nassar Nasar",
    "Khaled Khalid Khaleed",
    "Osman Othman Uthman",
    "Tharwat Sarwat",
    "Fatma Fatima Fatmah",
    "Zeinab Zainab Zaynab",
    "Aisha Aysha Ayesha Aicha",
    "Omar Umar",
    "Gamal Jamal",
    "Sherif Shareef Cherif",
    "Qassem Kassem Qasim",
    "Fawzy Fouzi Fauzy",
    "Eman Iman",
    "Girgis Guirguis",
    "Ramadan Ramadaan",
    "عبدالرحمن عبدالرحمان",
    "هبة هبه هبا",
    "عثمان عسمان",
)


@pytest.mark.parametrize("spellings", ONE_NAME)
def test_the_spellings_of_a_name_sound_alike(spellings):
    heard = {sound(fold(one)) for one in spellings.split()}
    assert len(heard) == 1
    assert heard != {""}


@pytest.mark.parametrize(
    "two", ["Mohamed Mahmoud", "Hassan Hussein", "Mona Mina", "Amr Omar", "Hoda Hadi", "Sara Sherif"]
)
def test_two_names_sound_otherwise(two):
    one, other = two.split()
    assert sound(fold(one)) != sound(fold(other))


@pytest.mark.parametrize("word", ["5", "0100", "a", "aya", "bk0391", "žižka", "李"])
def test_what_has_no_sound_is_looked_for_by_none(word):
    assert sound(word) == ""
    assert list(questions([word])) == []
    first, *_ = questions([word, "mohamed"])
    assert first[0] == {"find.sounds": "mohmd$"}
    assert list(first[1]) == ["find.edges"]


def test_a_name_has_its_beginnings_and_its_first_word_once_more():
    assert keys("Omar Ali") == sorted(["om", "omr", "omr$", "^om", "^omr", "^omr$", "al", "al$"])
    assert keys("", "12") == []


def test_the_likeliest_is_asked_first_and_the_index_entered_by_the_longest():
    first, *_, last = questions(["ali", "abdelrahman"])
    assert [one["find.sounds"] for one in first] == ["abdlrhmn$", "^al$"]
    assert {"find.sounds": {"$regex": "^abdlrhmn"}} in last
