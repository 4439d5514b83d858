"""Arabic on the same baseline as Latin in a field of one line.

Qt gives a line that holds Arabic a taller face and lets it stand some pixels too high.
"""

from PySide6.QtGui import QFontMetrics, QTextLayout
from PySide6.QtWidgets import QLineEdit


def keep_baseline(line: QLineEdit) -> None:
    """Keep the text of a field on the baseline that Latin letters have there."""
    line.textChanged.connect(lambda text: _lower(line, text))
    _lower(line, line.text())


def _lower(line: QLineEdit, text: str) -> None:
    # Each letter once is as high as all of them, and is laid out in no time however long the text is.
    layout = QTextLayout("".join(sorted(set(text))), line.font())
    layout.beginLayout()
    laid_out = layout.createLine()
    layout.endLayout()
    missing = max(round(laid_out.ascent() - QFontMetrics(line.font()).ascent()), 0) if text else 0
    margins = line.textMargins()
    # The text is in the middle of what a margin leaves, so that it is lowered by half of it.
    margins.setTop(2 * missing)
    line.setTextMargins(margins)
