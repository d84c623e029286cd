"""The viewer: the type and its query."""

import strawberry

from providers.domain import viewer
from resolvers.field import Info, computed, resolved


@strawberry.type(description="The user or key that sends the request.")
class Viewer:
    user_id: str = strawberry.field(
        description="The user id in the token or of the key: the user's id in the operator's system."
    )
    scopes = computed(
        lambda viewer, _info: sorted(viewer.scopes),
        type=list[str],
        description="The viewer's scopes: read and write apply to the viewer's own objects; admin is both, for "
        "all users.",
    )


@strawberry.type
class ViewerQuery:
    @resolved(type=Viewer, description="The user or key that sends the request.")
    def viewer(self, info: Info) -> viewer.Viewer:
        return info.context.viewer
