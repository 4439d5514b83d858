"""What was written for a patient and not signed."""

from types import SimpleNamespace

from bson import ObjectId

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
from hmsdesk.views.visit.unsigned import unsigned_medicines


def test_only_the_patient_s_own_draft_is_opened_for_it(tmp_path):
    sara = SimpleNamespace(keys=Keys.generate(), identity=SimpleNamespace(person=ObjectId(), role=Role.DOCTOR))
    drafts, patient, other = Drafts(tmp_path, sara), ObjectId(), ObjectId()
    for whose, name in ((patient, "Zyrtec 10 mg tablet"), (other, "Concor 5 mg tablet")):
        drafts.keep(f"prescribe/{whose}", {"lines": [{"name": name}, {}]})
    (others,) = tmp_path.rglob(f"*{other}*.draft")
    others.unlink()
    # Whoever opens it fails.
    others.mkdir()
    context = SimpleNamespace(drafts=drafts)
    assert unsigned_medicines(context, patient) == ["Zyrtec 10 mg tablet"]
    assert unsigned_medicines(context, ObjectId()) == []
