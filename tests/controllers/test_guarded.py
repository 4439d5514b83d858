"""Every keeper of records refuses whoever the table does not name, before it asks the server anything."""

from uuid import uuid4

import pytest
from bson import ObjectId

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.errors import NotAllowed
from hmsdesk.security.permissions import CREATE, HISTORIES, READ, UPDATE, Role, may

VERBS = {
    "page": (READ, lambda keeper, session: keeper.page(session, Query())),
    "count": (READ, lambda keeper, session: keeper.count(session, Query())),
    "get": (READ, lambda keeper, session: keeper.get(session, ObjectId())),
    "history": (READ, lambda keeper, session: keeper.history(session, ObjectId())),
    "create": (CREATE, lambda keeper, session: keeper.create(session, {}, uuid4().hex)),
    "change": (UPDATE, lambda keeper, session: keeper.change(session, ObjectId(), 1, {}, uuid4().hex)),
}


@pytest.mark.parametrize("role", Role)
def test_a_role_is_refused_what_the_table_does_not_give_it(clinic, role):
    session = clinic.session(role)
    for resource, keeper in KEEPERS.items():
        for verb, (action, use) in VERBS.items():
            if may(role, resource, action) or (verb == "history" and resource not in HISTORIES):
                continue
            with pytest.raises(NotAllowed) as refused:
                use(keeper, session)
            assert refused.value.message == "Ask an administrator if you need it.", (resource, verb)
