"""Tables of ledger, as first built."""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anchor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("contract", sa.LargeBinary(length=20), nullable=False),
        sa.Column("log_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("checkpoint_size", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sender", sa.LargeBinary(length=20), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw_tx", sa.LargeBinary(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("max_fee_wei", sa.BigInteger(), nullable=False),
        sa.Column("tip_wei", sa.BigInteger(), nullable=False),
        sa.Column("gas_limit", sa.BigInteger(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("block_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchor")),
    )
    with op.batch_alter_table("anchor", schema=None) as batch_op:
        batch_op.create_index("ix_anchor_covering", ["state", "checkpoint_size"], unique=False)
        batch_op.create_index(batch_op.f("ix_anchor_tx_hash"), ["tx_hash"], unique=False)
        batch_op.create_index(
            "uq_anchor_nonce",
            ["chain_id", "sender", "nonce"],
            unique=True,
            sqlite_where=sa.text("state <> 'lost'"),
            postgresql_where=sa.text("state <> 'lost'"),
        )

    op.create_table(
        "replaced_transaction",
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("anchor_id", sa.Uuid(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchor.id"], name=op.f("fk_replaced_transaction_anchor_id")),
        sa.PrimaryKeyConstraint("tx_hash", name=op.f("pk_replaced_transaction")),
    )
    with op.batch_alter_table("replaced_transaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replaced_transaction_anchor_id"), ["anchor_id"], unique=False)

    protect("replaced_transaction")
    op.create_table(
        "anchor_contract",
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("address", sa.LargeBinary(length=20), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw_tx", sa.LargeBinary(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "log_id", name=op.f("pk_anchor_contract")),
    )
    op.create_table(
        "chain_look",
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chain_name", sa.String(length=80), nullable=False),
        sa.Column("is_development", sa.Boolean(), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_chain_look")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "cosignature",
        sa.Column("checkpoint_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vkey", sa.String(length=400), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("checkpoint_size", "vkey", name=op.f("pk_cosignature")),
    )
    op.create_table(
        "fork_evidence",
        sa.Column("text_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("size", sa.String(length=20), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("text_hash", name=op.f("pk_fork_evidence")),
    )
    op.create_table(
        "log_entry",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sequenced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_log_entry_key")),
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("vkey", sa.String(length=400), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_tile",
        sa.Column("level", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tile_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(length=8192), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile_index", name=op.f("pk_log_tile")),
    )
    op.create_table(
        "published_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("files_size", sa.BigInteger(), nullable=False),
        sa.Column("pruned_size", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_published_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_head")),
    )
    op.create_table(
        "signed_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_signed_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_head")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(entry IS NULL) = (leaf_index IS NOT NULL)", name=op.f("ck_submission_waits_or_stands")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("key", name=op.f("uq_submission_key")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_submission_leaf_index")),
    )
    op.create_table(
        "witness_policy",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_witness_policy_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witness_policy")),
    )
    op.create_table(
        "witness_state",
        sa.Column("vkey", sa.String(length=400), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("on_this_machine", sa.Boolean(), nullable=False),
        sa.Column("confirmed_size", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("vkey", name=op.f("pk_witness_state")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index("ix_submission_waiting", ["leaf_index", "id"], unique=False)

    protect("checkpoint")
    protect("cosignature")
    protect("fork_evidence")
    protect("log_entry")


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index("ix_submission_waiting")

    op.drop_table("witness_state")
    op.drop_table("witness_policy")
    op.drop_table("submission")
    op.drop_table("signed_head")
    op.drop_table("published_head")
    op.drop_table("log_tile")
    op.drop_table("log_head")
    op.drop_table("log_entry")
    op.drop_table("fork_evidence")
    op.drop_table("cosignature")
    op.drop_table("checkpoint")
    op.drop_table("chain_look")
    op.drop_table("anchor_contract")
    with op.batch_alter_table("replaced_transaction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replaced_transaction_anchor_id"))

    op.drop_table("replaced_transaction")
    with op.batch_alter_table("anchor", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_anchor_nonce",
            sqlite_where=sa.text("state <> 'lost'"),
            postgresql_where=sa.text("state <> 'lost'"),
        )
        batch_op.drop_index(batch_op.f("ix_anchor_tx_hash"))
        batch_op.drop_index("ix_anchor_covering")

    op.drop_table("anchor")
