"""Trade items have a shelf life: past it a lot is no longer sold.

Without one nothing changes; the office sets it on its page of goods.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("trade_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shelf_life_days", sa.BigInteger(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_trade_item_shelf_life"), "shelf_life_days > 0")


def downgrade() -> None:
    with op.batch_alter_table("trade_item", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_trade_item_shelf_life"), type_="check")
        batch_op.drop_column("shelf_life_days")
