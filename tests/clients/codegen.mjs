// Writes src/generated.ts: the types of the operations in src, their documents, and which types are Nodes.
// The first argument is the schema's file.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { codegen } from "@graphql-codegen/core";
import * as documents from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, isAbstractType, parse } from "graphql";

const SOURCE = join(import.meta.dirname, "src");
const SCALARS = { Date: "string", DateTime: "string", JSON: "unknown", LocalDateTime: "string", TimeZone: "string" };

const schema = readFileSync(process.argv[2], "utf8");

function possibleTypes(built) {
  const abstract = Object.values(built.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(abstract.map((type) => [type.name, built.getPossibleTypes(type).map(({ name }) => name)]));
}

const code = await codegen({
  filename: "generated.ts",
  schema: parse(schema),
  documents: readdirSync(SOURCE)
    .filter((name) => name.endsWith(".graphql"))
    .map((name) => ({ location: name, document: parse(readFileSync(join(SOURCE, name), "utf8")) })),
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations, documents },
  config: { strictScalars: true, scalars: SCALARS, futureProofEnums: true, useTypeImports: true, skipTypename: false },
});
const nodes = JSON.stringify(possibleTypes(buildSchema(schema)), null, 2);
writeFileSync(join(SOURCE, "generated.ts"), `${code}\nexport const possibleTypes = ${nodes};\n`);
