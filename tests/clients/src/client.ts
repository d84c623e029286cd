import { ApolloClient, InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

import { possibleTypes } from "./generated";
import { createLink } from "./link";

declare module "@apollo/client" {
  namespace ApolloClient {
    namespace DeclareDefaultOptions {
      interface WatchQuery {
        errorPolicy: "all";
      }
      interface Query {
        errorPolicy: "all";
      }
      interface Mutate {
        errorPolicy: "all";
      }
    }
  }
}

export function createClient(url: string, token: string | null): ApolloClient {
  return new ApolloClient({
    link: createLink(url, token),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        Viewer: { keyFields: [] },
        Query: {
          fields: {
            conversations: relayStylePagination(["orderBy", "filter"]),
            // Each query has a position of its own: that of another one would leave a gap.
            feedCursor: { keyArgs: (_, { variables }) => JSON.stringify(variables) },
          },
        },
        Conversation: { fields: { messages: { keyArgs: ["around"] } } },
      },
    }),
    // A field that failed costs itself, not the answer.
    defaultOptions: {
      watchQuery: { errorPolicy: "all" },
      query: { errorPolicy: "all" },
      mutate: { errorPolicy: "all" },
    },
  });
}
