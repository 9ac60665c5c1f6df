"""Names and units of observed properties, as people read them."""

from typing import Any, Final

from app.web.i18n import _l

NAMES: Final[dict[str, Any]] = {
    "soil_moisture": _l("Độ ẩm đất"),
    "soil_tension": _l("Sức căng nước trong đất"),
    "air_temperature": _l("Nhiệt độ không khí"),
    "air_humidity": _l("Độ ẩm không khí"),
    "rain": _l("Lượng mưa"),
    "air_pressure": _l("Khí áp"),
    "wind_speed": _l("Tốc độ gió"),
    "water_ph": _l("Độ pH của nước"),
    "water_oxygen": _l("Ôxy trong nước"),
    "water_temperature": _l("Nhiệt độ nước"),
    "irrigation": _l("Nước tưới"),
    "raw": _l("Số đo thô của cảm biến"),
}
UNITS: Final[dict[str, str]] = {"Cel": "°C", "[pH]": "pH", "1": ""}


def name_of(observed_property: str) -> str:
    """The name of a property in the reader's language."""
    return str(NAMES.get(observed_property, observed_property))


def unit_of(ucum: str) -> str:
    """A UCUM unit as it is printed."""
    return UNITS.get(ucum, ucum)
