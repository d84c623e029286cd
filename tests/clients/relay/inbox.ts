import { graphql } from "relay-runtime";

graphql`
  fragment inbox_conversations on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
    filter: { type: "ConversationFilter" }
  )
  @refetchable(queryName: "inboxConversationsQuery") {
    conversations(first: $count, after: $cursor, filter: $filter, orderBy: LAST_ACTIVITY_DESC)
      @connection(key: "inbox_conversations", filters: ["filter"]) {
      edges {
        node {
          ...inbox_row
        }
      }
    }
  }
`;

graphql`
  fragment inbox_row on Conversation @refetchable(queryName: "inboxRowQuery") {
    lastActivityAt
    unreadCount
    readUntil
    canSend
    cannotSendReason
    contact {
      displayName
      isNamed
    }
    lastMessage {
      text
    }
  }
`;

graphql`
  fragment inbox_accounts on Viewer
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "inboxAccountsQuery") {
    accounts(first: $count, after: $cursor) @connection(key: "inbox_accounts") {
      edges {
        node {
          unreadConversations
          provider {
            ...inbox_provider
          }
        }
      }
    }
  }
`;

graphql`
  fragment inbox_provider on Provider @refetchable(queryName: "inboxProviderQuery") {
    name
    capabilities
  }
`;

graphql`
  query inboxQuery {
    feedCursor
    viewer {
      userId
      ...inbox_accounts
    }
    ...inbox_conversations
  }
`;

graphql`
  subscription inboxChangesSubscription($after: String!) {
    changes(after: $after) {
      cursor
      kind
      node {
        ... on Conversation {
          ...inbox_row @alias
        }
        ... on Message {
          conversation {
            ...inbox_row
          }
        }
      }
    }
  }
`;

graphql`
  subscription inboxConversationSubscription($after: String!, $lists: [ID!]!) {
    conversationChanged(after: $after) @prependNode(connections: $lists, edgeTypeName: "ConversationEdge") {
      ...inbox_row
    }
  }
`;

graphql`
  mutation inboxBeginMutation($input: CreateConversationInput!, $lists: [ID!]!) {
    createConversation(input: $input) {
      conversationEdge @prependEdge(connections: $lists) {
        node {
          ...inbox_row
        }
      }
    }
  }
`;
