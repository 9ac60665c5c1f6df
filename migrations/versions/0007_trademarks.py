"""Tables of trademarks, as first built."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.append_only import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_counter",
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_certificate_counter")),
    )
    op.create_table(
        "mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("search", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("application_no", sa.String(length=40), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("registration_no", sa.String(length=40), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("decision_no", sa.String(length=60), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("announced", sa.String(length=10), nullable=True),
        sa.Column("goods", sa.Text(), nullable=True),
        sa.Column("crops", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("area", sa.String(length=160), nullable=True),
        sa.Column("area_codes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_note", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("source_read_on", sa.Date(), nullable=False),
        sa.Column("confidence", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sa.UniqueConstraint("key", name=op.f("uq_mark_key")),
    )
    op.create_table(
        "mark_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mark_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor", sa.String(length=160), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to",
            name=op.f("ck_mark_party_validity"),
        ),
        sa.ForeignKeyConstraint(["mark_id"], ["mark.id"], name=op.f("fk_mark_party_mark_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_mark_party_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_party")),
        sa.UniqueConstraint("mark_id", "role", "name", name=op.f("uq_mark_party_mark_id_role_name")),
    )
    with op.batch_alter_table("mark_party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mark_party_mark_id"), ["mark_id"], unique=False)

    op.create_table(
        "use_regulation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mark_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_to", sa.Date(), nullable=True),
        sa.Column("right_months", sa.BigInteger(), nullable=False),
        sa.Column("text_ref", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("right_months > 0", name=op.f("ck_use_regulation_right_months")),
        sa.ForeignKeyConstraint(["mark_id"], ["mark.id"], name=op.f("fk_use_regulation_mark_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_regulation")),
        sa.UniqueConstraint("mark_id", "version", name=op.f("uq_use_regulation_mark_id_version")),
    )
    with op.batch_alter_table("use_regulation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_use_regulation_mark_id"), ["mark_id"], unique=False)

    op.create_table(
        "use_right",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_no", sa.String(length=30), nullable=False),
        sa.Column("mark_id", sa.Uuid(), nullable=False),
        sa.Column("regulation_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("crops", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_by_id", sa.Uuid(), nullable=True),
        sa.Column("revocation_by_id", sa.Uuid(), nullable=True),
        sa.Column("revocation_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_code", sa.String(length=30), nullable=True),
        sa.Column("revocation_text", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("signature", sa.String(length=128), nullable=True),
        sa.Column("pdf_key", sa.String(length=120), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state = 'suspended' OR lapses_at IS NULL", name=op.f("ck_use_right_lapses")),
        sa.CheckConstraint(
            "state IN ('active', 'suspended', 'revoked', 'expired')", name=op.f("ck_use_right_state")
        ),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_use_right_validity")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_use_right_case_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_use_right_granted_by_id")),
        sa.ForeignKeyConstraint(["mark_id"], ["mark.id"], name=op.f("fk_use_right_mark_id")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_use_right_office_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_use_right_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["regulation_id"], ["use_regulation.id"], name=op.f("fk_use_right_regulation_id")
        ),
        sa.ForeignKeyConstraint(
            ["revocation_by_id"], ["person.id"], name=op.f("fk_use_right_revocation_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["suspended_by_id"], ["person.id"], name=op.f("fk_use_right_suspended_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_right")),
        sa.UniqueConstraint("case_id", name=op.f("uq_use_right_case_id")),
        sa.UniqueConstraint("certificate_no", name=op.f("uq_use_right_certificate_no")),
    )
    with op.batch_alter_table("use_right", schema=None) as batch_op:
        batch_op.create_index("ix_use_right_holder", ["organisation_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_use_right_mark_id"), ["mark_id"], unique=False)

    op.create_table(
        "label_quota",
        sa.Column("right_id", sa.Uuid(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("drawn >= 0 AND drawn <= granted", name=op.f("ck_label_quota_drawn")),
        sa.CheckConstraint("granted >= 0", name=op.f("ck_label_quota_granted")),
        sa.ForeignKeyConstraint(["right_id"], ["use_right.id"], name=op.f("fk_label_quota_right_id")),
        sa.PrimaryKeyConstraint("right_id", name=op.f("pk_label_quota")),
    )
    op.create_table(
        "quota_draw",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("right_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_quota_draw_count")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quota_draw_person_id")),
        sa.ForeignKeyConstraint(["right_id"], ["use_right.id"], name=op.f("fk_quota_draw_right_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_draw")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_quota_draw_sheet_id")),
    )
    with op.batch_alter_table("quota_draw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quota_draw_right_id"), ["right_id"], unique=False)

    op.create_table(
        "use_right_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("right_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason_code", sa.String(length=30), nullable=True),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_use_right_change_person_id")),
        sa.ForeignKeyConstraint(["right_id"], ["use_right.id"], name=op.f("fk_use_right_change_right_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_right_change")),
    )
    with op.batch_alter_table("use_right_change", schema=None) as batch_op:
        batch_op.create_index("ix_use_right_change_history", ["right_id", "at"], unique=False)

    op.create_table(
        "use_right_words",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("reason_text", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["use_right_change.id"], name=op.f("fk_use_right_words_change_id")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_use_right_words")),
    )
    protect("quota_draw")
    protect("use_right_change")


def downgrade() -> None:
    op.drop_table("use_right_words")
    with op.batch_alter_table("use_right_change", schema=None) as batch_op:
        batch_op.drop_index("ix_use_right_change_history")

    op.drop_table("use_right_change")
    with op.batch_alter_table("quota_draw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quota_draw_right_id"))

    op.drop_table("quota_draw")
    op.drop_table("label_quota")
    with op.batch_alter_table("use_right", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_use_right_mark_id"))
        batch_op.drop_index("ix_use_right_holder")

    op.drop_table("use_right")
    with op.batch_alter_table("use_regulation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_use_regulation_mark_id"))

    op.drop_table("use_regulation")
    with op.batch_alter_table("mark_party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mark_party_mark_id"))

    op.drop_table("mark_party")
    op.drop_table("mark")
    op.drop_table("certificate_counter")
