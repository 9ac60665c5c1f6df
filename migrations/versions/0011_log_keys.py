"""Keys of the log have a history: rotation, retirement, revocation.

The key that a log was created with stood in `log_head` alone and could never change. It becomes the first
row of `log_key_event`; nothing that was signed changes. `log_signature` takes the second lines of checkpoints
that were signed before a new key came.
"""

import uuid

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ONCE = sa.text("kind IN ('created', 'confirmed', 'retired', 'revoked')")


def upgrade() -> None:
    events = op.create_table(
        "log_key_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vkey", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.String(length=120), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("proposed_by", sa.String(length=120), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('created', 'proposed', 'confirmed', 'retirement', 'retired', 'revoked')",
            name=op.f("ck_log_key_event_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('confirmed', 'retired') OR (proposed_by <> '' AND proposed_by <> done_by)",
            name=op.f("ck_log_key_event_by_two_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_key_event")),
    )
    op.create_index(
        "uq_log_key_event_once",
        "log_key_event",
        ["vkey", "kind"],
        unique=True,
        sqlite_where=_ONCE,
        postgresql_where=_ONCE,
    )
    op.create_table(
        "log_signature",
        sa.Column("checkpoint_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vkey", sa.String(length=400), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("checkpoint_size", "vkey", name=op.f("pk_log_signature")),
    )
    head = sa.table(
        "log_head", sa.column("vkey", sa.String()), sa.column("created_at", sa.DateTime(timezone=True))
    )
    for vkey, created_at in op.get_bind().execute(sa.select(head.c.vkey, head.c.created_at)).all():
        first = {"id": uuid.uuid4(), "vkey": vkey, "kind": "created", "at": created_at}
        empty = {"done_by": "", "account": "", "proposed_by": "", "cause": "", "note": ""}
        op.get_bind().execute(events.insert(), first | empty)
    protect("log_key_event")
    protect("log_signature")


def downgrade() -> None:
    op.drop_table("log_signature")
    op.drop_table("log_key_event")
