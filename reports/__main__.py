"""`python -m reports`: reads runs; never imports TensorFlow.

Exit codes: 0 fine, 1 broken, regressed, undecided or unexercised, 2 bad usage or input, 3
incomplete.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from reports.baseline import HERE
from reports.cases import load_finding, share, smallest
from reports.figures import share_text
from reports.ledger import Ledger
from reports.plain import RunError, printable, write_text
from reports.store import digest_of_records
from reports.verdict import FAILED, FINE, USAGE, run_verdict

BASELINES = click.option(
    "--baselines",
    type=click.Path(path_type=Path, file_okay=False),
    default=HERE,
    show_default="reports/baselines",
    help="The folder of baselines.",
)
RUN = click.argument("run", type=click.Path(path_type=Path))


def told(command: Callable[..., int | None]) -> Callable[..., None]:
    """Exit with what the command returns; a RunError is one line and exit code 2."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except RunError as error:
            click.echo(f"reports: {error}", err=True)
            code = USAGE
        sys.exit(code or 0)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Read runs of the suite: what was judged, what broke, what was not covered.

    Exit codes: 0 fine, 1 broken, regressed, undecided or unexercised, 2 bad usage or input, 3
    incomplete.
    """


@main.command()
@RUN
@click.option("--routine", help="Only the cells of this routine; the verdict stays the run's.")
@click.option("--claim", help="Only the cells of this claim; the verdict stays the run's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines instead.")
@BASELINES
@told
def show(run: Path, routine: str | None, claim: str | None, as_json: bool, baselines: Path) -> int:
    """Print the table of a run and exit with its verdict."""
    from reports import machine, text

    verdict = run_verdict(run, baselines=baselines)
    if as_json:
        click.echo(machine.machine(verdict, routine, claim), nl=False)
    else:
        text.show(verdict, routine, claim)
    return verdict.exit_code


@main.command()
@RUN
@click.option(
    "--out", type=click.Path(path_type=Path), help="The folder to write to [default: RUN]."
)
@BASELINES
@told
def report(run: Path, out: Path | None, baselines: Path) -> int:
    """Write report.md and report.html and exit with the run's verdict."""
    from reports.html import html
    from reports.markdown import markdown

    verdict = run_verdict(run, baselines=baselines)
    told_in_full = list(smallest(run).values())
    folder = out or run
    for name, renderer in (("report.md", markdown), ("report.html", html)):
        write_text(folder / name, renderer(verdict, told_in_full))
        click.echo(folder / name)
    return verdict.exit_code


@main.command("accept")
@RUN
@click.option("--reason", default="", help="Why it may have got worse; written into the baseline.")
@click.option("--platform", default="", help="The baseline's name [default: this platform's].")
@BASELINES
@told
def accept_run(run: Path, reason: str, platform: str, baselines: Path) -> int:
    """Make a gate's run the baseline; what got worse is refused without a reason."""
    from reports.accept import accept

    done = accept(run, baselines, reason, platform)
    for line in done.refused:
        click.echo(f"refused: {printable(line)}")
    if done.refused:
        click.echo(f"{done.path} is unchanged: accept with --reason if this may be")
        return FAILED
    click.echo(
        f"{done.path}: {done.added} cells added, {done.tightened} tightened, "
        f"{done.loosened} loosened, {done.kept} kept"
    )
    return FINE


@main.command("annotations")
@RUN
@BASELINES
@told
def list_annotations(run: Path, baselines: Path) -> int:
    """Print what broke as annotations of GitHub, ten at most, and exit with the run's verdict."""
    from reports.annotations import annotated

    verdict = run_verdict(run, baselines=baselines)
    for line in annotated(verdict):
        click.echo(line)
    return verdict.exit_code


@main.command("findings")
@RUN
@told
def list_findings(run: Path) -> None:
    """List the findings of a run: share, known or new, cell, file."""
    run_verdict(run)  # a folder that is no run has no findings to list either
    for path, finding in smallest(run).items():
        word = f"known: {finding.known}" if finding.known else "new"
        cell = " ".join(finding.cell[:4])
        click.echo(printable(f"{share_text(share(finding)):>8}  {word}  {cell}  {path}"))


@main.command()
@click.argument("finding", type=click.Path(path_type=Path))
@told
def reproduce(finding: Path) -> None:
    """Print a script that shows a finding with TensorFlow and NumPy alone."""
    from reports.reproduce import reproduction

    click.echo(reproduction(load_finding(finding)), nl=False)


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True)
@told
def merge(out: Path, runs: tuple[Path, ...]) -> None:
    """Add up the shards of one run, from many machines say, into the new folder OUT.

    Shards are of one commit, seed and environment, and measured different cells: chosen by -k,
    --modes or --dtypes.
    """
    from reports.conclude import merge as add_up

    add_up(out, runs)
    click.echo(out)


@main.command()
@RUN
@told
def digest(run: Path) -> None:
    """Print one digest of all answers and records, the same for any number of workers."""
    click.echo(digest_of_records(run))


@main.command()
@RUN
@click.argument("other", type=click.Path(path_type=Path), required=False)
@click.option("--by", "axis", type=click.Choice(["backend", "dtype", "mode", "run"]))
@click.option("--a", default="", help="What to compare with [default: TensorFlow, float64, eager].")
@click.option("--b", default="", help="What to compare [default: each of the others].")
@click.option("--times", type=click.Path(path_type=Path), help="Times of calls: `tox -e time`.")
@click.option("--size", type=int, default=0, help="Size of those calls [default: the largest].")
@click.option("--out", type=click.Path(path_type=Path), help="Also write report.md and .html here.")
@told
def compare(
    run: Path,
    other: Path | None,
    axis: str | None,
    a: str,
    b: str,
    times: Path | None,
    size: int,
    out: Path | None,
) -> None:
    """Compare two runs, or within one its backends, dtypes or modes, member by member."""
    from reports import comparison, comparison_text, frontier
    from reports.conclude import members_of

    found = comparison.compare(run, other, axis or "", a, b)
    points = frontier.frontier(members_of(run), frontier.times(times), size) if times else []
    click.echo(comparison_text.render(found, points), nl=False)
    if out:
        from reports.comparison_page import html

        write_text(out / "report.md", comparison_text.markdown(found, points))
        write_text(out / "report.html", html(found, points))
        click.echo(f"\n{out / 'report.md'}\n{out / 'report.html'}")


@main.command()
@told
def known() -> None:
    """List the ledger of known breaks."""
    for entry in Ledger.load().entries:
        cells = f"{entry.routine} {entry.claim} {'/'.join(entry.dtypes)} {'/'.join(entry.modes)}"
        click.echo(printable(f"{entry.id}  {cells}  up to {share_text(entry.share)}"))
        click.echo(f"    {printable(entry.title)}")


if __name__ == "__main__":
    main(prog_name="python -m reports")
