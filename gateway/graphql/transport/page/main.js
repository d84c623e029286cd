// GraphiQL where its CDN can be reached, the plain page where not.

const CDN = "https://cdn.jsdelivr.net/npm/";
const STYLE = [
  "graphiql@4.1.2/graphiql.min.css",
  "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
];
const SCRIPTS = [
  [
    "react@18.3.1/umd/react.production.min.js",
    "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
  ],
  [
    "react-dom@18.3.1/umd/react-dom.production.min.js",
    "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
  ],
  [
    "graphiql@4.1.2/graphiql.min.js",
    "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
  ],
];
const PATIENCE = 5000; // milliseconds
const EXAMPLE = `# Ctrl+Enter runs what is written here.
{
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`;

function load(name, attributes) {
  return new Promise((resolve, reject) => {
    const settings = { crossOrigin: "anonymous", async: false, onload: resolve, onerror: reject };
    document.head.append(Object.assign(document.createElement(name), settings, attributes));
  });
}

function loadGraphiql() {
  const [style, integrity] = STYLE;
  return Promise.all([
    load("link", { rel: "stylesheet", integrity, href: CDN + style }),
    ...SCRIPTS.map(([script, integrity]) => load("script", { integrity, src: CDN + script })),
  ]);
}

function showGraphiql(query) {
  const place = document.getElementById("graphiql");
  place.hidden = false;
  const fetcher = (request, options) => results(request, options?.headers);
  const properties = { fetcher, defaultQuery: EXAMPLE, query: query ?? undefined };
  ReactDOM.createRoot(place).render(React.createElement(GraphiQL, properties));
}

const linked = new URLSearchParams(location.search).get("query");
const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
Promise.race([loadGraphiql(), late]).then(
  () => showGraphiql(linked),
  () => showExplorer(linked ?? EXAMPLE),
);
