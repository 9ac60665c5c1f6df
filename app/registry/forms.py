"""Forms of plots."""

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.registry.crops import CROP_NAMES
from app.registry.positions import geojson_point
from app.web.forms import ClientForm, Form
from app.web.i18n import _l

NEEDED = InputRequired(_l("Xin điền mục này."))


class PlotForm(ClientForm):
    """A plot: what it is called, what grows there, where it lies, how large it is."""

    name = StringField(_l("Gọi thửa này là gì?"), [NEEDED, Length(max=80)])
    crop = RadioField(_l("Trồng hoặc nuôi gì?"), choices=[SelectChoice(*pair) for pair in CROP_NAMES.items()])
    commune_text = StringField(_l("Xã, phường (gõ tên, không cần dấu)"), [NEEDED, Length(max=80)])
    commune_code = RadioField(_l("Chọn xã, phường"), choices=[], validate_choice=False)
    hamlet = StringField(_l("Ấp, khu phố"), [Length(max=80)])
    area = StringField(_l("Rộng bao nhiêu?"), [Length(max=20)])
    position = StringField(_l("Vị trí: vĩ độ, kinh độ"), [Length(max=60)])
    geometry = TextAreaField(_l("Ranh thửa (GeoJSON)"), [Length(max=500_000)])
    file = FileField(_l("Tệp ranh thửa (.geojson)"))

    def shape(self) -> str | bytes:
        """GeoJSON of what was given: the file, else the text, else the position.

        Raises what `positions.geojson_point` raises.
        """
        upload = self.file.data
        if isinstance(upload, FileStorage) and upload.filename:
            uploaded: bytes = upload.read()
            return uploaded
        outline: str = self.geometry.data or ""
        return outline or geojson_point(self.position.data or "")


class ShelfLifeForm(Form):
    """For how long a product is sold after its harvest; empty is no limit."""

    shelf_life_days = IntegerField(_l("Bán trong mấy ngày kể từ ngày hái?"), [Optional()])


class TradeItemForm(ShelfLifeForm):
    """A product as it is labelled."""

    name = StringField(_l("Tên hàng"), [NEEDED, Length(max=120)])
    name_en = StringField(_l("Tên tiếng Anh"), [NEEDED, Length(max=120)])
    crop = RadioField(_l("Làm từ"), choices=[SelectChoice(*pair) for pair in CROP_NAMES.items()])
    weight = StringField(_l("Khối lượng một gói"), [Length(max=20)])
    gtin = StringField(_l("Mã GTIN"), [Length(max=40)])
    gtin_owner = StringField(_l("Mã này do GS1 cấp cho ai?"), [Length(max=160)])
    description = TextAreaField(_l("Mô tả"), [Length(max=600)])
    description_en = TextAreaField(_l("Mô tả tiếng Anh"), [Length(max=600)])
