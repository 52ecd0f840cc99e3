"""Dates and times in German. Numbers are as Django has them: 1.234,5."""

DATE_FORMAT = "j. F Y"
TIME_FORMAT = r"H:i \U\h\r"
DATETIME_FORMAT = r"j. F Y, H:i \U\h\r"
MONTH_DAY_FORMAT = "j. F"
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y, H:i"

WEEKDAY_FORMAT = "l, j. F"
WEEKDAY_YEAR_FORMAT = "l, j. F Y"
WEEKDAY_TIME_FORMAT = r"l, j. F, H:i \U\h\r"
WEEKDAY_YEAR_TIME_FORMAT = r"l, j. F Y, H:i \U\h\r"
ZONED_TIME_FORMAT = r"H:i \U\h\r (T)"
