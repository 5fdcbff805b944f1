"""Create the chain maps' tables: revisions, members, changes, plans, targets, purchases; surveys on segments

Revision: 20261124_1800_chain_maps
After: 20261124_1200_reserve_library
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "20261124_1800_chain_maps"
down_revision = "20261124_1200_reserve_library"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Random: two databases of one process must not share a stamp.
    stamp = sa.table("inventory_stamp", sa.column("id"), sa.column("stamp"))
    op.execute(stamp.insert().values(id=2, stamp=secrets.token_hex(16)))
    op.create_table(
        "chain_member",
        sa.Column("chain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_chain_member_chain_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_chain_member_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_member")),
        sa.UniqueConstraint("chain_id", "person_id", name=op.f("uq_chain_member_chain_id_person_id")),
    )
    with op.batch_alter_table("chain_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chain_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "chain_revision",
        sa.Column("chain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_chain_revision_author_id")),
        sa.ForeignKeyConstraint(
            ["chain_id"], ["chain.id"], name=op.f("fk_chain_revision_chain_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_revision")),
        sa.UniqueConstraint("chain_id", "number", name=op.f("uq_chain_revision_chain_id_number")),
    )
    op.create_table(
        "plan_task",
        sa.Column("chain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("park_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sort", sa.Integer(), server_default="0", nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_plan_task_chain_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_plan_task_owner_id")),
        sa.ForeignKeyConstraint(["park_id"], ["park.id"], name=op.f("fk_plan_task_park_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_plan_task_segment_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_task")),
    )
    with op.batch_alter_table("plan_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_task_chain_id"), ["chain_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_task_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "plan_version",
        sa.Column("chain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_plan_version_approved_by_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_plan_version_author_id")),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_plan_version_chain_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("chain_id", "number", name=op.f("uq_plan_version_chain_id_number")),
    )
    op.create_table(
        "segment_change",
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=300), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_segment_change_segment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_change")),
    )
    with op.batch_alter_table("segment_change", schema=None) as batch_op:
        batch_op.create_index("ix_segment_change_at", ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_change_segment_id"), ["segment_id"], unique=False)

    op.create_table(
        "purchase",
        sa.Column("enterprise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column("yearly_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("bought_from", sa.String(length=120), nullable=True),
        sa.Column("wished_km", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name=op.f("fk_purchase_enterprise_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_purchase_recorded_by_id")),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_purchase_segment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
    )
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_segment_id"), ["segment_id"], unique=False)

    op.create_table(
        "gap_target",
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("section_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("drop_reason", sa.String(length=300), nullable=True),
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_gap_target_added_by_id")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name=op.f("fk_gap_target_enterprise_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_gap_target_lead_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_gap_target_owner_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_gap_target_section_id")),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_gap_target_segment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_target")),
        sa.UniqueConstraint("segment_id", "enterprise_id", name=op.f("uq_gap_target_segment_id_enterprise_id")),
    )
    with op.batch_alter_table("gap_target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_target_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_target_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_target_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_target_segment_id"), ["segment_id"], unique=False)

    with op.batch_alter_table("chain", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("reference_total", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reference_source", sa.String(length=200), nullable=True))

    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confidence", sa.String(length=32), nullable=True))

    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reference_count", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("surveyed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("survey_by", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("survey_note", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("status", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.execute(sa.table("inventory_stamp", sa.column("id")).delete().where(sa.column("id") == 2))
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.drop_column("status")
        batch_op.drop_column("survey_note")
        batch_op.drop_column("survey_by")
        batch_op.drop_column("surveyed_on")
        batch_op.drop_column("reference_count")

    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.drop_column("confidence")

    with op.batch_alter_table("chain", schema=None) as batch_op:
        batch_op.drop_column("reference_source")
        batch_op.drop_column("reference_total")
        batch_op.drop_column("revision")

    with op.batch_alter_table("gap_target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gap_target_segment_id"))
        batch_op.drop_index(batch_op.f("ix_gap_target_owner_id"))
        batch_op.drop_index(batch_op.f("ix_gap_target_lead_id"))
        batch_op.drop_index(batch_op.f("ix_gap_target_enterprise_id"))

    op.drop_table("gap_target")
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_segment_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_enterprise_id"))

    op.drop_table("purchase")
    with op.batch_alter_table("segment_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segment_change_segment_id"))
        batch_op.drop_index("ix_segment_change_at")

    op.drop_table("segment_change")
    op.drop_table("plan_version")
    with op.batch_alter_table("plan_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_task_owner_id"))
        batch_op.drop_index(batch_op.f("ix_plan_task_chain_id"))

    op.drop_table("plan_task")
    op.drop_table("chain_revision")
    with op.batch_alter_table("chain_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chain_member_person_id"))

    op.drop_table("chain_member")
