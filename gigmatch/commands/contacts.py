"""`gigmatch contacts`: the keys that seal phone and ID numbers."""

import typer

from gigmatch.commands._said import say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Keys of the encrypted contact store.", no_args_is_help=True)
    app.add_typer(group, name="contacts")
    group.command()(new_key)
    group.command()(rotate)


def new_key() -> None:
    """Print a new key for GIGMATCH_CONTACT_KEYS; put it before the others."""
    from gateway.sealing import new_contact_key

    typer.echo(new_contact_key())


def rotate() -> None:
    """Seal every contact with the newest key; then older keys may go."""
    import asyncio

    from gateway.sealing import SealedError, Vault, contact_keys
    from gateway.store import Store
    from gigmatch.errors import SaidError
    from gigmatch.gateway_wishes import listed, store_of
    from gigmatch.settings import Settings

    settings = Settings()
    keys = contact_keys(listed(settings.contact_keys, settings.contact_keys_file))
    if not keys:
        raise SaidError("contacts.no_key")

    async def seal_again(store: Store) -> int:
        try:
            contacts = await Vault(store, "contact", keys).seal_again()
            return contacts + await Vault(store, "said", keys).seal_again()
        except SealedError as error:
            raise SaidError("contacts.key_missing", why=error.in_each_language()) from error
        finally:
            await store.close()

    count = asyncio.run(seal_again(store_of(settings)))
    typer.echo(say("contacts.sealed", n=count, seals=keys[0].key_id))
