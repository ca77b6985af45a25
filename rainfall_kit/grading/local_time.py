"""Local time of a course: times that people read, in its time zone and with the zone's name.

What grades depend on is reckoned in UTC; nothing here changes a grade.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import TYPE_CHECKING

from traitlets import Unicode
from traitlets.config import Configurable

from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from traitlets.config import Config


class LocalTime(Configurable):
    """Configured as nbgrader's own classes are: ``c.LocalTime.zone = "Europe/Berlin"``."""

    zone = Unicode(
        "",
        help="The time zone in which times are shown, such as Europe/Berlin; this machine's if empty.",
    ).tag(config=True)


def course_zone(config: Config) -> dt.tzinfo | None:
    """The time zone that a course's configuration names; None for this machine's.

    Raises:
        CourseError: there is no such zone.

    Example:
        >>> from traitlets.config import Config
        >>> course_zone(Config()) is None
        True
        >>> course_zone(Config({"LocalTime": {"zone": "Mars"}}))
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: c.LocalTime.zone is 'Mars', and must be a time zone that this machine \
knows. Try: c.LocalTime.zone = "Europe/Berlin", or ""
    """
    name = LocalTime(config=config).zone
    if not name:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder's name
        raise CourseError(
            f"c.LocalTime.zone is {name!r}, and must be a time zone that this machine knows. "
            'Try: c.LocalTime.zone = "Europe/Berlin", or ""'
        ) from None


def in_words(time: dt.datetime, zone: dt.tzinfo | None) -> str:
    """A time as it is read: day, month, year, time of day and the zone's name.

    Args:
        time: in UTC, where it has no zone of its own.
        zone: of the course; None for this machine's.

    Example:
        >>> import datetime as dt, zoneinfo
        >>> due = dt.datetime(2027, 1, 31, 17)
        >>> in_words(due, zoneinfo.ZoneInfo("Europe/Berlin")), in_words(due, dt.timezone.utc)
        ('31 January 2027, 18:00 CET', '31 January 2027, 17:00 UTC')
        >>> in_words(due, zoneinfo.ZoneInfo("America/Sao_Paulo"))
        '31 January 2027, 14:00 UTC-03:00'
    """
    local = (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(zone)
    name = local.tzname() or ""
    if not name.isalpha():  # many zones have a number in the place of a name
        shift = local.strftime("%z")
        name = f"UTC{shift[:3]}:{shift[3:5]}"
    return f"{local:%d %B %Y, %H:%M} {name}".lstrip("0")


def first_full_minute(time: dt.datetime) -> dt.datetime:
    """The full minute at which a time has come: told to the minute, it would else be told too early.

    Example:
        >>> import datetime as dt
        >>> first_full_minute(dt.datetime(2027, 1, 31, 17, 0, 1)).minute
        1
        >>> first_full_minute(dt.datetime(2027, 1, 31, 17)).minute
        0
    """
    full = time.replace(second=0, microsecond=0)
    return full if full == time else full + dt.timedelta(minutes=1)
