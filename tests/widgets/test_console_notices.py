"""Notifications do not vanish before they are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from widgets.console.notices import MOST, Notices


def made() -> Notices:
    return Notices(lambda: None, clock=lambda: 7.0)


def test_a_notice_stays_a_toast_until_it_is_read() -> None:
    notices = made()
    first = notices.good("a take")
    second = notices.error("no disk")
    assert notices.unread == 2 and [each.toast for each in notices] == [True, True]
    notices.read(first.id)
    assert notices.unread == 1, "what came after the list was looked at is not read"
    notices.dismiss(second.id)
    assert notices.unread == 0 and not any(each.toast for each in notices)
    notices.clear()
    assert len(notices) == 0


def test_the_same_again_is_counted_until_it_is_read() -> None:
    notices = made()
    notices.error("offline")
    again = notices.error("offline")
    assert (again.count, len(notices)) == (2, 1)
    notices.read(again.id)
    assert notices.error("offline").count == 1 and len(notices) == 2


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=3 * MOST))
def test_an_unread_notice_is_dropped_only_when_all_that_are_kept_are_unread(
    doings: list[tuple[bool, int]],
) -> None:
    notices = made()
    for number, (say, back) in enumerate(doings):
        if say:
            before = notices.unread
            notices.info(f"{number}")
            assert notices.unread == min(before + 1, MOST)
        elif len(notices):
            notices.dismiss(next(iter(notices)).id - back)
        assert len(notices) <= MOST
