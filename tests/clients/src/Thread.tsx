import { useMutation, useQuery } from "@apollo/client/react";
import { useEffect, useRef, type FormEvent } from "react";

import { newestFirst, unique } from "./edges";
import { Faults, faultsOf } from "./faults";
import {
  MarkReadDocument,
  MessageAddedDocument,
  NewerMessagesDocument,
  OlderMessagesDocument,
  ThreadDocument,
  type BubbleFragment,
  type BubblePageFragment,
  type ThreadQuery,
} from "./generated";
import { useOutbox, type Unsent } from "./outbox";

// A conversation from its newest message back, or with the message `around` in the middle.
export function Thread({ id, around }: { id: string; around: string | undefined }) {
  const { data, error, fetchMore, refetch, subscribeToMore, updateQuery } = useQuery(ThreadDocument, {
    variables: { id, around: around ?? null },
    fetchPolicy: "cache-and-network",
  });
  const [markRead] = useMutation(MarkReadDocument);
  const conversation = data?.conversation;
  const page = conversation?.messages;
  const after = data?.feedCursor;
  const newest = page?.edges[0]?.node.id;
  const isUnread = page?.pageInfo.hasPreviousPage === false && (conversation?.unreadCount ?? 0) > 0;

  const outbox = useOutbox(id, (edge) => {
    updateQuery((_, { complete, previousData }) => (complete ? withNewest(previousData, edge) : undefined));
  });

  useEffect(() => {
    if (after === undefined) return;
    return subscribeToMore({
      document: MessageAddedDocument,
      variables: { conversation: id, after },
      updateQuery: (_, { complete, previousData, subscriptionData }) => {
        if (!complete || !subscriptionData.data) return;
        return withNewest(previousData, { cursor: "", node: subscriptionData.data.messageAdded });
      },
      onError: () => void refetch(),
    });
  }, [after, id, refetch, subscribeToMore]);

  useEffect(() => {
    if (isUnread && newest !== undefined) {
      void markRead({ variables: { input: { conversationId: id, upToMessageId: newest } } });
    }
  }, [id, isUnread, markRead, newest]);

  const showOlder = (cursor: string) => {
    void fetchMore({
      query: OlderMessagesDocument,
      variables: { id, after: cursor },
      updateQuery: (previous, { fetchMoreResult }) =>
        withPage(previous, fetchMoreResult.conversation?.messages, (page, { edges, pageInfo }) => ({
          ...page,
          edges: unique([...page.edges, ...edges]),
          pageInfo: { ...page.pageInfo, hasNextPage: pageInfo.hasNextPage, endCursor: pageInfo.endCursor },
        })),
    });
  };
  const showNewer = (cursor: string) => {
    void fetchMore({
      query: NewerMessagesDocument,
      variables: { id, before: cursor },
      updateQuery: (previous, { fetchMoreResult }) =>
        withPage(previous, fetchMoreResult.conversation?.messages, (page, { edges, pageInfo }) => ({
          ...page,
          edges: unique([...edges, ...page.edges]),
          pageInfo: { ...page.pageInfo, hasPreviousPage: pageInfo.hasPreviousPage, startCursor: pageInfo.startCursor },
        })),
    });
  };

  if (!conversation || !page) return <main id="thread"><Faults of={faultsOf(error)} /></main>;
  const arrived = new Set(page.edges.map(({ node }) => node.idempotencyKey));
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
  return (
    <main id="thread" data-id={id}>
      <h2>{conversation.contact?.displayName}</h2>
      <Faults of={faultsOf(error)} />
      {hasNextPage && endCursor && <button id="older" onClick={() => showOlder(endCursor)}>Older</button>}
      <ol id="messages">
        {page.edges.toReversed().map(({ node }) => (
          <Bubble key={node.idempotencyKey ?? node.id} message={node} isHit={node.id === around} />
        ))}
        {outbox.unsent
          .filter(({ key }) => !arrived.has(key))
          .map((message) => (
            <Pending key={message.key} message={message} retry={() => outbox.retry(message)} />
          ))}
      </ol>
      {hasPreviousPage && startCursor && <button id="newer" onClick={() => showNewer(startCursor)}>Newer</button>}
      <Composer canSend={conversation.canSend} reason={conversation.cannotSendReason} send={outbox.send} />
    </main>
  );
}

function Bubble({ message: { id, direction, text }, isHit }: { message: BubbleFragment; isHit: boolean }) {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isHit) item.current?.scrollIntoView({ block: "center" });
  }, [isHit]);
  return (
    <li ref={item} data-id={id} className={direction} aria-current={isHit}>
      {text}
    </li>
  );
}

function Pending({ message: { text, faults }, retry }: { message: Unsent; retry: () => void }) {
  return (
    <li className="OUTBOUND pending">
      {text} <Faults of={faults} /> {faults.length > 0 && <button onClick={retry}>Try again</button>}
    </li>
  );
}

interface ComposerProperties {
  canSend: boolean;
  reason: string | null;
  send: (text: string) => void;
}

function Composer({ canSend, reason, send }: ComposerProperties) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    send(String(new FormData(form).get("text")));
    form.reset();
  };
  return (
    <form id="composer" onSubmit={submit}>
      <input name="text" disabled={!canSend} placeholder={reason ?? "Message"} autoComplete="off" />
      <button disabled={!canSend}>Send</button>
    </form>
  );
}

// While the newest page is not shown, what arrives is not beside it.
function withNewest(data: ThreadQuery, edge: BubblePageFragment["edges"][number]): ThreadQuery {
  return withPage(data, { edges: [edge] }, (page, { edges }) =>
    page.pageInfo.hasPreviousPage
      ? page
      : { ...page, edges: newestFirst(unique([...edges, ...page.edges]), ({ node }) => node.createdAt) },
  );
}

function withPage<More>(
  data: ThreadQuery,
  more: More | null | undefined,
  join: (page: BubblePageFragment, more: More) => BubblePageFragment,
): ThreadQuery {
  const { conversation } = data;
  if (!conversation?.messages || !more) return data;
  return { ...data, conversation: { ...conversation, messages: join(conversation.messages, more) } };
}
