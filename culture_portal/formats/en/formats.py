"""Dates and times in English as most of the world writes them; Django's own are American."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
MONTH_DAY_FORMAT = "j F"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"

# Our own, which every language has: {{ wave.closes_at|date:"WEEKDAY_FORMAT" }}
WEEKDAY_FORMAT = "l j F"
WEEKDAY_YEAR_FORMAT = "l j F Y"
WEEKDAY_TIME_FORMAT = "l j F, H:i"
WEEKDAY_YEAR_TIME_FORMAT = "l j F Y, H:i"
# With the zone, where a reader may be in another one.
ZONED_TIME_FORMAT = "H:i T"
