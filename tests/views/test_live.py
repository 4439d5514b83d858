"""News of other workstations, told to pages."""

import threading
from types import SimpleNamespace

import shiboken6
from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit.live import TOGETHER_MS, Live

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
    qtbot.waitUntil(lambda: told == [1])


def test_news_that_come_together_are_fetched_once_and_later_ones_again(qtbot):
    live, page, told = Live(), QWidget(), []
    qtbot.addWidget(page)
    live.follow(page, ["departments", "stock_lots"], lambda: told.append(1))
    page.show()
    for collection in ("departments", "stock_lots", "departments"):
        live.changed.emit(SimpleNamespace(collection=collection, record=None))
    live.gap.emit()
    QTest.qWait(2 * TOGETHER_MS)
    assert told == [1]
    live.changed.emit(NEWS)
    qtbot.waitUntil(lambda: told == [1, 1])


def test_news_after_a_pause_are_fetched_at_once_and_a_burst_no_more_often_than_it_should_be(qtbot):
    live, page, told = Live(), QWidget(), []
    qtbot.addWidget(page)
    live.follow(page, ["departments"], lambda: told.append(1))
    page.show()
    (gathering,) = (one for one in page.findChildren(QTimer) if one.isSingleShot())
    for _ in range(2):
        QTest.qWait(2 * TOGETHER_MS)
        live.changed.emit(NEWS)
        assert gathering.interval() < TOGETHER_MS / 2
    passed = QElapsedTimer()
    passed.start()
    while len(told) < 6:
        live.changed.emit(NEWS)
        QTest.qWait(1)
    assert passed.elapsed() >= 3 * TOGETHER_MS


def test_news_without_a_pause_are_shown_all_the_same(qtbot):
    live, page, told = Live(), QWidget(), []
    qtbot.addWidget(page)
    live.follow(page, ["departments"], lambda: told.append(1))
    page.show()
    ever = QTimer(page, interval=TOGETHER_MS // 4)
    ever.timeout.connect(lambda: live.changed.emit(NEWS))
    ever.start()
    qtbot.waitUntil(lambda: len(told) > 1)


def test_a_page_that_is_hidden_before_the_moment_is_over_waits_to_be_looked_at(qtbot):
    live, page, told = Live(), QWidget(), []
    qtbot.addWidget(page)
    live.follow(page, ["departments"], lambda: told.append(1))
    page.show()
    live.changed.emit(NEWS)
    page.hide()
    QTest.qWait(2 * TOGETHER_MS)
    assert told == []
    page.show()
    assert told == [1]


def test_news_on_their_way_to_a_page_that_goes_are_dropped(qtbot):
    live, page, told = Live(), QWidget(), []
    live.follow(page, ["departments"], lambda: told.append(1))
    page.show()
    send_from_another_thread(live)
    shiboken6.delete(page)
    QTest.qWait(2 * TOGETHER_MS)
    assert told == []
