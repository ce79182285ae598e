"""Laws of the numbers in metadata: read once each."""

from assets import MetadataValue
from assets.extension import numbers
from assets.extension.numbers import Numbers


class Log:
    """Metadata by event, and which events were asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, events):
        self.asked.append(sorted(events))
        return {event: {"rows": MetadataValue.int(event)} for event in events if event != 13}


def test_an_event_is_looked_up_once():
    """An event never changes; one that cannot be found has no numbers."""
    log = Log()
    look = Numbers(log)
    assert look([1, 13])[1] == {"rows": 1.0}
    assert look([1, 2, 13])[13] == {}
    assert look([1, 2])[2] == {"rows": 2.0}
    assert log.asked == [[1, 13], [2]]


def test_memory_is_bounded(monkeypatch):
    """Beyond a number of events all are forgotten, and those asked for are looked up again."""
    monkeypatch.setattr(numbers, "MOST", 3)
    log = Log()
    look = Numbers(log)
    look([1, 2, 3])
    assert look([3, 4]) == {3: {"rows": 3.0}, 4: {"rows": 4.0}}
    assert log.asked == [[1, 2, 3], [3, 4]]
