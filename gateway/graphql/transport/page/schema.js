// The schema to read: all types with their fields, the roots first.

const INTROSPECTION = `{
  __schema {
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      name
      description
      fields { name description type { ...Type } args { ...Value } }
      inputFields { ...Value }
      enumValues { name description }
    }
  }
}
fragment Value on __InputValue { name description type { ...Type } }
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

async function showSchema(place, headers) {
  const { value } = await results({ query: INTROSPECTION }, headers).next();
  const schema = value.data?.__schema;
  if (!schema) return place.replaceChildren("The schema can't be read.");
  const roots = [schema.queryType, schema.mutationType, schema.subscriptionType].map((type) => type?.name);
  const rank = ({ name }) => (roots.includes(name) ? roots.indexOf(name) : roots.length);
  const types = schema.types.filter(({ name }) => !name.startsWith("__"));
  types.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
  place.replaceChildren(...types.map((type) => described(type, roots.includes(type.name))));
}

function described(type, open) {
  const parts = [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])];
  const list = node("dl", ...parts.flatMap((part) => [
    node("dt", node("code", signature(part))),
    node("dd", part.description ?? ""),
  ]));
  const details = node("details", node("summary", type.name), node("p", type.description ?? ""), list);
  details.open = open;
  return details;
}

function signature({ name, args, type }) {
  const given = args?.length ? `(${args.map(signature).join(", ")})` : "";
  return name + given + (type ? `: ${written(type)}` : "");
}

function written({ kind, name, ofType }) {
  if (kind === "NON_NULL") return `${written(ofType)}!`;
  return kind === "LIST" ? `[${written(ofType)}]` : name;
}

function node(name, ...children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}
