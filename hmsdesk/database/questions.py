"""Several questions in one round trip, also within a transaction: each is answered in the order they are asked in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from hmsdesk.models.row import Row

Answers = dict[str, list[Row]]


@dataclass(frozen=True)
class Question:
    """What is looked for in one collection. fields: only these, and the id. order, most: as find's sort and limit.

    joined: what an answer before has at a path, with its name in front, and the field here that holds one of those;
    where it has nothing there, nothing is found.
    All answers together must fit into one document of the server, 16 MB: it is for what belongs to one person, not
    for lists.
    """

    collection: str
    where: Mapping[str, Any]
    fields: tuple[str, ...] = ()
    order: tuple[tuple[str, int], ...] = ()
    most: int = 0
    joined: tuple[str, str] | None = None

    def looked_up(self, name: str) -> Row:
        """The step of an aggregation that adds the answer to what it has of the others."""
        asked: Row = {"from": self.collection, "pipeline": self.steps(), "as": name}
        if self.joined is not None:
            path, field = self.joined
            # Nothing, at the path, would be as good as null to the server, and find whoever lacks the field.
            there = {"$match": {field: {"$ne": None}}}
            asked |= {"localField": path, "foreignField": field, "pipeline": [there, *self.steps()]}
        return {"$lookup": asked}

    def steps(self) -> list[Row]:
        """The same as an aggregation."""
        steps: list[Row] = [{"$match": dict(self.where)}]
        steps += [{"$sort": dict(self.order)}] if self.order else []
        steps += [{"$limit": self.most}] if self.most else []
        return steps + ([{"$project": dict.fromkeys(self.fields, 1)}] if self.fields else [])


def ask(database: Database[Row], questions: Mapping[str, Question], wire: ClientSession | None = None) -> Answers:
    """What each question finds. wire: the transaction they are asked in. Raises the driver's errors."""
    if not questions:
        return {}
    looked = [one.looked_up(name) for name, one in questions.items()]
    with database.aggregate([{"$documents": [{}]}, *looked], session=wire) as answers:
        return dict(answers.next())
