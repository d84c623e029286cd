import { useMutation } from "@apollo/client/react";
import { useEffect, useState } from "react";

import { faultsOf, type Fault } from "./faults";
import { SendMessageDocument, type SendMessageMutation } from "./generated";

const STORED = "outbox";

export interface Unsent {
  key: string;
  conversationId: string;
  text: string;
  faults: Fault[];
}

export type SentEdge = NonNullable<SendMessageMutation["sendMessage"]["messageEdge"]>;

export interface Outbox {
  unsent: Unsent[];
  send: (text: string) => void;
  retry: (message: Unsent) => void;
}

// What is not known to be sent. It outlives the page: sending it again with its key sends it once.
export function useOutbox(conversationId: string, receive: (sent: SentEdge) => void): Outbox {
  const [unsent, setUnsent] = useState<Unsent[]>(stored);
  const [sendMessage] = useMutation(SendMessageDocument);

  useEffect(() => localStorage.setItem(STORED, JSON.stringify(unsent)), [unsent]);

  const attempt = async (message: Unsent) => {
    const { key, text } = message;
    const { data, error } = await sendMessage({ variables: { input: { conversationId, text, idempotencyKey: key } } });
    const faults = faultsOf(error, data?.sendMessage.userErrors);
    if (data?.sendMessage.messageEdge) receive(data.sendMessage.messageEdge);
    const others = (all: Unsent[]) => all.filter((each) => each.key !== key);
    setUnsent((all) => (faults.length > 0 ? [...others(all), { ...message, faults }] : others(all)));
  };
  useEffect(() => unsentIn(unsent, conversationId).forEach((message) => void attempt(message)), []);

  const send = (text: string) => {
    const message = { key: crypto.randomUUID(), conversationId, text, faults: [] };
    setUnsent((all) => [...all, message]);
    void attempt(message);
  };
  return {
    unsent: unsentIn(unsent, conversationId),
    send,
    retry: (message) => void attempt(message),
  };
}

function unsentIn(all: readonly Unsent[], conversationId: string): Unsent[] {
  return all.filter((each) => each.conversationId === conversationId);
}

function stored(): Unsent[] {
  return JSON.parse(localStorage.getItem(STORED) ?? "[]") as Unsent[];
}
