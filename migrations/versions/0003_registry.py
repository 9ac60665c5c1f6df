"""Tables of registry, as first built."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_unit",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=True),
        sa.Column("search", sa.String(length=80), nullable=False),
        sa.Column("province_code", sa.String(length=5), nullable=False),
        sa.Column("district_name", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_admin_unit")),
    )
    with op.batch_alter_table("admin_unit", schema=None) as batch_op:
        batch_op.create_index("ix_admin_unit_search", ["level", "search"], unique=False)

    op.create_table(
        "trade_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("gtin_owner", sa.String(length=160), nullable=False),
        sa.Column("gtin_kind", sa.String(length=20), nullable=False),
        sa.Column("crop", sa.String(length=30), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=600), nullable=False),
        sa.Column("description_en", sa.String(length=600), nullable=False),
        sa.Column("net_weight_g", sa.BigInteger(), nullable=True),
        sa.Column("image", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_item")),
        sa.UniqueConstraint("gtin", name=op.f("uq_trade_item_gtin")),
        sa.UniqueConstraint("slug", name=op.f("uq_trade_item_slug")),
    )
    with op.batch_alter_table("trade_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trade_item_crop"), ["crop"], unique=False)

    op.create_table(
        "plot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("crop", sa.String(length=30), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("commune_valid_from", sa.Date(), nullable=False),
        sa.Column("hamlet", sa.String(length=80), nullable=True),
        sa.Column("geometry", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("area_m2", sa.BigInteger(), nullable=False),
        sa.Column("area_from", sa.String(length=10), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_office_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name=op.f("ck_plot_confirmed")
        ),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_plot_area")),
        sa.ForeignKeyConstraint(
            ["commune_code", "commune_valid_from"],
            ["admin_unit.code", "admin_unit.valid_from"],
            name=op.f("fk_plot_commune_code"),
        ),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_plot_confirmed_by_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_office_id"], ["organisation.id"], name=op.f("fk_plot_confirmed_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_plot_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plot")),
        sa.UniqueConstraint("client_id", name=op.f("uq_plot_client_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_plot_organisation_id_name")),
    )
    with op.batch_alter_table("plot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plot_commune_code"), ["commune_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_plot_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "unit_succession",
        sa.Column("old_code", sa.String(length=5), nullable=False),
        sa.Column("old_valid_from", sa.Date(), nullable=False),
        sa.Column("new_code", sa.String(length=5), nullable=False),
        sa.Column("new_valid_from", sa.Date(), nullable=False),
        sa.Column("extent", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["new_code", "new_valid_from"],
            ["admin_unit.code", "admin_unit.valid_from"],
            name=op.f("fk_unit_succession_new_code"),
        ),
        sa.ForeignKeyConstraint(
            ["old_code", "old_valid_from"],
            ["admin_unit.code", "admin_unit.valid_from"],
            name=op.f("fk_unit_succession_old_code"),
        ),
        sa.PrimaryKeyConstraint(
            "old_code", "old_valid_from", "new_code", "new_valid_from", name=op.f("pk_unit_succession")
        ),
    )


def downgrade() -> None:
    op.drop_table("unit_succession")
    with op.batch_alter_table("plot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plot_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_plot_commune_code"))

    op.drop_table("plot")
    with op.batch_alter_table("trade_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trade_item_crop"))

    op.drop_table("trade_item")
    with op.batch_alter_table("admin_unit", schema=None) as batch_op:
        batch_op.drop_index("ix_admin_unit_search")

    op.drop_table("admin_unit")
