"""Carts: no name, no number, only listings and how many."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, new_id


class Cart(Base):
    """One visitor's cart; the cookie has the token, the row only its hash."""

    __tablename__ = "cart"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    touched_at: Mapped[datetime]


class CartLine(Base):
    """Units of one listing in a cart."""

    __tablename__ = "cart_line"
    __table_args__ = (CheckConstraint("units > 0", name="units"),)

    cart_id: Mapped[UUID] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    units: Mapped[int]
