// The compilers and linters that front-ends use, on the schema whose file is the first argument.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import graphqlPlugin from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";
import { buildSchema, parse } from "graphql";

import { run } from "./check.mjs";

const path = process.argv[2];
const source = readFileSync(path, "utf8");
const require = createRequire(import.meta.url);

const COMPONENT = `
import { graphql } from "relay-runtime";
graphql\`
  fragment app_meetings on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "appMeetingsQuery") {
    meetings(first: $count, after: $cursor) @connection(key: "app_meetings") { edges { node { id title } } }
  }
\`;
graphql\`query appQuery { ...app_meetings viewer { userId } }\`;
graphql\`mutation appMutation($input: ScheduleMeetingInput!, $to: [ID!]!) {
  scheduleMeeting(input: $input) {
    meeting @appendNode(connections: $to, edgeTypeName: "MeetingEdge") { id }
    userErrors { message }
  }
}\`;
graphql\`subscription appSubscription { messageAdded { id text } }\`;
`;

// The public contract has `nodes` beside `edges`, and plain lists of what is never paged.
const PLAIN_LISTS = { "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }] };

// Values are part of what has an id.
const VALUES = {
  "@graphql-eslint/strict-id-in-types": [
    "error",
    {
      exceptions: {
        suffixes: ["Connection", "Edge", "Payload"],
        types: ["Change", "DialIn", "Media", "PageInfo", "Participant", "Provider", "Subscription", "UserError", "Viewer"],
      },
    },
  ],
};

// Promised by the public contract, and used by no field yet.
const PROMISED = ["Date", "JSON"].map(
  (name) => `@graphql-eslint/no-unreachable-types: Scalar type \`${name}\` is unreachable.`,
);

async function lint(name, exceptions) {
  const eslint = new ESLint({
    cwd: mkdtempSync(join(tmpdir(), "lint-")),
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ["**/*.graphql"],
        plugins: { "@graphql-eslint": graphqlPlugin },
        languageOptions: {
          parser: graphqlPlugin.parser,
          parserOptions: { graphQLConfig: { schema: source } },
        },
        rules: { ...graphqlPlugin.configs[`flat/${name}`].rules, ...exceptions },
      },
    ],
  });
  const [result] = await eslint.lintText(source, { filePath: "schema.graphql" });
  return result.messages.map((each) => `${each.ruleId}: ${each.message}`);
}

await run({
  async "Relay's compiler accepts the schema"() {
    const folder = mkdtempSync(join(tmpdir(), "relay-"));
    mkdirSync(join(folder, "src"));
    copyFileSync(path, join(folder, "schema.graphql"));
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "src", "app.js"), COMPONENT);
    writeFileSync(
      join(folder, "relay.config.json"),
      JSON.stringify({ src: "./src", schema: "./schema.graphql", language: "javascript", eagerEsModules: true }),
    );
    execFileSync(process.execPath, [require.resolve("relay-compiler/cli.js")], { cwd: folder, stdio: "pipe" });
    assert.ok(readdirSync(join(folder, "src", "__generated__")).includes("appQuery.graphql.js"));
  },

  async "GraphQL Code Generator accepts the schema"() {
    buildSchema(source);
    const types = await codegen({
      filename: "schema.ts",
      schema: parse(source),
      documents: [],
      plugins: [{ typescript: {} }],
      pluginMap: { typescript },
      config: {},
    });
    assert.match(types, /export type Meeting = Node & \{/);
  },

  async "graphql-eslint's schema-relay rules pass"() {
    assert.deepEqual(await lint("schema-relay", PLAIN_LISTS), []);
  },

  async "graphql-eslint's schema-recommended rules pass"() {
    assert.deepEqual(await lint("schema-recommended", VALUES), PROMISED);
  },
});
