"""`hit`: the command line. Commands are in `hit_pipeline.commands`; here they get their names."""

import typer

from hit_pipeline.commands import (
    demo,
    linking,
    people,
    registry,
    releases,
    review,
    run,
    score,
    setup,
    sources,
    synth,
    templates,
    vendors,
)

app = typer.Typer(
    help="Joins a district's student information system to its tutoring vendors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals may hold pupils' values
)
app.command()(setup.init)
app.command()(demo.demo)
app.command()(run.run)
app.add_typer(sources.app, name="source")
app.add_typer(templates.app, name="template")
app.add_typer(templates.disclosures, name="disclosure")
app.add_typer(vendors.app, name="vendor")
app.command()(people.explain)
app.add_typer(review.app, name="review")
app.add_typer(people.quarantine_app, name="quarantine")
app.add_typer(registry.app, name="registry")
app.add_typer(releases.app, name="release")
app.command()(releases.query)
app.command()(linking.link)
app.command()(linking.dedupe)
app.command()(synth.synth)
app.command()(score.score)
app.command()(setup.doctor)
app.command()(setup.dev)


def main() -> None:
    """Run `hit`."""
    app()
