// The clients that front-ends are made with, against the gateway whose URL is the first argument.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { auditServer } from "graphql-http";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

import { next, run } from "./check.mjs";

const url = `${process.argv[2]}/graphql`;
const sockets = () => createWsClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });

const VIEWER = "query Viewer { viewer { userId } }";
const CONNECT = 'mutation Connect { connectAccount(input: { provider: "local" }) { account { id } } }';
const CHANGED = "subscription Changed($after: String) { accountChanged(after: $after) { id } }";

async function connect() {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: CONNECT }),
  });
  return (await response.json()).data.connectAccount.account.id;
}

// A subscription is active once it delivers an event: until then, connect an account from time to time.
async function firstEvent(subscribe) {
  const connecting = setInterval(connect, 100);
  try {
    return await next(subscribe);
  } finally {
    clearInterval(connecting);
  }
}

function apollo(link) {
  return new ApolloClient({ cache: new InMemoryCache(), link });
}

await run({
  async "graphql-http audits 61 of 61"() {
    const results = await auditServer({ url });
    const faults = results.filter((result) => result.status !== "ok");
    assert.deepEqual(faults.map((result) => `${result.status} ${result.name}: ${result.reason}`), []);
    assert.equal(results.length, 61);
  },

  async "Apollo Client queries and mutates"() {
    const client = apollo(new HttpLink({ uri: url }));
    assert.equal((await client.query({ query: gql(VIEWER) })).data.viewer.userId, "local");
    assert.ok((await client.mutate({ mutation: gql(CONNECT) })).data.connectAccount.account.id);
  },

  async "Apollo Client receives errors"() {
    const client = apollo(new HttpLink({ uri: url }));
    const failure = client.query({ query: gql("{ nothing }") });
    await assert.rejects(failure, (error) => error.errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED");
  },

  async "Apollo Client names queries by their hashes"() {
    const sent = [];
    const counting = (uri, options) => sent.push(`${options.method} ${options.body ?? ""}`) && fetch(uri, options);
    const sha256 = (text) => createHash("sha256").update(text).digest("hex");
    const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
    const query = gql(`query Hashed${process.pid} { viewer { userId } }`);
    for (let times = 0; times < 2; times += 1) {
      const client = apollo(link.concat(new HttpLink({ uri: url, fetch: counting })));
      assert.equal((await client.query({ query })).data.viewer.userId, "local");
    }
    assert.equal(sent.filter((request) => request.includes('"query"')).length, 1);
    assert.ok(sent.at(-1).startsWith("GET"));
  },

  async "Apollo Client subscribes over graphql-ws"() {
    const client = apollo(new GraphQLWsLink(sockets()));
    const event = await firstEvent((observer) => {
      const subscription = client.subscribe({ query: gql(CHANGED) }).subscribe(observer);
      return () => subscription.unsubscribe();
    });
    assert.ok(event.data.accountChanged.id);
  },

  async "urql queries, mutates and receives errors"() {
    const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false });
    assert.equal((await client.query(VIEWER, {}).toPromise()).data.viewer.userId, "local");
    assert.ok((await client.mutation(CONNECT, {}).toPromise()).data.connectAccount.account.id);
    const { error } = await client.query("{ nothing }", {}).toPromise();
    assert.equal(error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  },

  async "urql queries by GET"() {
    const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: "force" });
    assert.equal((await client.query(VIEWER, {}).toPromise()).data.viewer.userId, "local");
  },

  async "urql subscribes over graphql-ws"() {
    const socket = sockets();
    const forwardSubscription = (request) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query }, sink) }),
    });
    const client = new Client({ url, exchanges: [subscriptionExchange({ forwardSubscription })] });
    const event = await firstEvent((observer) => {
      const subscription = client.subscription(CHANGED, {}).subscribe(observer.next);
      return () => subscription.unsubscribe();
    });
    assert.ok(event.data.accountChanged.id);
  },

  async "urql subscribes over server-sent events"() {
    const exchanges = [fetchExchange];
    const client = new Client({ url, exchanges, fetchSubscriptions: true, preferGetMethod: false });
    const event = await firstEvent((observer) => {
      const subscription = client.subscription(CHANGED, {}).subscribe(observer.next);
      return () => subscription.unsubscribe();
    });
    assert.ok(event.data.accountChanged.id);
  },

  async "graphql-ws queries, and resumes without a gap or a repeat"() {
    const client = sockets();
    const answer = await next((observer) => client.subscribe({ query: VIEWER }, observer));
    assert.equal(answer.data.viewer.userId, "local");
    const seen = await firstEvent((observer) => client.subscribe({ query: CHANGED }, observer));
    const missed = [await connect(), await connect()];
    await resumes(missed, seen, (payload, observer) => client.subscribe(payload, observer));
    await client.dispose();
  },

  async "graphql-sse queries, and resumes without a gap or a repeat"() {
    const client = createSseClient({ url });
    const answer = await next((observer) => client.subscribe({ query: VIEWER }, observer));
    assert.equal(answer.data.viewer.userId, "local");
    const seen = await firstEvent((observer) => client.subscribe({ query: CHANGED }, observer));
    const missed = [await connect(), await connect()];
    await resumes(missed, seen, (payload, observer) => client.subscribe(payload, observer));
    client.dispose();
  },
});

async function resumes(missed, seen, subscribe) {
  const received = [];
  await new Promise((resolve, reject) => {
    const payload = { query: CHANGED, variables: { after: seen.extensions.cursor } };
    const receive = (event) => {
      received.push(event.data.accountChanged.id);
      if (received.includes(missed.at(-1))) resolve();
    };
    subscribe(payload, { next: receive, error: reject, complete: reject });
  });
  assert.ok(!received.includes(seen.data.accountChanged.id));
  assert.deepEqual(received.slice(-2), missed);
  assert.equal(new Set(received).size, received.length);
}
