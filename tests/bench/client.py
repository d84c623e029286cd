"""A client that asks for what the benchmarks need, and fails when anything goes wrong."""

from typing import Any

import httpx


class Client:
    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of the answer."""
        answer = self._http.post("/graphql", json={"query": query, "variables": variables}).json()
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return answer["data"]

    def mutate(self, mutation: str, input_type: str, selection: str, **input: Any) -> Any:
        """Run a mutation and return its payload. Raise RuntimeError for userErrors."""
        field = f"{mutation}(input: $input) {{ {selection} userErrors {{ message }} }}"
        payload = self.ask(f"mutation($input: {input_type}!) {{ {field} }}", input=input)[mutation]
        if payload["userErrors"]:
            raise RuntimeError(payload["userErrors"])
        return payload
