"""The mirror of a source whose files lie on a server or in a store."""

from functools import partial

from hit_pipeline.lake import Lake
from hit_pipeline.landing.encrypted import plain_name
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import Sftp, Store
from hit_pipeline.sources.mirror.mirroring import Mirror
from hit_pipeline.sources.mirror.remote import Connect
from hit_pipeline.sources.retry import Patience


def mirror(district: District, name: str, place: Sftp | Store) -> Mirror:
    """Return the mirror of a source.

    Files of a OneRoster that lie loose in a folder come together; a zip comes alone.

    Args:
        district: The district.
        name: Name of the source.
        place: Where its files lie.
    """
    is_roster = district.sources[name].adapter == "oneroster_csv"
    return Mirror(
        name,
        Lake(district.lake_path),
        _connect(district, name, place),
        place.patterns,
        folder_of if is_roster else str,
        place.archive is not None,
        district.lake.settle_seconds,
        Patience(place.retries),
    )


def folder_of(name: str) -> str:
    """Return the folder whose files come together with a file; of a zip, itself.

    >>> folder_of("2026-11-03/users.csv"), folder_of("users.csv"), folder_of("OR.zip.pgp")
    ('2026-11-03/', '', 'OR.zip.pgp')
    """
    if plain_name(name).lower().endswith(".zip"):
        return name
    first, slash, _ = name.partition("/")
    return f"{first}/" if slash else ""


def _connect(district: District, name: str, place: Sftp | Store) -> Connect:
    """Return what connects; the client's library is loaded when it is called."""
    if isinstance(place, Sftp):
        from hit_pipeline.sources.mirror import sftp

        return partial(sftp.connected, name, place, district.folder)
    from hit_pipeline.sources.mirror import object_store

    return partial(object_store.connected, name, place)
