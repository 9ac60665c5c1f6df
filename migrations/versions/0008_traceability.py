"""Tables of traceability, as first built."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.append_only import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "epcis_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=True),
        sa.Column("biz_step", sa.String(length=60), nullable=True),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("plot_id", sa.Uuid(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["corrects_id"], ["epcis_event.id"], name=op.f("fk_epcis_event_corrects_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_epcis_event_organisation_id")
        ),
        sa.ForeignKeyConstraint(["plot_id"], ["plot.id"], name=op.f("fk_epcis_event_plot_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_epcis_event_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_event")),
    )
    with op.batch_alter_table("epcis_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_epcis_event_event_id"), ["event_id"], unique=False)
        batch_op.create_index("ix_epcis_event_plot", ["plot_id", "event_time"], unique=False)

    op.create_table(
        "diary_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plot_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("phi_days", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("acting_for", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "phi_days IS NULL OR phi_days BETWEEN 0 AND 365", name=op.f("ck_diary_entry_phi_days")
        ),
        sa.ForeignKeyConstraint(["acting_for"], ["person.id"], name=op.f("fk_diary_entry_acting_for")),
        sa.ForeignKeyConstraint(["corrects_id"], ["diary_entry.id"], name=op.f("fk_diary_entry_corrects_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_diary_entry_entered_by")),
        sa.ForeignKeyConstraint(["event_id"], ["epcis_event.id"], name=op.f("fk_diary_entry_event_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_diary_entry_organisation_id")
        ),
        sa.ForeignKeyConstraint(["plot_id"], ["plot.id"], name=op.f("fk_diary_entry_plot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diary_entry")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_diary_entry_corrects_id")),
        sa.UniqueConstraint(
            "organisation_id", "client_id", name=op.f("uq_diary_entry_organisation_id_client_id")
        ),
    )
    with op.batch_alter_table("diary_entry", schema=None) as batch_op:
        batch_op.create_index("ix_diary_entry_plot", ["plot_id", "done_on"], unique=False)

    op.create_table(
        "diary_words",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(length=80), nullable=True),
        sa.Column("active_ingredient", sa.String(length=80), nullable=True),
        sa.Column("dose", sa.String(length=80), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "erased_at IS NULL OR (product IS NULL AND active_ingredient IS NULL AND dose IS NULL"
            " AND note IS NULL)",
            name=op.f("ck_diary_words_erased"),
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["diary_entry.id"], name=op.f("fk_diary_words_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_diary_words")),
    )
    op.create_table(
        "disclosure",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(salt IS NULL) = (erased_at IS NOT NULL)", name=op.f("ck_disclosure_salt_or_erased")
        ),
        sa.CheckConstraint("words IS NULL OR erased_at IS NULL", name=op.f("ck_disclosure_words_or_erased")),
        sa.ForeignKeyConstraint(["event_id"], ["epcis_event.id"], name=op.f("fk_disclosure_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_disclosure")),
    )
    op.create_table(
        "epcis_event_lot",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.CheckConstraint("role IN ('input', 'output', 'subject')", name=op.f("ck_epcis_event_lot_role")),
        sa.ForeignKeyConstraint(["event_id"], ["epcis_event.id"], name=op.f("fk_epcis_event_lot_event_id")),
        sa.PrimaryKeyConstraint("event_id", "lot_id", "role", name=op.f("pk_epcis_event_lot")),
    )
    with op.batch_alter_table("epcis_event_lot", schema=None) as batch_op:
        batch_op.create_index("ix_epcis_event_lot_lot", ["lot_id", "event_id"], unique=False)

    op.create_table(
        "lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_no", sa.String(length=20), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("trade_item_id", sa.Uuid(), nullable=False),
        sa.Column("crop", sa.String(length=30), nullable=False),
        sa.Column("plot_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("harvested_by_id", sa.Uuid(), nullable=False),
        sa.Column("harvested_on", sa.Date(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("remaining_g", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("harvest_event_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'held', 'recalled', 'closed')", name=op.f("ck_lot_state")),
        sa.CheckConstraint("remaining_g >= 0 AND remaining_g <= weight_g", name=op.f("ck_lot_remaining")),
        sa.CheckConstraint("weight_g > 0", name=op.f("ck_lot_weight")),
        sa.ForeignKeyConstraint(
            ["harvest_event_id"], ["epcis_event.id"], name=op.f("fk_lot_harvest_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["harvested_by_id"], ["organisation.id"], name=op.f("fk_lot_harvested_by_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_lot_owner_id")),
        sa.ForeignKeyConstraint(["plot_id"], ["plot.id"], name=op.f("fk_lot_plot_id")),
        sa.ForeignKeyConstraint(["trade_item_id"], ["trade_item.id"], name=op.f("fk_lot_trade_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("harvested_by_id", "client_id", name=op.f("uq_lot_harvested_by_id_client_id")),
        sa.UniqueConstraint("lot_no", name=op.f("uq_lot_lot_no")),
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index("ix_lot_owner", ["owner_id", "harvested_on"], unique=False)
        batch_op.create_index("ix_lot_plot", ["plot_id", "harvested_on"], unique=False)

    op.create_table(
        "copy_suspicion",
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("networks", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by_id", sa.Uuid(), nullable=True),
        sa.Column("clear_reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"], ["person.id"], name=op.f("fk_copy_suspicion_cleared_by_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_copy_suspicion_lot_id")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_copy_suspicion")),
    )
    with op.batch_alter_table("copy_suspicion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_copy_suspicion_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "label_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("right_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("unit_weight_g", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_key", sa.String(length=120), nullable=True),
        sa.Column("checkpoint_size", sa.BigInteger(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(pdf_key IS NULL) = (ready_at IS NULL)", name=op.f("ck_label_sheet_ready")),
        sa.CheckConstraint("count BETWEEN 1 AND 1000", name=op.f("ck_label_sheet_count")),
        sa.CheckConstraint("unit_weight_g > 0", name=op.f("ck_label_sheet_unit_weight")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_label_sheet_lot_id")),
        sa.ForeignKeyConstraint(["ordered_by"], ["person.id"], name=op.f("fk_label_sheet_ordered_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_label_sheet_organisation_id")
        ),
        sa.ForeignKeyConstraint(["right_id"], ["use_right.id"], name=op.f("fk_label_sheet_right_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_sheet")),
        sa.UniqueConstraint("number", name=op.f("uq_label_sheet_number")),
        sa.UniqueConstraint(
            "organisation_id", "client_id", name=op.f("uq_label_sheet_organisation_id_client_id")
        ),
    )
    with op.batch_alter_table("label_sheet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_sheet_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "lot_check",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("fault_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("unsealed", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("anchored", sa.Boolean(), nullable=False),
        sa.Column("anchor_chain", sa.String(length=80), nullable=True),
        sa.Column("anchor_development", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_check_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_lot_check")),
    )
    op.create_table(
        "lot_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_for", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL)", name=op.f("ck_lot_hold_released")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_hold_lot_id")),
        sa.ForeignKeyConstraint(["put_by"], ["person.id"], name=op.f("fk_lot_hold_put_by")),
        sa.ForeignKeyConstraint(["released_by"], ["person.id"], name=op.f("fk_lot_hold_released_by")),
        sa.ForeignKeyConstraint(["released_for"], ["organisation.id"], name=op.f("fk_lot_hold_released_for")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_hold")),
    )
    with op.batch_alter_table("lot_hold", schema=None) as batch_op:
        batch_op.create_index("ix_lot_hold_open", ["lot_id", "released_at"], unique=False)

    op.create_table(
        "lot_source",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("source_lot_id", sa.Uuid(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("grams > 0", name=op.f("ck_lot_source_grams")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_source_lot_id")),
        sa.ForeignKeyConstraint(["source_lot_id"], ["lot.id"], name=op.f("fk_lot_source_source_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "source_lot_id", name=op.f("pk_lot_source")),
    )
    with op.batch_alter_table("lot_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_source_source_lot_id"), ["source_lot_id"], unique=False)

    op.create_table(
        "recall",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("recall_class", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("ordered_by_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lift_reason", sa.String(length=600), nullable=True),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["person.id"], name=op.f("fk_recall_lifted_by_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_recall_lot_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_recall_office_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["person.id"], name=op.f("fk_recall_ordered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    with op.batch_alter_table("recall", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(
            "uq_recall_in_force",
            ["lot_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "scan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("serial", sa.String(length=20), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("network", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_scan_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
    )
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.create_index("ix_scan_lot_day", ["lot_id", "day"], unique=False)
        batch_op.create_index("ix_scan_serial_day", ["serial", "day"], unique=False)

    op.create_table(
        "trace_body",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_with", sa.String(length=32), nullable=False),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_trace_body_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "language", name=op.f("pk_trace_body")),
    )
    op.create_table(
        "packing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("unit_weight_g", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("packed_by", sa.Uuid(), nullable=False),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["epcis_event.id"], name=op.f("fk_packing_event_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_packing_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_packing_organisation_id")
        ),
        sa.ForeignKeyConstraint(["packed_by"], ["person.id"], name=op.f("fk_packing_packed_by")),
        sa.ForeignKeyConstraint(["sheet_id"], ["label_sheet.id"], name=op.f("fk_packing_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packing")),
        sa.UniqueConstraint(
            "organisation_id", "client_id", name=op.f("uq_packing_organisation_id_client_id")
        ),
    )
    with op.batch_alter_table("packing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_packing_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "serial",
        sa.Column("serial", sa.String(length=10), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", name=op.f("ck_serial_void")),
        sa.CheckConstraint("state <> 'packed' OR pack_id IS NOT NULL", name=op.f("ck_serial_packed")),
        sa.CheckConstraint("state IN ('printed', 'packed', 'void')", name=op.f("ck_serial_state")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_serial_lot_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["label_sheet.id"], name=op.f("fk_serial_sheet_id")),
        sa.ForeignKeyConstraint(["voided_by"], ["person.id"], name=op.f("fk_serial_voided_by")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_serial")),
        sa.UniqueConstraint("sheet_id", "position", name=op.f("uq_serial_sheet_id_position")),
    )
    with op.batch_alter_table("serial", schema=None) as batch_op:
        batch_op.create_index("ix_serial_lot", ["lot_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_serial_pack_id"), ["pack_id"], unique=False)

    op.create_table(
        "pack",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(length=10), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("packing_id", sa.Uuid(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("packed_on", sa.Date(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ship_event_id", sa.Uuid(), nullable=True),
        sa.Column("order_ref", sa.String(length=60), nullable=True),
        sa.Column("dissolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(shipped_at IS NULL) = (ship_event_id IS NULL)", name=op.f("ck_pack_shipped")),
        sa.CheckConstraint(
            "shipped_at IS NULL OR dissolved_at IS NULL", name=op.f("ck_pack_shipped_or_dissolved")
        ),
        sa.CheckConstraint("weight_g > 0", name=op.f("ck_pack_weight")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_pack_lot_id")),
        sa.ForeignKeyConstraint(["packing_id"], ["packing.id"], name=op.f("fk_pack_packing_id")),
        sa.ForeignKeyConstraint(["serial"], ["serial.serial"], name=op.f("fk_pack_serial")),
        sa.ForeignKeyConstraint(["ship_event_id"], ["epcis_event.id"], name=op.f("fk_pack_ship_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
        sa.UniqueConstraint("serial", name=op.f("uq_pack_serial")),
    )
    with op.batch_alter_table("pack", schema=None) as batch_op:
        batch_op.create_index("ix_pack_lot", ["lot_id", "shipped_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_pack_order_ref"), ["order_ref"], unique=False)
        batch_op.create_index(batch_op.f("ix_pack_packing_id"), ["packing_id"], unique=False)

    protect("diary_entry")
    protect("epcis_event")
    protect("epcis_event_lot")


def downgrade() -> None:
    with op.batch_alter_table("pack", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pack_packing_id"))
        batch_op.drop_index(batch_op.f("ix_pack_order_ref"))
        batch_op.drop_index("ix_pack_lot")

    op.drop_table("pack")
    with op.batch_alter_table("serial", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_serial_pack_id"))
        batch_op.drop_index("ix_serial_lot")

    op.drop_table("serial")
    with op.batch_alter_table("packing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_packing_lot_id"))

    op.drop_table("packing")
    op.drop_table("trace_body")
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.drop_index("ix_scan_serial_day")
        batch_op.drop_index("ix_scan_lot_day")

    op.drop_table("scan")
    with op.batch_alter_table("recall", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_recall_in_force",
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_recall_lot_id"))

    op.drop_table("recall")
    with op.batch_alter_table("lot_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_source_source_lot_id"))

    op.drop_table("lot_source")
    with op.batch_alter_table("lot_hold", schema=None) as batch_op:
        batch_op.drop_index("ix_lot_hold_open")

    op.drop_table("lot_hold")
    op.drop_table("lot_check")
    with op.batch_alter_table("label_sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_sheet_lot_id"))

    op.drop_table("label_sheet")
    with op.batch_alter_table("copy_suspicion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_copy_suspicion_lot_id"))

    op.drop_table("copy_suspicion")
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.drop_index("ix_lot_plot")
        batch_op.drop_index("ix_lot_owner")

    op.drop_table("lot")
    with op.batch_alter_table("epcis_event_lot", schema=None) as batch_op:
        batch_op.drop_index("ix_epcis_event_lot_lot")

    op.drop_table("epcis_event_lot")
    op.drop_table("disclosure")
    op.drop_table("diary_words")
    with op.batch_alter_table("diary_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_diary_entry_plot")

    op.drop_table("diary_entry")
    with op.batch_alter_table("epcis_event", schema=None) as batch_op:
        batch_op.drop_index("ix_epcis_event_plot")
        batch_op.drop_index(batch_op.f("ix_epcis_event_event_id"))

    op.drop_table("epcis_event")
