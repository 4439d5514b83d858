"""News of other workstations, told to pages."""

import threading
from types import SimpleNamespace

import shiboken6
from PySide6.QtWidgets import QApplication, QWidget

from hmsdesk.views.kit.live import Live

NEWS = SimpleNamespace(collection="departments", record=None)


def send_from_another_thread(live):
    thread = threading.Thread(target=live.changed.emit, args=(NEWS,))
    thread.start()
    thread.join()


def test_news_reach_a_page(qtbot):
    live, page, told = Live(), QWidget(), []
    qtbot.addWidget(page)
    live.follow(page, ["departments"], lambda: told.append(1))
    page.show()
    send_from_another_thread(live)
    QApplication.processEvents()
    assert told == [1]


def test_news_on_their_way_to_a_page_that_goes_are_dropped(qtbot):
    live, page, told = Live(), QWidget(), []
    live.follow(page, ["departments"], lambda: told.append(1))
    page.show()
    send_from_another_thread(live)
    shiboken6.delete(page)
    QApplication.processEvents()
    assert told == []
