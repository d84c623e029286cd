// The plain page: a form, what comes of it, and the schema.

function showExplorer(query) {
  const [page, run, stop, answer, schema, ...fields] = [
    "explorer", "run", "stop", "answer", "schema", "query", "variables", "headers",
  ].map((id) => document.getElementById(id));
  const [text, variables, headers] = fields;
  let running;

  const parsed = (field) => (field.value.trim() ? JSON.parse(field.value) : undefined);
  const say = (value) => answer.append(`${typeof value === "string" ? value : JSON.stringify(value, null, 2)}\n`);

  async function execute() {
    await running?.return();
    answer.replaceChildren();
    stop.disabled = false;
    try {
      const own = results({ query: text.value, variables: parsed(variables) }, parsed(headers));
      running = own;
      for await (const result of own) say(result);
    } catch (error) {
      if (error.name !== "AbortError") say(String(error));
    }
    stop.disabled = true;
  }

  page.hidden = false;
  text.value = query;
  text.focus();
  run.onclick = execute;
  stop.onclick = () => running?.return();
  headers.onchange = () => showSchema(schema, parsed(headers)).catch((error) => schema.replaceChildren(String(error)));
  page.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) execute();
  };
  headers.onchange();
}
