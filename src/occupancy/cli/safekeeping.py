"""`occupancy backup` and `occupancy restore`: a whole database as one file, and back."""

from pathlib import Path

import click

from occupancy.cli import options
from occupancy.cli.diary import database, encrypt, opened, passphrase, transferred


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@encrypt
@database
@options.json_option
def backup(file: Path, encrypt: bool, database: str | None, as_json: bool) -> None:
    """Write the whole database, everybody's diary in it, to FILE."""
    from occupancy.diary import backup as backed_up
    from occupancy.interop import save

    words = passphrase(again=True) if encrypt else None
    with opened(database) as store:
        diaries = [store.diary(one.owner) for one in store.owners()]
        counts = (
            sum(len(one.versions()) for one in diaries),
            sum(len(one.plan_versions()) for one in diaries),
            0,
        )
        save(backed_up(store, words), file)
        file.chmod(0o600)
        transferred(as_json, "backup", store, file, encrypt, counts)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@database
@options.json_option
def restore(file: Path, database: str | None, as_json: bool) -> None:
    """Put a backup into an empty database: a new file, or a server's."""
    from occupancy.diary import restore as restored
    from occupancy.diary.sealing import sealed

    data = file.read_bytes()
    words = passphrase(again=False) if sealed(data) else None
    with opened(database) as store:
        rows = restored(store, data, words)
        counts = (rows.get("entry", 0), rows.get("plan_version", 0), 0)
        transferred(as_json, "restore", store, file, words is not None, counts)
