"""Services are kept; there is nothing more to them."""

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.models.services import Service

SERVICES = Keeping(Service)
