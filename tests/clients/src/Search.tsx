import { useQuery } from "@apollo/client/react";
import { useState, type FormEvent } from "react";

import { Faults, faultsOf } from "./faults";
import { SearchDocument } from "./generated";

// Conversations by contact, and messages by text.
export function Search({ open }: { open: (conversation: string, around?: string) => void }) {
  const [text, setText] = useState("");
  const { data, error } = useQuery(SearchDocument, {
    variables: { text },
    skip: text === "",
    fetchPolicy: "network-only",
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setText(String(new FormData(event.currentTarget).get("text")));
  };
  return (
    <main id="search">
      <form onSubmit={submit}>
        <input name="text" placeholder="Search" autoComplete="off" />
        <button>Search</button>
      </form>
      <Faults of={faultsOf(error)} />
      <ol id="people">
        {data?.conversations?.edges.map(({ node: { id, contact } }) => (
          <li key={id} data-id={id} onClick={() => open(id)}>
            <strong>{contact?.displayName}</strong>
          </li>
        ))}
      </ol>
      <ol id="hits">
        {data?.messages?.edges.map(({ node: { id, text, conversation } }) => (
          <li key={id} data-id={id} onClick={() => open(conversation.id, id)}>
            <strong>{conversation.contact?.displayName}</strong> {text}
          </li>
        ))}
      </ol>
    </main>
  );
}
