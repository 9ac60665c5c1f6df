"""Administrative units with validity, plots, and trade items."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class AdminUnit(Base):
    """A province, district or commune as it was called for a time; the code alone is no key."""

    __tablename__ = "admin_unit"
    __table_args__ = (Index("ix_admin_unit_search", "level", "search"),)

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    level: Mapped[str] = mapped_column(String(10))  # province, commune
    name: Mapped[str] = mapped_column(String(80))  # "Xã Thanh An"
    name_en: Mapped[str | None] = mapped_column(String(80))
    search: Mapped[str] = mapped_column(String(80))
    province_code: Mapped[str] = mapped_column(String(5))
    district_name: Mapped[str | None] = mapped_column(String(80))  # before 2025-07-01 only


class UnitSuccession(Base):
    """An old unit's whole or part that became a new one."""

    __tablename__ = "unit_succession"
    __table_args__ = (
        ForeignKeyConstraint(["old_code", "old_valid_from"], ["admin_unit.code", "admin_unit.valid_from"]),
        ForeignKeyConstraint(["new_code", "new_valid_from"], ["admin_unit.code", "admin_unit.valid_from"]),
    )

    old_code: Mapped[str] = mapped_column(String(5), primary_key=True)
    old_valid_from: Mapped[date] = mapped_column(primary_key=True)
    new_code: Mapped[str] = mapped_column(String(5), primary_key=True)
    new_valid_from: Mapped[date] = mapped_column(primary_key=True)
    extent: Mapped[str] = mapped_column(String(10))  # full, partial


class Plot(Base):
    """A piece of land or a pond of one organisation: a point or a polygon, WGS84 lon, lat."""

    __tablename__ = "plot"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        ForeignKeyConstraint(
            ["commune_code", "commune_valid_from"], ["admin_unit.code", "admin_unit.valid_from"]
        ),
        CheckConstraint("area_m2 > 0", name="area"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    crop: Mapped[str] = mapped_column(String(30))  # key of traceability.lots.crops
    commune_code: Mapped[str] = mapped_column(String(5), index=True)
    commune_valid_from: Mapped[date]
    hamlet: Mapped[str | None] = mapped_column(String(80))
    geometry: Mapped[dict[str, Any]]  # GeoJSON Point or Polygon
    area_m2: Mapped[int]
    area_from: Mapped[str] = mapped_column(String(10))  # declared (with a point) or polygon
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    confirmed_office_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    client_id: Mapped[UUID] = mapped_column(unique=True)
    simulated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    valid_to: Mapped[date | None]


class TradeItem(Base):
    """A product as it is labelled: the GTIN, whose number it is, and the crop it is made of."""

    __tablename__ = "trade_item"
    __table_args__ = (CheckConstraint("shelf_life_days > 0", name="shelf_life"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gtin: Mapped[str] = mapped_column(String(14), unique=True)
    gtin_owner: Mapped[str] = mapped_column(String(160))  # whose company prefix it is
    gtin_kind: Mapped[str] = mapped_column(String(20))  # gs1, demonstration, restricted
    crop: Mapped[str] = mapped_column(String(30), index=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(600), default="")
    description_en: Mapped[str] = mapped_column(String(600), default="")
    net_weight_g: Mapped[int | None]
    shelf_life_days: Mapped[int | None]  # sold so long after the harvest; None: the office set no limit
    image: Mapped[str] = mapped_column(String(80))  # logical asset name of its illustration
