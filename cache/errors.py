"""Every error nextread raises on purpose, drawn once.

NextreadError
├── ListError            a list could not be read
├── UrlError             not a web address
├── FetchError           a page could not be had
│   ├── AddressRefused   the address is not on the public internet
│   ├── RobotsDenied     the site's robots.txt says no
│   ├── TooLarge         more bytes than the cap
│   ├── TooSlow          more time than the cap
│   └── Blocked          a login wall, captcha or block page
├── ExtractError         a page held no readable text
├── ModelError           an embedding model could not be loaded or does not fit the index
├── StoreError           something on disk is missing or wrong
│   ├── NoIndex          nothing has been built here yet
│   ├── Damaged          a file does not match its recorded digest
│   └── Locked           another process is writing
├── ClusterError         a cluster cannot be reached, is too small or took too long
├── UnknownResource      not in the index
├── QueryError           a question or flag that makes no sense
└── MissingExtra         an optional feature is not installed

Each names its subject in the message and the way out in hint. Must not know any other module.
"""


class NextreadError(Exception):
    """Base of all: message names the subject, hint the way out."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep both lines; str() is the message."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class ListError(NextreadError):
    """A list could not be read."""


class UrlError(NextreadError):
    """Not a web address."""


class FetchError(NextreadError):
    """A page could not be had."""


class AddressRefused(FetchError):
    """The address is not on the public internet."""


class RobotsDenied(FetchError):
    """The site's robots.txt says no."""


class TooLarge(FetchError):
    """More bytes than the cap."""


class TooSlow(FetchError):
    """More time than the cap."""


class Blocked(FetchError):
    """A login wall, captcha or block page."""


class ExtractError(NextreadError):
    """A page held no readable text."""

    def __init__(self, message: str, hint: str = "", *, passing: bool = False) -> None:
        """passing where it says more of a busy machine than of the page: the next build tries
        again."""
        super().__init__(message, hint)
        self.passing = passing


class ModelError(NextreadError):
    """An embedding model could not be loaded or does not fit the index."""


class StoreError(NextreadError):
    """Something on disk is missing or wrong."""


class NoIndex(StoreError):
    """Nothing has been built here yet."""


class Damaged(StoreError):
    """A file does not match its recorded digest."""


class Locked(StoreError):
    """Another process is writing."""


class ClusterError(NextreadError):
    """A cluster cannot be reached, is too small or took too long."""


class UnknownResource(NextreadError):
    """Not in the index."""


class QueryError(NextreadError):
    """A question or flag that makes no sense."""


class MissingExtra(NextreadError):
    """An optional feature is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        """Name the feature and the extra that brings it."""
        super().__init__(f"{feature} is not installed", f"pip install 'nextread[{extra}]'")
