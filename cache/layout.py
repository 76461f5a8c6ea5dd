"""Every path under the home folder, and the version of its format.

```
home/
  lists.toml                what was added, and when last read
  settings.toml             optional, see cache/settings.py
  parsed/                   lists as they were parsed
  merged/                   what merging says of the entries of each list alone
  pages/*.warc.gz + pages.db + documents.db
  saved/*.warc.gz           pages a browser saved while another process wrote
  token                     what the browser extension must know
  vectors/<model id>/
  models/<model id>/        query runtimes made at build time
  generations/<n>/          manifest.json, resources.db, facts.npy, dense.faiss, lexical/
  verified/<n>              which bytes of that generation were hashed here, and matched
  CURRENT                   number of the published generation and digest of its manifest, replaced
                            atomically, last
  MODEL                     what the last build embedded with, as it was named
  LOCK                      held by the one writer
  profile.db                read / liked / disliked / later / started
  news.json                 what the last builds added
  unfinished.json           where a build on a cluster keeps what is not here yet
```

Must not know any other module; opens nothing.
"""

from dataclasses import dataclass
from pathlib import Path

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are under one home folder."""

    home: Path

    @property
    def lists(self) -> Path:
        """The record of added lists."""
        return self.home / "lists.toml"

    @property
    def settings(self) -> Path:
        """The user's settings."""
        return self.home / "settings.toml"

    @property
    def parsed(self) -> Path:
        """The folder of lists as they were parsed."""
        return self.home / "parsed"

    @property
    def merged(self) -> Path:
        """The folder of what merging says of each list's entries alone."""
        return self.home / "merged"

    @property
    def pages(self) -> Path:
        """The folder of WARC segments and their index."""
        return self.home / "pages"

    @property
    def documents(self) -> Path:
        """Documents extracted from pages."""
        return self.pages / "documents.db"

    @property
    def saved(self) -> Path:
        """Saved pages that wait for the next writer."""
        return self.home / "saved"

    @property
    def token(self) -> Path:
        """What the browser extension must know."""
        return self.home / "token"

    @property
    def generations(self) -> Path:
        """The folder of generations."""
        return self.home / "generations"

    @property
    def current(self) -> Path:
        """The file that names the published generation."""
        return self.home / "CURRENT"

    @property
    def model_name(self) -> Path:
        """The file that names the model of this home."""
        return self.home / "MODEL"

    @property
    def verified(self) -> Path:
        """The folder of notes on which generations were hashed in full on this machine."""
        return self.home / "verified"

    @property
    def lock(self) -> Path:
        """The writer's lock."""
        return self.home / "LOCK"

    @property
    def profile(self) -> Path:
        """The reader's marks."""
        return self.home / "profile.db"

    @property
    def news(self) -> Path:
        """What the last builds added."""
        return self.home / "news.json"

    @property
    def unfinished(self) -> Path:
        """Where a build on a cluster that did not end left its work."""
        return self.home / "unfinished.json"

    def vectors(self, model_id: str) -> Path:
        """The folder of cached embeddings of one model."""
        return self.home / "vectors" / safe_name(model_id)

    def model(self, model_id: str) -> Path:
        """The folder of one model's query runtime."""
        return self.home / "models" / safe_name(model_id)

    def generation(self, number: int) -> Path:
        """The folder of one generation."""
        return self.generations / str(number)


def safe_name(text: str) -> str:
    """A file name that every file system takes: letters, digits, `.`, `_`, `@` and `-`."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._@-") else "_" for c in text)
