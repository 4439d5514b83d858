"""The clinic's day of the tour: six people at six windows, from the first sign-in to the verified trail."""

import json

from hmsdesk.tour.director import play
from hmsdesk.tour.plays import CLINIC


def test_a_clinic_s_day_is_played_to_its_end(tmp_path):
    told = []
    assert play(tmp_path, told.append, [CLINIC]), "\n".join(told)
    folder = tmp_path / "clinic"
    report = json.loads((folder / "tour.json").read_text("utf-8"))
    assert [step["step"] for step in report["steps"]] == [step.title for step in CLINIC.steps]
    assert {step["result"] for step in report["steps"]} == {"done"}
    assert sorted(file.name for file in folder.glob("*.png")) == sorted(step["picture"] for step in report["steps"])
    for paper in ("prescription.pdf", "receipt.pdf"):
        assert (folder / paper).read_bytes().startswith(b"%PDF")
