"""Readings of devices: a hypertable where the database is TimescaleDB"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
    )
    op.create_index("readings_topic_time", "readings", ["topic", sa.text("time DESC")])
    timescale = "SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"
    if op.get_bind().execute(sa.text(timescale)).scalar_one():
        op.execute("SELECT create_hypertable('readings', by_range('time'))")


def downgrade() -> None:
    op.drop_table("readings")
