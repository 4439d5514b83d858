"""The catalogue of medicines is kept; there is nothing more to it."""

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.models.medicines import Medicine

MEDICINES = Keeping(Medicine)
