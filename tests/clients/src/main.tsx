import { ApolloProvider } from "@apollo/client/react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { createClient } from "./client";

// #gateway=http://127.0.0.1:8000&token=… says which gateway to ask, and for whom.
const parameters = new URLSearchParams(location.hash.slice(1));
const client = createClient(`${parameters.get("gateway")}/graphql`, parameters.get("token"));

createRoot(document.getElementById("app")!).render(
  <ApolloProvider client={client}>
    <App />
  </ApolloProvider>,
);
