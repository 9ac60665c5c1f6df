"""Stored trace pages carry a tag under the server's secret instead of the name of the build.

They are made again when somebody asks, so the old ones are dropped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _with("tag", 64)


def downgrade() -> None:
    _with("made_with", 32, instead_of="tag")


def _with(column: str, length: int, instead_of: str = "made_with") -> None:
    op.execute("DELETE FROM trace_body")
    with op.batch_alter_table("trace_body", schema=None) as batch_op:
        batch_op.drop_column(instead_of)
        batch_op.add_column(sa.Column(column, sa.String(length=length), nullable=False))
