"""The local web application: the other door to the house; it holds no science.

A page and the JSON interface ask the same functions as the command line and show the same
documents and the same pictures. Nothing leaves the machine and nothing is fetched from elsewhere.
May import every room below, but not `cli`. FastAPI is imported only when a server is made.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from occupancy.web.app import create_app
    from occupancy.web.serving import ServeError, Team, serve
    from occupancy.web.settings import FolderError, Settings, data_folder

__all__ = ["FolderError", "ServeError", "Settings", "Team", "create_app", "data_folder", "serve"]

_HOMES = {
    "FolderError": "settings",
    "ServeError": "serving",
    "Settings": "settings",
    "Team": "serving",
    "create_app": "app",
    "data_folder": "settings",
    "serve": "serving",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'occupancy.web' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"occupancy.web.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
