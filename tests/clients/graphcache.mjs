// urql's Graphcache with the app's operations, and with a query of all that a viewer can read.
// Arguments: the schema's file, the gateway's URL. Prints what the cache warned of, as a JSON list.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { getIntrospectedSchema, minifyIntrospectionQuery } from "@urql/introspection";
import { buildSchema, getNamedType, isInterfaceType, isObjectType, isRequiredArgument, parse, visit } from "graphql";

const [path, url] = process.argv.slice(2);
const source = readFileSync(path, "utf8");
const schema = buildSchema(source);
const warnings = [];
console.warn = console.error = (...texts) => warnings.push(texts.join(" "));

const folder = join(import.meta.dirname, "src");
const definitions = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".graphql"))
    .flatMap((name) => parse(readFileSync(join(folder, name), "utf8")).definitions)
    .map((definition) => [definition.name.value, definition]),
);

// An operation of the app with the fragments that it spreads.
function operation(name) {
  const wanted = new Set();
  const add = (definition) => {
    wanted.add(definition);
    visit(definition, { FragmentSpread: (spread) => add(definitions.get(spread.name.value)) });
  };
  add(definitions.get(name));
  return { kind: "Document", definitions: [...wanted] };
}

// Types without an id are parts of what has one.
const keys = {
  Change: () => null,
  DialIn: () => null,
  Media: () => null,
  Participant: () => null,
  UserError: () => null,
  Viewer: () => null,
};

// All fields of a type, and those of the objects below it: down to others' ids, and to a few in each list.
function everything(type, depth) {
  const fields = Object.values(type.getFields()).filter((field) => !field.args.some(isRequiredArgument));
  const selections = fields.map((field) => {
    const below = getNamedType(field.type);
    const page = field.args.some(({ name }) => name === "first") ? "(first: 2)" : "";
    if (!isObjectType(below)) return isInterfaceType(below) ? "" : field.name;
    if (depth > 0 || !below.getFields().id) return `${field.name}${page} ${everything(below, depth - 1)}`;
    return `${field.name} { id }`;
  });
  return `{ ${selections.join(" ")} }`;
}

const client = new Client({
  url,
  preferGetMethod: false,
  exchanges: [
    cacheExchange({ schema: minifyIntrospectionQuery(getIntrospectedSchema(source)), keys }),
    fetchExchange,
  ],
  fetchSubscriptions: true,
});

async function data(promise) {
  const { data, error } = await promise;
  assert.equal(error, undefined);
  return data;
}
const query = (document, variables) => data(client.query(document, variables).toPromise());
const mutate = async (document, variables) => {
  const payloads = Object.values(await data(client.mutation(document, variables).toPromise()));
  for (const payload of payloads) assert.deepEqual(payload.userErrors, []);
  return payloads[0];
};

const CONNECT = `mutation ($input: ConnectAccountInput!) {
  connectAccount(input: $input) { account { id phoneNumbers { id number } } userErrors { message } }
}`;
const ADD = `mutation ($input: CreateContactInput!) {
  createContact(input: $input) { contact { id } contactEdge { cursor node { id } } userErrors { message } }
}`;
const CONVERSE = `mutation ($input: CreateConversationInput!) {
  createConversation(input: $input) {
    conversation { id } conversationEdge { cursor node { id } } userErrors { message }
  }
}`;

const { account: ann } = await mutate(CONNECT, { input: { provider: "local" } });
const { account: bob } = await mutate(CONNECT, { input: { provider: "local" } });
const [ours, theirs] = [ann, bob].map((account) => account.phoneNumbers[0].number);
const person = { accountId: ann.id, firstName: "Bob", lastName: "Smith", number: theirs };
const { contact } = await mutate(ADD, { input: person });
const { conversation } = await mutate(CONVERSE, { input: { contactId: contact.id, fromNumber: ours } });

const inbox = await query(operation("Inbox"), { first: 10 });
const changes = client.subscription(operation("Changes"), { after: inbox.feedCursor });
const event = new Promise((resolve) => changes.subscribe(({ data, error }) => resolve(data ?? error)));
const { messageEdge } = await mutate(operation("SendMessage"), {
  input: {
    conversationId: conversation.id,
    text: "hello",
    mediaUrls: ["https://example.com/photo.png"],
    idempotencyKey: "1",
  },
});
assert.ok((await event).changes.cursor);
const message = messageEdge.node.id;
await query(operation("Thread"), { id: conversation.id, around: message });
await mutate(operation("MarkRead"), { input: { conversationId: conversation.id, upToMessageId: message } });
await query(operation("Search"), { text: "hello" });

const filter = { from: "2030-05-06T00:00:00Z", to: "2030-05-13T00:00:00Z" };
const { meetingEdge } = await mutate(operation("ScheduleMeeting"), {
  input: {
    accountId: ann.id,
    title: "Tea",
    localStartTime: "2030-05-06T10:00",
    timeZone: "Europe/Vienna",
    durationMinutes: 30,
    participants: [{ email: "bob@example.com" }],
  },
});
const refused = client.mutation(operation("CancelMeeting"), { input: { meetingId: message } });
assert.equal((await data(refused.toPromise())).cancelMeeting.userErrors.length, 1);
await query(operation("Calendar"), { filter });
await mutate(operation("RescheduleMeeting"), {
  input: { meetingId: meetingEdge.node.id, localStartTime: "2030-05-07T10:00" },
});
const all = `query ${everything(schema.getQueryType(), 2)}`;
await query(all, {});
const cached = await client.query(all, {}, { requestPolicy: "cache-only" }).toPromise();
assert.ok(cached.data, "The cache can't answer what it has been given.");

await mutate(operation("CancelMeeting"), { input: { meetingId: meetingEdge.node.id } });

console.log(JSON.stringify(warnings));
process.exit(0);
