import { graphql } from "relay-runtime";

graphql`
  fragment search_messages on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
    filter: { type: "MessageFilter!" }
  )
  @refetchable(queryName: "searchMessagesQuery") {
    messages(first: $count, after: $cursor, filter: $filter) @connection(key: "search_messages") {
      edges {
        node {
          text
          conversation {
            ...inbox_row
          }
        }
      }
    }
  }
`;

graphql`
  fragment search_contacts on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
    filter: { type: "ContactFilter!" }
  )
  @refetchable(queryName: "searchContactsQuery") {
    contacts(first: $count, after: $cursor, filter: $filter, orderBy: NAME_ASC)
      @connection(key: "search_contacts", filters: ["filter"]) {
      edges {
        node {
          ...search_contact
        }
      }
    }
  }
`;

graphql`
  fragment search_contact on Contact
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "searchContactQuery") {
    displayName
    isNamed
    conversations(first: $count, after: $cursor) @connection(key: "search_contact_conversations") {
      edges {
        node {
          ...inbox_row
        }
      }
    }
  }
`;

graphql`
  query searchQuery($messages: MessageFilter!, $contacts: ContactFilter!, $conversations: ConversationFilter!) {
    ...search_messages @arguments(filter: $messages)
    ...search_contacts @arguments(filter: $contacts)
    ...inbox_conversations @arguments(filter: $conversations)
  }
`;

graphql`
  mutation searchAddMutation($input: CreateContactInput!, $lists: [ID!]!) {
    createContact(input: $input) {
      contactEdge @prependEdge(connections: $lists) {
        node {
          ...search_contact
        }
      }
    }
  }
`;

graphql`
  subscription searchContactSubscription($after: String!, $lists: [ID!]!) {
    contactChanged(after: $after) @prependNode(connections: $lists, edgeTypeName: "ContactEdge") {
      ...search_contact
    }
  }
`;
