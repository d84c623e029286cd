import { graphql } from "relay-runtime";

graphql`
  fragment thread_messages on Conversation
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "String" }
    newerCount: { type: "Int" }
    newerCursor: { type: "String" }
    around: { type: "ID" }
  )
  @refetchable(queryName: "threadMessagesQuery") {
    messages(first: $count, after: $cursor, last: $newerCount, before: $newerCursor, around: $around)
      @connection(key: "thread_messages", filters: ["around"]) {
      edges {
        node {
          text
          idempotencyKey
        }
      }
    }
  }
`;

graphql`
  query threadQuery($id: ID!, $around: ID) {
    feedCursor
    conversation(id: $id) {
      ...thread_messages @arguments(around: $around)
    }
  }
`;

graphql`
  mutation threadSendMutation($input: SendMessageInput!, $lists: [ID!]!) {
    sendMessage(input: $input) {
      message @prependNode(connections: $lists, edgeTypeName: "MessageEdge") {
        text
        idempotencyKey
      }
      userErrors {
        message
        path
      }
    }
  }
`;

graphql`
  mutation threadSendEdgeMutation($input: SendMessageInput!, $lists: [ID!]!) {
    sendMessage(input: $input) {
      messageEdge @prependEdge(connections: $lists) {
        cursor
        node {
          text
          idempotencyKey
        }
      }
    }
  }
`;

graphql`
  mutation threadReadMutation($input: MarkConversationReadInput!) {
    markConversationRead(input: $input) {
      conversation {
        unreadCount
        readUntil
      }
    }
  }
`;

graphql`
  subscription threadMessageSubscription($id: ID!, $after: String!, $lists: [ID!]!) {
    messageAdded(conversationId: $id, after: $after) @prependNode(connections: $lists, edgeTypeName: "MessageEdge") {
      text
      idempotencyKey
    }
  }
`;
