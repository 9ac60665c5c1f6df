"""Tables of marketplace, as first built."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.append_only import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cart",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_cart_token_sha256")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_webhook_event_provider_event_id")),
    )
    op.create_table(
        "delivery_terms",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=True),
        sa.Column("free_from_vnd", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("pickup_place", sa.String(length=160), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("fee_vnd >= 0 AND free_from_vnd > 0", name=op.f("ck_delivery_terms_money")),
        sa.CheckConstraint("days >= 0", name=op.f("ck_delivery_terms_days")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_delivery_terms_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_delivery_terms")),
    )
    op.create_table(
        "order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("checkout_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("review", sa.String(length=30), nullable=True),
        sa.Column("total_vnd", sa.BigInteger(), nullable=False),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=False),
        sa.Column("handover", sa.String(length=10), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("buyer_name", sa.String(length=120), nullable=True),
        sa.Column("buyer_phone", sa.String(length=20), nullable=True),
        sa.Column("buyer_address", sa.String(length=200), nullable=True),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("commune_valid_from", sa.Date(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refund_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("method IN ('cod', 'vietqr', 'card')", name=op.f("ck_order_method")),
        sa.CheckConstraint(
            "state IN ('placed', 'paid', 'packed', 'shipped', 'delivered', 'cancelled', 'expired', "
            "'refund_due', 'refunded')",
            name=op.f("ck_order_state"),
        ),
        sa.CheckConstraint("handover IN ('delivery', 'pickup')", name=op.f("ck_order_handover")),
        sa.CheckConstraint("fee_vnd >= 0 AND fee_vnd < total_vnd", name=op.f("ck_order_fee")),
        sa.CheckConstraint("total_vnd > 0", name=op.f("ck_order_total")),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_order_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("client_id", name=op.f("uq_order_client_id")),
        sa.UniqueConstraint("number", name=op.f("uq_order_number")),
        sa.UniqueConstraint("token", name=op.f("uq_order_token")),
    )
    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_buyer_phone"), ["buyer_phone"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_checkout_id"), ["checkout_id"], unique=False)
        batch_op.create_index("ix_order_due", ["state", "pay_before"], unique=False)
        batch_op.create_index("ix_order_seller", ["seller_id", "placed_at"], unique=False)

    op.create_table(
        "order_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_event_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
    )
    with op.batch_alter_table("order_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_event_order_id"), ["order_id"], unique=False)

    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'paid', 'failed', 'needs_review')", name=op.f("ck_payment_attempt_state")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_payment_attempt_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payment_attempt_idempotency_key")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_payment_attempt_order_id_number")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_payment_attempt_provider_id")),
    )
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_payment_attempt_open", ["state", "started_at"], unique=False)

    op.create_table(
        "listing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("trade_item_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("unit_weight_g", sa.BigInteger(), nullable=False),
        sa.Column("price_vnd", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("search", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'withdrawn')", name=op.f("ck_listing_state")),
        sa.CheckConstraint(
            "unit_weight_g > 0 AND price_vnd > 0 AND units > 0", name=op.f("ck_listing_positive")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_listing_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_listing_organisation_id")
        ),
        sa.ForeignKeyConstraint(["trade_item_id"], ["trade_item.id"], name=op.f("fk_listing_trade_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sa.UniqueConstraint(
            "organisation_id", "client_id", name=op.f("uq_listing_organisation_id_client_id")
        ),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listing_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("ix_listing_shop", ["state", "trade_item_id"], unique=False)

    op.create_table(
        "cart_line",
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_cart_line_units")),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_cart_line_listing_id")),
        sa.PrimaryKeyConstraint("cart_id", "listing_id", name=op.f("pk_cart_line")),
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("unit_weight_g", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_vnd", sa.BigInteger(), nullable=False),
        sa.Column("serials", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("units > 0 AND unit_price_vnd > 0", name=op.f("ck_order_line_positive")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_order_line_listing_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_order_line_lot_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_line_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_line_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_line_order_id"), ["order_id"], unique=False)

    op.create_table(
        "stock",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("offered", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("available + held + sold = offered", name=op.f("ck_stock_whole")),
        sa.CheckConstraint("available >= 0 AND held >= 0 AND sold >= 0", name=op.f("ck_stock_not_negative")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_stock_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_stock")),
    )
    op.create_table(
        "stock_reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'committed', 'released')", name=op.f("ck_stock_reservation_state")
        ),
        sa.CheckConstraint("units > 0", name=op.f("ck_stock_reservation_units")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["stock.listing_id"], name=op.f("fk_stock_reservation_listing_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_stock_reservation_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reservation")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_stock_reservation_order_line_id")),
    )
    with op.batch_alter_table("stock_reservation", schema=None) as batch_op:
        batch_op.create_index("ix_stock_reservation_due", ["state", "expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_reservation_listing_id"), ["listing_id"], unique=False)

    protect("order_event")
    protect("webhook_event")


def downgrade() -> None:
    with op.batch_alter_table("stock_reservation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_reservation_listing_id"))
        batch_op.drop_index("ix_stock_reservation_due")

    op.drop_table("stock_reservation")
    op.drop_table("stock")
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_line_order_id"))
        batch_op.drop_index(batch_op.f("ix_order_line_lot_id"))

    op.drop_table("order_line")
    op.drop_table("cart_line")
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_shop")
        batch_op.drop_index(batch_op.f("ix_listing_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_listing_lot_id"))

    op.drop_table("listing")
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_attempt_open")

    op.drop_table("payment_attempt")
    with op.batch_alter_table("order_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_event_order_id"))

    op.drop_table("order_event")
    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.drop_index("ix_order_seller")
        batch_op.drop_index("ix_order_due")
        batch_op.drop_index(batch_op.f("ix_order_checkout_id"))
        batch_op.drop_index(batch_op.f("ix_order_buyer_phone"))

    op.drop_table("order")
    op.drop_table("delivery_terms")
    op.drop_table("webhook_event")
    op.drop_table("cart")
