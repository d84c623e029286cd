// What comes of an operation, one result after the other: of a subscription each of its events.
// A fetcher as GraphiQL wants it, for the plain page, too.

function results(request, headers) {
  const leaving = new AbortController();
  const answers = read(request, headers, leaving.signal);
  return {
    next: () => answers.next(),
    return: async () => {
      leaving.abort();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* read(request, headers, signal) {
  const response = await fetch(location.pathname, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify(request),
    signal,
  });
  if (response.headers.get("Content-Type").startsWith("text/event-stream")) yield* events(response.body);
  else yield await response.json();
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let unread = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (unread + value).split("\n\n");
    unread = blocks.pop();
    for (const block of blocks) {
      const next = block.match(/^event: next\n(?:id: .*\n)?data: (.*)$/);
      if (next) yield JSON.parse(next[1]);
    }
  }
}
