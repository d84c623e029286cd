"""The viewer: the type and its query."""

import strawberry

from providers.domain import entities, viewer
from resolvers.account import ACCOUNTS, Account, AccountFilterArgument, read_accounts
from resolvers.connection import After, Before, Connection, First, Last, Listing, page_request
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

    @resolved(type=Connection[Account], description="The viewer's own accounts, also with the scope admin.")
    @staticmethod
    async def accounts(
        viewer: strawberry.Parent[viewer.Viewer],
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: AccountFilterArgument = None,
    ) -> Listing[entities.Account]:
        request = page_request(ACCOUNTS, first, after, last, before)
        return await read_accounts(info, filter, request, of_user=viewer.user_id)


@strawberry.type
class ViewerQuery:
    @resolved(type=Viewer, description="The user or key that sends the request.")
    def viewer(self, info: Info) -> viewer.Viewer:
        return info.context.viewer
