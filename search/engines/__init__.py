"""The engine in use: one per process, named by settings.SEARCH_ENGINE, a module of this package."""

from functools import lru_cache
from importlib import import_module
from pathlib import Path

from django.conf import settings

from search.engines.base import Engine


@lru_cache(maxsize=8)
def _engine(name: str, folder: Path) -> Engine:
    return import_module(f"search.engines.{name}").make(folder)


def engine() -> Engine:
    """The process's engine. Opens nothing yet; its files live under DATA_DIR/index."""
    return _engine(settings.SEARCH_ENGINE, Path(settings.DATA_DIR) / "index")
