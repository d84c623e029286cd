import { ApolloLink, HttpLink } from "@apollo/client";
import { RetryLink } from "@apollo/client/link/retry";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 10_000;

// Queries and mutations go over HTTP, subscriptions share one WebSocket.
export function createLink(url: string, token: string | null): ApolloLink {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const http = new RetryLink({ delay: { initial: FIRST_WAIT_MS, max: LONGEST_WAIT_MS }, attempts: { max: 8 } }).concat(
    new HttpLink({ uri: url, headers }),
  );
  const isSubscription = ({ operationType }: ApolloLink.Operation) => operationType === OperationTypeNode.SUBSCRIPTION;
  return ApolloLink.split(isSubscription, resuming(url, headers), http);
}

// Each connection begins after the last event of the one before: nothing that happens in between is missed.
function resuming(url: string, headers: Record<string, string>): ApolloLink {
  let after: unknown;
  return new GraphQLWsLink(
    createClient({
      url: url.replace(/^http/, "ws"),
      connectionParams: () => ({ ...headers, ...(after === undefined ? {} : { after }) }),
      on: {
        message: (message) => {
          if (message.type === "next") after = message.payload.extensions?.cursor ?? after;
        },
      },
      retryAttempts: Infinity,
      retryWait: waitAtRandom,
      shouldRetry: () => true,
    }),
  );
}

async function waitAtRandom(retries: number): Promise<void> {
  const most = Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_WAIT_MS);
  await new Promise((resolve) => setTimeout(resolve, most * (0.5 + Math.random() / 2)));
}
