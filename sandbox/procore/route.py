"""What a route is: where it leads, what it is about, and which permission it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.procore import handlers
from sandbox.procore.call import Level
from sandbox.procore.handlers import Handler, Place, Show
from sandbox.procore.listing import Listing
from sandbox.procore.resource import Resource

About = Literal["nothing", "company", "project"]


@dataclass(frozen=True)
class Route:
    """One method on one path. Without a tool, no permission is needed."""

    method: str
    path: str
    handler: Handler
    about: About
    tool: str | None = None
    level: Level = "read"


@dataclass(frozen=True)
class Group:
    """The routes of one kind of record: they share tool and place, and writing needs `writing`.

    Stricter than Procore, where some writes need the level standard only: the default is admin.
    """

    path: str
    resource: Resource
    place: Place
    about: About
    tool: str
    writing: Level = "admin"

    def lists(
        self,
        listing: Listing,
        views: Mapping[str, Show] | None = None,
        only: handlers.Hide | None = None,
        show: Show | None = None,
    ) -> Route:
        """GET on the collection. `show` is how its rows look without `view=`."""
        all_views = {"": show or self.resource.show, **(views or {})}
        return self.read("", handlers.index(self.resource, self.place, listing, all_views, only))

    def basics(self, *actions: str) -> list[Route]:
        """The usual routes, by name: show, create, update, destroy, sync."""
        make: dict[str, tuple[str, str, Callable[[Resource, Place], Handler]]] = {
            "show": ("GET", "/{id}", handlers.show),
            "create": ("POST", "", handlers.create),
            "update": ("PATCH", "/{id}", handlers.update),
            "destroy": ("DELETE", "/{id}", handlers.destroy),
            "sync": ("PATCH", "/sync", handlers.sync),
        }
        found = []
        for action in sorted(actions, key=lambda name: name != "sync"):
            method, suffix, build = make[action]
            level: Level = "read" if method == "GET" else self.writing
            handler = build(self.resource, self.place)
            found.append(Route(method, self.path + suffix, handler, self.about, self.tool, level))
        return found

    def read(self, suffix: str, handler: Handler) -> Route:
        """Another GET below the collection."""
        return Route("GET", self.path + suffix, handler, self.about, self.tool, "read")

    def write(self, method: str, suffix: str, handler: Handler) -> Route:
        """Another write below the collection."""
        return Route(method, self.path + suffix, handler, self.about, self.tool, self.writing)
