"""`hit init`, `hit doctor` and `hit dev`: a district folder, its health, its UI."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from hit_pipeline.commands.terminal import (
    ERROR_EXIT,
    AsJson,
    DistrictFolder,
    Terminal,
    errors_exit,
    open_district,
)
from hit_pipeline.errors import HitError, NotFound
from hit_pipeline.settings import District

Folder = Annotated[Path, typer.Argument(help="Folder to make; it must not hold a district yet.")]
Port = Annotated[int, typer.Option(help="Port of the Dagster UI on this machine.")]
_IGNORED = ("lake/", "inbox/", "secrets/", ".dagster/")
"""What git must not keep of a district folder."""


def init(folder: Folder, as_json: AsJson = False) -> None:
    """Make a district folder: a commented district.toml, an inbox and a secret of its own."""
    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        settings = folder / "district.toml"
        if settings.exists():
            message = f"{settings} is there already."
            raise HitError(message, remedy="Choose another folder or edit that file.")
        try:
            _make(folder)
        except OSError as error:
            message = f"{folder} cannot be made a district folder: {error.strerror}."
            raise HitError(message, remedy="Choose another folder.") from None
    made = [{"made": str(path)} for path in (settings, folder / "inbox", folder / "secrets")]
    terminal.show("District", made)
    terminal.say(f"Edit {settings}, then: hit doctor --district {folder}")


def _make(folder: Path) -> None:
    """Make the folders and files of a new district; a `.gitignore` that is there is added to."""
    template = resources.files("hit_pipeline.commands") / "district.toml"
    for name in ("inbox/sis", "inbox/district_files", "secrets"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "secrets").chmod(0o700)
    text = template.read_text(encoding="utf-8")
    (folder / "district.toml").write_text(text, encoding="utf-8")
    ignored = folder / ".gitignore"
    lines = ignored.read_text(encoding="utf-8").splitlines() if ignored.exists() else []
    lines += [line for line in _IGNORED if line not in lines]
    ignored.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    write_secret(folder)


def write_secret(folder: Path) -> None:
    """Write the pseudonym secret of a district where there is none, readable by its owner only."""
    path = folder / "secrets" / "pseudonym"
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(secrets.token_hex(32) + "\n")


def doctor(district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """Look at the district, its folders, registry and tools; say in words what is wrong."""
    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        found = examine(open_district(district))
    terminal.show("Doctor", found)
    if any(not one["ok"] for one in found):
        raise typer.Exit(ERROR_EXIT)


def examine(district: District) -> list[dict[str, Any]]:
    """Return one row per thing looked at: what, whether it is well, and what was seen."""
    found = [{"what": "district.toml", "ok": True, "seen": f"{len(district.sources)} sources"}]
    for name, source in district.sources.items():
        if source.is_asked:
            continue  # `hit source check` looks at it
        folder = district.inbox_path / (source.path or name)
        seen = f"{len(list(folder.iterdir()))} files" if folder.is_dir() else "no such folder"
        found.append({"what": f"inbox of {name}", "ok": folder.is_dir(), "seen": seen})
    found.append(_attempt("lake", lambda: _lake(district)))
    found.append(_attempt("registry", lambda: _registry(district)))
    free = shutil.disk_usage(district.folder).free
    found.append({"what": "disk", "ok": free > 2**30, "seen": f"{free / 2**30:.1f} GiB free"})
    secret = district.pseudonym_secret is not None
    seen = "set" if secret else "none: releases have no analyst tier"
    found.append({"what": "pseudonym secret", "ok": secret, "seen": seen})
    return found


def _attempt(what: str, look: Any) -> dict[str, Any]:
    try:
        return {"what": what, "ok": True, "seen": look()}
    except HitError as error:
        return {"what": what, "ok": False, "seen": str(error)}


def _lake(district: District) -> str:
    from hit_pipeline.lake import Lake
    from hit_pipeline.release.catalog import current

    published = current(Lake.open(district.lake_path))
    return f"release {published.name}" if published else "no release yet"


def _registry(district: District) -> str:
    from hit_pipeline.registry.database import Registry

    with Registry.open(district.registry_url) as registry:
        return f"{registry.people('student').num_rows} students known"


def dev(district: DistrictFolder = None, port: Port = 3000) -> None:
    """Open the Dagster UI on this district, on loopback, until it is interrupted."""
    with errors_exit():
        opened = open_district(district)
        if shutil.which("dagster", path=str(Path(sys.executable).parent)) is None:
            kind, name = "program", "dagster"
            raise NotFound(kind, name, ["dagster, of the package dagster-webserver"])
    from hit_pipeline.definitions import dagster_home

    environment = {**os.environ, "HIT_DISTRICT": str(opened.folder)}
    environment.setdefault("DAGSTER_HOME", str(dagster_home(opened)))
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-m",
        "hit_pipeline.definitions",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    process = subprocess.Popen(  # noqa: S603 (our own interpreter and arguments)
        command, env=environment, start_new_session=True
    )
    try:
        raise typer.Exit(process.wait())
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
