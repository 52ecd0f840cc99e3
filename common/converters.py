"""Parts of addresses that several apps use."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class DirectionConverter(StringConverter):
    regex = "up|down"


register_converter(DirectionConverter, "direction")
