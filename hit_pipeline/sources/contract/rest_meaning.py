"""What a contract may not mean when it is asked at a web service, though its form is right."""

from collections.abc import Iterator

from hit_pipeline.errors import KeyPath, Misfit
from hit_pipeline.sources.contract.model import Contract, FileSpec
from hit_pipeline.sources.contract.rest import Request


def rest_misfits(contract: Contract) -> Iterator[Misfit]:
    """Yield requests without a service, and requests that ask for what the file cannot hold."""
    requests = {name: spec for name, spec in contract.files.items() if spec.request is not None}
    if contract.rest is not None and not requests:
        yield Misfit(("rest",), "no file of the contract has a `request`")
    for name, spec in requests.items():
        at: KeyPath = ("files", name, "request")
        if contract.rest is None:
            yield Misfit(at, "the contract has no table `rest`")
        if spec.format != "json":
            problem = f"answers are JSON: the file's format cannot be {spec.format}"
            yield Misfit(at, problem, None, ["json"])
        if spec.request is not None:
            yield from _columns(at, spec, spec.request)
            yield from _parents(at, contract, name, spec.request)


def _columns(at: KeyPath, spec: FileSpec, request: Request) -> Iterator[Misfit]:
    known = [column.name for column in spec.columns]
    if request.since is not None and request.since.column not in known:
        problem = "is used, but `columns` does not declare it"
        yield Misfit((*at, "since", "column"), problem, f'"{request.since.column}"', known)


def _parents(at: KeyPath, contract: Contract, name: str, request: Request) -> Iterator[Misfit]:
    for file, column in request.parents:
        spec, asked_before = contract.files.get(file), list(contract.files)
        earlier = asked_before[: asked_before.index(name)]
        if spec is None or spec.request is None or file not in earlier:
            problem = "is no file of the contract that is asked for before this one"
            yield Misfit((*at, "path"), problem, f'"{file}"', earlier)
        elif spec.request.parents:
            problem = "is itself asked for the rows of another file"
            yield Misfit((*at, "path"), problem, f'"{file}"')
        elif column not in (known := [one.name for one in spec.columns]):
            problem = f"is no column of {file}"
            yield Misfit((*at, "path"), problem, f'"{column}"', known)
