"""The salts of the acts on rights of use, which are sealed from now on."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "right_seal",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(salt IS NULL) = (erased_at IS NOT NULL)", name=op.f("ck_right_seal_salt_or_erased")
        ),
        sa.ForeignKeyConstraint(["change_id"], ["use_right_change.id"], name=op.f("fk_right_seal_change_id")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_right_seal")),
    )
    with op.batch_alter_table("right_seal", schema=None) as batch_op:
        batch_op.create_index("ix_right_seal_erased", ["erased_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("right_seal", schema=None) as batch_op:
        batch_op.drop_index("ix_right_seal_erased")
    op.drop_table("right_seal")
