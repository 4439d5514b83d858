"""Founds a practice in the data folder of HMSDESK_HOME, and says what it is about to do. It is there to be killed.

At the step that it is called with it waits for that.
"""

import sys
from threading import Event

from hmsdesk.controllers.founding import Founding
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.settings import SecretStore, Settings

EMAIL = "sara@nileclinic.example"
PASSWORD = "purple monkey dishwasher"
FOUNDING = Founding(
    practice={"name": "Nile Family Clinic", "country": "EG"},
    owner_name="Sara El-Masry",
    owner_email=EMAIL,
    owner_password=PASSWORD,
    solo=False,
    secret_store=SecretStore.FILE,
)


def _tell(doing: str) -> None:
    print(doing, flush=True)
    if doing in sys.argv[1:]:
        Event().wait()


if __name__ == "__main__":
    Workplace(Settings()).found(FOUNDING, _tell)
