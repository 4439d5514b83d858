"""The shipped tables are whole, and a name is understood in the ways people write it, or not at all."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hmsdesk.controllers.medicine_tables import FOLDER, coverage, knowledge
from hmsdesk.models.medicine_knowledge import CONFLICT, REMARK, TABLES, read_tables, rule_between
from hmsdesk.models.text import fold

KNOWN = knowledge()


def rows(name):
    return list(csv.DictReader((FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


def names(composition):
    return [one.name for one in composition.known]


class TestTheTables:
    @pytest.mark.parametrize("name", TABLES)
    def test_every_line_is_whole(self, name):
        for row in rows(name):
            assert None not in row
            assert all(value is not None and value == value.strip() for value in row.values()), row

    def test_no_name_means_two_ingredients(self):
        said = [fold(n) for row in rows("ingredients") for n in (row["ingredient"], *row["synonyms"].split("|")) if n]
        assert len(said) == len(set(said))

    def test_every_class_that_is_named_is_one_and_every_one_has_a_member(self):
        named = {code for row in rows("ingredients") for code in row["classes"].split("|") if code}
        assert named == set(KNOWN.classes)

    @pytest.mark.parametrize("name", ["interactions", "cross"])
    def test_every_rule_is_about_what_there_is_and_names_its_source(self, name):
        there = set(KNOWN.classes) | {one.name for one in KNOWN.names.values()}
        for row in rows(name):
            assert set(list(row.values())[:2]) <= there, row
            assert row["weight"] in (CONFLICT, REMARK)
            assert row["source"]

    def test_no_pair_has_two_rules(self):
        assert len(KNOWN.interactions) == len(rows("interactions"))

    def test_the_files_are_explained_beside_them(self):
        readme = (FOLDER / "README.md").read_text(encoding="utf-8")
        assert all(f"`{name}.csv`" in readme for name in TABLES)
        assert {file.stem for file in FOLDER.glob("*.csv")} == set(TABLES)

    def test_the_coverage_is_counted_and_says_what_is_not_checked(self):
        assert f"{len(rows('ingredients'))} ingredients in {len(rows('classes'))} classes" in coverage()
        assert "Not checked: excipients" in coverage()

    def test_a_file_that_is_not_whole_is_refused(self):
        with pytest.raises(KeyError):
            read_tables(dict.fromkeys(TABLES[1:], ""))


class TestAMedicine:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("amoxicillin", ["amoxicillin"]),
            ("Amoxicillin (as trihydrate) 500 mg", ["amoxicillin"]),
            ("AMOXICILLIN + CLAVULANIC ACID", ["amoxicillin", "clavulanic acid"]),
            ("amoxicillin/clavulanate potassium 875/125 mg", ["amoxicillin", "clavulanic acid"]),
            ("Amoxicillin, sulbactam", ["amoxicillin", "sulbactam"]),
            ("metformin hydrochloride", ["metformin"]),
            ("Metformin HCl and sitagliptin phosphate", ["metformin", "sitagliptin"]),
            ("sodium valproate", ["valproic acid"]),
            ("potassium chloride", ["potassium chloride"]),
            ("acetaminophen", ["paracetamol"]),
            ("Albuterol sulfate", ["salbutamol"]),
            ("أموكسيسيلين", ["amoxicillin"]),
            ("Insulin glargine 100 units/ml", ["insulin glargine"]),
            ("oral rehydration salts", ["oral rehydration salts"]),
            ("Vitamin B12", ["cyanocobalamin"]),
            ("benzathine benzylpenicillin", ["benzathine benzylpenicillin"]),
        ],
    )
    def test_is_understood_as_people_write_it(self, text, expected):
        made = KNOWN.composition(text)
        assert names(made) == expected
        assert made.unknown == ()

    def test_what_is_not_listed_is_named_beside_what_is(self):
        made = KNOWN.composition("ibuprofen + unobtainium")
        assert names(made) == ["ibuprofen"]
        assert made.unknown == ("unobtainium",)

    @pytest.mark.parametrize("text", ["", "something", "sodium", "500 mg", "+", "amoxicilin"])
    def test_what_is_none_is_not_taken_for_one(self, text):
        made = KNOWN.composition(text)
        assert made.known == ()
        assert len(made.unknown) == 1

    @given(some.text(max_size=60))
    def test_nothing_typed_is_left_out_without_a_word(self, text):
        made = KNOWN.composition(text)
        assert made.known or made.unknown


class TestAnAllergy:
    @pytest.mark.parametrize(
        ("substance", "classes"),
        [
            ("Penicillin", ["penicillins"]),
            ("penicillins (all)", ["penicillins"]),
            ("Sulfa", ["sulfonamide-antibacterials"]),
            ("Sulpha drugs", ["sulfonamide-antibacterials"]),
            ("Sulfonamides", ["sulfonamide-antibacterials"]),
            ("NSAIDs", ["nsaids"]),
            ("beta-lactams", ["penicillins", "cephalosporins", "carbapenems"]),
            ("البنسلين", ["penicillins"]),
            ("حساسية من البنسلين", ["penicillins"]),
            ("السلفا", ["sulfonamide-antibacterials"]),
            ("Penicillin and sulfa", ["penicillins", "sulfonamide-antibacterials"]),
        ],
    )
    def test_a_class_is_understood(self, substance, classes):
        meant = KNOWN.understood(substance)
        assert list(meant.classes) == classes
        assert meant.unknown == ()

    @pytest.mark.parametrize(
        ("substance", "name"), [("Aspirin", "acetylsalicylic acid"), ("أسبرين", "acetylsalicylic acid"), ("ASA", None)]
    )
    def test_an_ingredient_is_understood(self, substance, name):
        assert KNOWN.understood(substance).ingredients[0].name == (name or "acetylsalicylic acid")

    @pytest.mark.parametrize(
        ("substance", "likely"),
        [("Penicilin", "penicillin"), ("amoxicilin", "amoxicillin"), ("Penicillin as a child, maybe", "penicillin")],
    )
    def test_a_slip_of_the_pen_is_proposed_and_stays_not_understood(self, substance, likely):
        meant = KNOWN.understood(substance)
        assert meant.unknown
        assert likely in meant.likely

    @pytest.mark.parametrize(
        "substance", ["Latex", "Peanuts", "None", "Antibiotics", "?", "Not allergic to penicillin"]
    )
    def test_anything_else_is_not_understood(self, substance):
        assert KNOWN.understood(substance).unknown

    @given(some.text(max_size=40))
    def test_what_is_written_is_understood_or_named_as_not_understood(self, substance):
        meant = KNOWN.understood(substance)
        assert meant.ingredients or meant.classes or meant.unknown


def test_the_gravest_rule_counts():
    simvastatin, clarithromycin = (KNOWN.names[name] for name in ("simvastatin", "clarithromycin"))
    assert rule_between(KNOWN, simvastatin, clarithromycin).weight == CONFLICT
    assert rule_between(KNOWN, clarithromycin, simvastatin) is rule_between(KNOWN, simvastatin, clarithromycin)
    assert rule_between(KNOWN, simvastatin, simvastatin) is None
