"""A project's cluster on a real server: what the Administration API was told is carried out there as Atlas does it.

Roles and users lie in `admin`. A change is answered at once, and done only after the cluster's status was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymongo import MongoClient

from tests.integrations.atlas_stand_in import StandIn

WORDS = {"FIND": "find", "INSERT": "insert", "UPDATE": "update", "REMOVE": "remove", "CHANGE_STREAM": "changeStream"}


class Cluster(StandIn):
    """lag: how many times a status is answered with PENDING before the changes until then are done."""

    def __init__(self, client: MongoClient[dict[str, Any]], connection_string: str, lag: int = 1) -> None:
        super().__init__()
        self.client = client
        self.connection_string = connection_string
        self.lag = lag
        self._waiting: list[Callable[[], object]] = []
        self._asked = 0

    def _keep_role(self, name: str, body: Any) -> None:
        known = name in self.roles
        super()._keep_role(name, body)
        command = "updateRole" if known else "createRole"
        privileges = [_privilege(one["action"], on) for one in body["actions"] for on in one["resources"]]
        self._later(command, name, privileges=privileges, roles=body["inheritedRoles"])

    def _create_user(self, body: Any) -> tuple[int, Any]:
        answer = super()._create_user(body)
        self._later("createUser", body["username"], pwd=body["password"], roles=_roles(body))
        return answer

    def _update_user(self, body: Any, name: str) -> tuple[int, Any]:
        answer = super()._update_user(body, name)
        self._later("updateUser", name, pwd=body["password"], roles=_roles(body))
        return answer

    def _delete_user(self, body: Any, name: str) -> tuple[int, Any]:
        answer = super()._delete_user(body, name)
        self._later("dropUser", name)
        return answer

    def _later(self, command: str, name: str, **options: Any) -> None:
        self._waiting.append(lambda: self.client.admin.command(command, name, **options))
        self._asked = 0

    def _clusters(self, body: Any) -> tuple[int, Any]:
        strings = {"standardSrv": self.connection_string}
        return 200, {"results": [{"name": "Cluster0", "connectionStrings": strings}], "totalCount": 1}

    def _cluster_status(self, body: Any, name: str) -> tuple[int, Any]:
        self._asked += 1
        if self._asked <= self.lag:
            return 200, {"changeStatus": "PENDING"}
        while self._waiting:
            self._waiting.pop(0)()
        return 200, {"changeStatus": "APPLIED"}

    def forget(self) -> None:
        """Leave the server as it was found."""
        for name in list(self.users):
            self.client.admin.command("dropUser", name)
        for name in list(self.roles):
            self.client.admin.command("dropRole", name)


def _privilege(action: str, on: dict[str, Any]) -> dict[str, Any]:
    return {"resource": {"db": on["db"], "collection": on["collection"]}, "actions": [WORDS[action]]}


def _roles(body: dict[str, Any]) -> list[dict[str, str]]:
    return [{"db": role["databaseName"], "role": role["roleName"]} for role in body["roles"]]
