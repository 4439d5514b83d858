"""What the program does not check of a medicine, said wherever one is prescribed or handed out."""

from PySide6.QtWidgets import QSizePolicy

from hmsdesk.models.allergies import NOT_CHECKED
from hmsdesk.views.kit.words import IconLine


class Unchecked(IconLine):
    """One quiet line. It is there whatever is known of the patient: that nothing is said must not look like safety."""

    def __init__(self) -> None:
        super().__init__(NOT_CHECKED, "information-outline")
        self.setObjectName("unchecked")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
