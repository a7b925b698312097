"""When a site is to be crawled: the moments of a cron expression in a time zone. Pure.

The expression means what cron means by it, which APScheduler's own reading does not: 0 and 7 are Sunday, and where both
day and weekday are given either will do. Where the clocks change, a schedule of fixed hours has each of its times
once: one that is skipped comes an hour later on the clock, one that is printed twice counts the first time only; a
schedule of every hour follows real time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from pipelines.profiles import cron_fields

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ALL_DAYS = frozenset(range(1, 32))
_ALL_WEEKDAYS = frozenset(range(7))
_ALL_HOURS = frozenset(range(24))
# How far back the last slot is looked for, step by step: few are listed of a schedule of every minute, and a 29th of
# February on a Sunday is found too.
_LOOK_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=366), timedelta(days=366 * 40))


class Slots:
    """The slots of one schedule, as moments of UTC. Raises ValueError for what is no line of cron."""

    def __init__(self, cron: str, timezone: str) -> None:
        self.rule = f"{cron} {timezone}"
        fields = cron_fields(cron)
        zone = ZoneInfo(timezone)
        days, weekdays = fields["day"], fields["weekday"]
        common = {name: _numbers(fields[name]) for name in ("minute", "hour", "month")}
        names = ",".join(WEEKDAYS[n] for n in sorted(weekdays))
        if days == _ALL_DAYS or weekdays == _ALL_WEEKDAYS:
            kinds = [{"day": _numbers(days), "day_of_week": names}]
        else:
            kinds = [{"day": _numbers(days)}, {"day_of_week": names}]
        self._triggers = [CronTrigger(**common, **kind, timezone=zone) for kind in kinds]
        self._every_hour = fields["hour"] == _ALL_HOURS

    def next(self, after: datetime) -> datetime | None:
        """The first slot after a moment; None where there is none any more (a 31st of February)."""
        found = [slot for trigger in self._triggers if (slot := self._next(trigger, after)) is not None]
        return min(found, default=None)

    def last(self, after: datetime, until: datetime) -> datetime | None:
        """The latest slot after `after` and not after `until`; None where there is none."""
        for span in _LOOK_BACK:
            begin = max(after, until - span)
            found = None
            for found in self._between(begin, until):  # noqa: B007 - the last one is what is asked for
                pass
            if found is not None or begin == after:
                return found
        return None

    def _between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        slot = self.next(after)
        while slot is not None and slot <= until:
            yield slot
            slot = self.next(slot)

    def _next(self, trigger: CronTrigger, after: datetime) -> datetime | None:
        # never from a fire time before: given one, APScheduler goes back where clocks are put back
        moment = after.astimezone(UTC) + timedelta(microseconds=1)
        while True:
            slot: datetime | None = trigger.get_next_fire_time(None, moment)
            if slot is None:
                return None
            if self._every_hour or not slot.fold:
                return slot.astimezone(UTC)
            moment = slot.astimezone(UTC) + timedelta(microseconds=1)


def jitter(name: str, slot: datetime, most: float) -> timedelta:
    """How long after a slot its crawl begins, up to `most` seconds: the same for everyone who asks."""
    digest = hashlib.sha256(f"{name} {slot.astimezone(UTC).isoformat()}".encode()).digest()
    return timedelta(seconds=most * int.from_bytes(digest[:4]) / 2**32)


def _numbers(values: frozenset[int]) -> str:
    return ",".join(map(str, sorted(values)))
