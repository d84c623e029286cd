"""The viewer: the type and its query."""

import strawberry

from providers.domain import viewer
from resolvers.field import Info, computed, resolved


@strawberry.type(description="Who asks, as the token or key of the request says.")
class Viewer:
    user_id: str = strawberry.field(
        description="The user id of the token or key, as the operator's own system knows it."
    )
    scopes = computed(
        lambda viewer, _info: sorted(viewer.scopes),
        type=list[str],
        description="What the viewer may do: read and write what is their own, or admin: both, for every user.",
    )


@strawberry.type
class ViewerQuery:
    @resolved(type=Viewer, description="Who asks.")
    def viewer(self, info: Info) -> viewer.Viewer:
        return info.context.viewer
