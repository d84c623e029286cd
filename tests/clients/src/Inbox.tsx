import { useQuery } from "@apollo/client/react";
import { useEffect } from "react";

import { newestFirst, unique } from "./edges";
import { Faults, faultsOf } from "./faults";
import { ChangesDocument, InboxDocument, type ChangesSubscription, type ConversationRowFragment } from "./generated";

const PAGE = 10;

// Conversations by activity. It shows for as long as the app does, and its feed keeps all other views up to date.
export function Inbox({ opened, open }: { opened: string | undefined; open: (id: string) => void }) {
  const { data, error, fetchMore, refetch, subscribeToMore } = useQuery(InboxDocument, { variables: { first: PAGE } });
  const after = data?.feedCursor;
  useEffect(() => {
    if (after === undefined) return;
    return subscribeToMore({
      document: ChangesDocument,
      variables: { after },
      updateQuery: (_, { complete, previousData, subscriptionData }) => {
        const node = subscriptionData.data && conversationOf(subscriptionData.data.changes.node);
        if (!complete || !previousData.conversations || !node) return;
        const edges = unique([{ cursor: "", node }, ...previousData.conversations.edges]);
        return { ...previousData, conversations: { ...previousData.conversations, edges } };
      },
      onError: () => void refetch(),
    });
  }, [after, refetch, subscribeToMore]);

  const page = data?.conversations;
  const unread = data?.viewer.accounts.nodes.reduce((sum, each) => sum + (each.unreadConversations ?? 0), 0) ?? 0;
  return (
    <nav>
      <h2>
        Inbox {unread > 0 && <b id="unread">{unread}</b>}
      </h2>
      <Faults of={faultsOf(error)} />
      <ol id="conversations">
        {newestFirst(page?.edges ?? [], ({ node }) => node.lastActivityAt).map(({ node }) => (
          <Row key={node.id} conversation={node} isOpen={node.id === opened} open={() => open(node.id)} />
        ))}
      </ol>
      {page?.pageInfo.hasNextPage && (
        <button id="more" onClick={() => void fetchMore({ variables: { after: page.pageInfo.endCursor } })}>
          More
        </button>
      )}
    </nav>
  );
}

interface RowProperties {
  conversation: ConversationRowFragment;
  isOpen: boolean;
  open: () => void;
}

function Row({ conversation: { id, contact, lastMessage, unreadCount }, isOpen, open }: RowProperties) {
  return (
    <li data-id={id} aria-current={isOpen} onClick={open}>
      <strong>{contact?.displayName ?? "?"}</strong>
      {(unreadCount ?? 0) > 0 && <b>{unreadCount}</b>}
      <p>{lastMessage?.text}</p>
    </li>
  );
}

type ChangedNode = ChangesSubscription["changes"]["node"];

// Accounts and contacts are up to date in the cache once they are received.
function conversationOf(node: ChangedNode): ConversationRowFragment | null {
  if (node.__typename === "Conversation") return node;
  return node.__typename === "Message" ? node.conversation : null;
}
