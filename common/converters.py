"""Parts of addresses that several apps use."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class DirectionConverter(StringConverter):
    regex = "up|down"


class ThemeConverter(StringConverter):
    regex = "light|dark"


register_converter(DirectionConverter, "direction")
register_converter(ThemeConverter, "theme")
