"""Dates and times in German. Numbers are as Django has them: 1.234,5.

The spaces inside of a day and a time do not break.
"""

DATE_FORMAT = "j.\xa0F Y"
TIME_FORMAT = "H:i\xa0\\U\\h\\r"
DATETIME_FORMAT = "j.\xa0F Y, H:i\xa0\\U\\h\\r"
MONTH_DAY_FORMAT = "j.\xa0F"
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y, H:i"

WEEKDAY_FORMAT = "l, j.\xa0F"
WEEKDAY_YEAR_FORMAT = "l, j.\xa0F Y"
WEEKDAY_TIME_FORMAT = "l, j.\xa0F, H:i\xa0\\U\\h\\r"
WEEKDAY_YEAR_TIME_FORMAT = "l, j.\xa0F Y, H:i\xa0\\U\\h\\r"
ZONED_TIME_FORMAT = "H:i\xa0\\U\\h\\r (T)"
