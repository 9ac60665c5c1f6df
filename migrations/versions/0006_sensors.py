"""Tables of sensors, as first built."""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("key_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_device_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_device_key_sha256")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_device_organisation_id_name")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "datastream",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("plot_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("observed_property", sa.String(length=30), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("scale", sa.BigInteger(), nullable=False),
        sa.Column("interval_s", sa.BigInteger(), nullable=False),
        sa.Column("sensor_low", sa.BigInteger(), nullable=False),
        sa.Column("sensor_high", sa.BigInteger(), nullable=False),
        sa.Column("site_low", sa.BigInteger(), nullable=True),
        sa.Column("site_high", sa.BigInteger(), nullable=True),
        sa.Column("good_low", sa.BigInteger(), nullable=True),
        sa.Column("good_high", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("interval_s > 0", name=op.f("ck_datastream_interval")),
        sa.CheckConstraint("scale BETWEEN 0 AND 6", name=op.f("ck_datastream_scale")),
        sa.CheckConstraint("sensor_low <= sensor_high", name=op.f("ck_datastream_sensor_span")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_datastream_device_id")),
        sa.ForeignKeyConstraint(["plot_id"], ["plot.id"], name=op.f("fk_datastream_plot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datastream")),
        sa.UniqueConstraint("device_id", "code", name=op.f("uq_datastream_device_id_code")),
    )
    with op.batch_alter_table("datastream", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_datastream_plot_id"), ["plot_id"], unique=False)

    op.create_table(
        "reading_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.String(length=160), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("conflicts", sa.BigInteger(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_reading_batch_device_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reading_batch_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_batch")),
    )
    with op.batch_alter_table("reading_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_batch_device_id"), ["device_id"], unique=False)

    op.create_table(
        "hourly_rollup",
        sa.Column("datastream_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("n_good", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["datastream_id"], ["datastream.id"], name=op.f("fk_hourly_rollup_datastream_id")
        ),
        sa.PrimaryKeyConstraint("datastream_id", "hour", name=op.f("pk_hourly_rollup")),
    )
    op.create_table(
        "observation",
        sa.Column("datastream_id", sa.Uuid(), nullable=False),
        sa.Column("phenomenon_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.BigInteger(), nullable=False),
        sa.Column("flag", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("flag IN (1, 2, 3, 4, 9)", name=op.f("ck_observation_flag")),
        sa.ForeignKeyConstraint(["batch_id"], ["reading_batch.id"], name=op.f("fk_observation_batch_id")),
        sa.ForeignKeyConstraint(
            ["datastream_id"], ["datastream.id"], name=op.f("fk_observation_datastream_id")
        ),
        sa.PrimaryKeyConstraint("datastream_id", "phenomenon_time", name=op.f("pk_observation")),
    )
    op.create_table(
        "reading_conflict",
        sa.Column("datastream_id", sa.Uuid(), nullable=False),
        sa.Column("phenomenon_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["reading_batch.id"], name=op.f("fk_reading_conflict_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["datastream_id"], ["datastream.id"], name=op.f("fk_reading_conflict_datastream_id")
        ),
        sa.PrimaryKeyConstraint(
            "datastream_id", "phenomenon_time", "result", name=op.f("pk_reading_conflict")
        ),
    )
    op.create_table(
        "day_to_seal",
        sa.Column("datastream_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["datastream_id"], ["datastream.id"], name=op.f("fk_day_to_seal_datastream_id")
        ),
        sa.PrimaryKeyConstraint("datastream_id", "day", name=op.f("pk_day_to_seal")),
    )
    with op.batch_alter_table("day_to_seal", schema=None) as batch_op:
        batch_op.create_index("ix_day_to_seal_day", ["day"], unique=False)

    op.create_table(
        "sealed_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("datastream_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("gap_count", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_sealed_batch_not_empty")),
        sa.ForeignKeyConstraint(
            ["datastream_id"], ["datastream.id"], name=op.f("fk_sealed_batch_datastream_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_batch")),
        sa.UniqueConstraint(
            "datastream_id", "day", "part", name=op.f("uq_sealed_batch_datastream_id_day_part")
        ),
    )
    op.create_table(
        "sealed_readings",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("readings", sa.LargeBinary(), nullable=True),
        sa.Column("batch_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(readings IS NULL) = (erased_at IS NOT NULL) AND (batch_key IS NULL) = (erased_at IS NOT NULL)"
            " AND (salt IS NULL) = (erased_at IS NOT NULL)",
            name=op.f("ck_sealed_readings_whole_or_erased"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["sealed_batch.id"], name=op.f("fk_sealed_readings_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_sealed_readings")),
    )
    protect("sealed_batch")


def downgrade() -> None:
    op.drop_table("sealed_readings")
    op.drop_table("sealed_batch")
    with op.batch_alter_table("day_to_seal", schema=None) as batch_op:
        batch_op.drop_index("ix_day_to_seal_day")

    op.drop_table("day_to_seal")
    op.drop_table("reading_conflict")
    op.drop_table("observation")
    op.drop_table("hourly_rollup")
    with op.batch_alter_table("reading_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reading_batch_device_id"))

    op.drop_table("reading_batch")
    with op.batch_alter_table("datastream", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_datastream_plot_id"))

    op.drop_table("datastream")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_organisation_id"))

    op.drop_table("device")
