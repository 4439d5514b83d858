"""What several dialogs of backups ask: a new passphrase twice, and a folder."""

from __future__ import annotations

from collections.abc import Callable

from hmsdesk.controllers.backing_up import checked_passphrase
from hmsdesk.errors import InvalidInput
from hmsdesk.settings import leads_to_folder, typed_path
from hmsdesk.views.kit.questions import Question, Questions

KEEP_IT = (
    "Four or five words. Whoever has them and the file reads everything; without them, or the recovery code of the "
    "time it was made, nobody does. Keep them apart from the files."
)
NOT_THE_SAME = "This is not the same."


def passphrase_questions(practice: Callable[[], str]) -> dict[str, Question]:
    """The passphrase, and the same once more."""

    def problem(passphrase: str) -> str:
        try:
            checked_passphrase(passphrase, practice())
        except InvalidInput as invalid:
            return invalid.fields["passphrase"]
        return ""

    return {
        "passphrase": Question("Passphrase", problem, password=True, help_text=KEEP_IT),
        "again": Question("Passphrase again", password=True),
    }


def same_twice(questions: Questions) -> bool:
    """Whether what was typed twice is the same; it is said beside the second where it isn't."""
    if questions.raw("passphrase") == questions.raw("again"):
        return True
    questions.set_problems({"again": NOT_THE_SAME})
    return False


def folder_problem(typed: str) -> str:
    """What is wrong with a folder, as a sentence."""
    return "" if leads_to_folder(typed_path(typed)) else "There is no such folder."
