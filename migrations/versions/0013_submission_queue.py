"""`submission` keeps only what waits: an entry that has its index stands in `log_entry` alone.

Marking a row as done was half of the sequencer's work on PostgreSQL, and every entry's key was kept twice.
Operators notice a smaller database. Going down brings the rows of the log back as done.
"""

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM submission WHERE leaf_index IS NOT NULL")
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index("ix_submission_waiting")
        batch_op.drop_constraint(op.f("uq_submission_leaf_index"), type_="unique")
        batch_op.drop_constraint(op.f("ck_submission_waits_or_stands"), type_="check")
        batch_op.drop_column("leaf_index")
        batch_op.alter_column("entry", existing_type=sa.LargeBinary(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.alter_column("entry", existing_type=sa.LargeBinary(), nullable=True)
        batch_op.add_column(sa.Column("leaf_index", sa.BigInteger(), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_submission_leaf_index"), ["leaf_index"])
        batch_op.create_check_constraint(
            op.f("ck_submission_waits_or_stands"), "(entry IS NULL) = (leaf_index IS NOT NULL)"
        )
        batch_op.create_index("ix_submission_waiting", ["leaf_index", "id"], unique=False)
    connection = op.get_bind()
    taken = sa.text("SELECT leaf_index, key, leaf_hash, sequenced_at FROM log_entry ORDER BY leaf_index")
    done = sa.text(
        "INSERT INTO submission (id, key, leaf_hash, submitted_at, leaf_index)"
        " VALUES (:id, :key, :leaf_hash, :sequenced_at, :leaf_index)"
    ).bindparams(sa.bindparam("id", type_=sa.Uuid()))
    for rows in connection.execute(taken).mappings().partitions(1000):
        connection.execute(done, [{"id": uuid7(), **row} for row in rows])
