"""Orders, their lines, and what happened to them. A buyer's name, number and address can be blanked."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, append_only, new_id


class Order(Base):
    """One purchase from one seller."""

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint("total_vnd > 0", name="total"),
        CheckConstraint(
            "state IN ('placed', 'paid', 'packed', 'shipped', 'delivered', 'cancelled', 'expired', "
            "'refund_due', 'refunded')",
            name="state",
        ),
        CheckConstraint("handover IN ('delivery', 'pickup')", name="handover"),
        CheckConstraint("fee_vnd >= 0 AND fee_vnd < total_vnd", name="fee"),
        CheckConstraint("method IN ('cod', 'vietqr', 'card')", name="method"),
        Index("ix_order_seller", "seller_id", "placed_at"),
        Index("ix_order_due", "state", "pay_before"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)  # the secret part of the order's link
    checkout_id: Mapped[UUID] = mapped_column(index=True)  # the form that made it and its sisters
    client_id: Mapped[UUID] = mapped_column(unique=True)  # from checkout and seller: once each
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    method: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    review: Mapped[str | None] = mapped_column(String(30))  # why a person has to look at the money
    total_vnd: Mapped[int]  # goods and fee: what is paid
    fee_vnd: Mapped[int]  # of delivery, as it was when the order was placed
    handover: Mapped[str] = mapped_column(String(10))
    arrives_on: Mapped[date]  # the day that the buyer was told
    buyer_name: Mapped[str | None] = mapped_column(String(120))
    buyer_phone: Mapped[str | None] = mapped_column(String(20), index=True)
    buyer_address: Mapped[str | None] = mapped_column(String(200))
    commune_code: Mapped[str] = mapped_column(String(5))
    commune_valid_from: Mapped[date]
    placed_at: Mapped[datetime]
    pay_before: Mapped[datetime | None]  # when the promise of unpaid goods lapses
    paid_at: Mapped[datetime | None]
    cancel_asked_at: Mapped[datetime | None]  # the buyer wants his money back; the seller answers
    refund_due_at: Mapped[datetime | None]  # since when the money has to go back
    erased_at: Mapped[datetime | None]
    simulated: Mapped[bool] = mapped_column(default=False)


class OrderLine(Base):
    """Units of one listing at the price of the moment of ordering."""

    __tablename__ = "order_line"
    __table_args__ = (CheckConstraint("units > 0 AND unit_price_vnd > 0", name="positive"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"), index=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), index=True)
    units: Mapped[int]
    unit_weight_g: Mapped[int]
    unit_price_vnd: Mapped[int]
    serials: Mapped[list[Any]] = mapped_column(default=list)  # labels of the packs that left for it


@append_only
class OrderEvent(Base):
    """A state that an order reached, and who brought it there (None: the buyer or the clock)."""

    __tablename__ = "order_event"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(Text, default="")  # a `rules.Refusal`, never somebody's words
