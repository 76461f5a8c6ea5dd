"""What all requests of one server share. Must not know what is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from cache.settings import Settings
from server.builds import Builds
from server.holder import EngineHolder
from server.saving import Keeper


@dataclass(frozen=True, slots=True)
class ServerState:
    """The engine that answers, the build that runs, who keeps pages, what the extension must know.

    Close it when the server ends.
    """

    settings: Settings
    holder: EngineHolder
    builds: Builds
    keeper: Keeper
    token: Callable[[], str]

    @classmethod
    def of(cls, settings: Settings, token: Callable[[], str]) -> "ServerState":
        """The state of a server that has not begun."""
        return cls(settings, EngineHolder(settings), Builds(settings), Keeper(settings), token)

    def close(self) -> None:
        """Let go of the engine once its last request has ended, and of the sandbox."""
        self.holder.close()
        self.keeper.close()
