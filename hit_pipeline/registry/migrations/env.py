"""What Alembic runs: the migrations, in the transaction of the connection it is handed."""

from alembic import context


def run() -> None:
    """Run the migrations that were asked for."""
    handed = context.config.attributes
    context.configure(connection=handed["connection"], version_table=handed["version_table"])
    context.run_migrations()


if hasattr(context, "config"):  # there while Alembic runs this file; importing it does nothing
    run()
