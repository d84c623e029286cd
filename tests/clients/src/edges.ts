interface Edge {
  node: { id: string };
}

// Live events and pages may bring the same node: the first one stays.
export function unique<E extends Edge>(edges: readonly E[]): E[] {
  return [...new Map([...edges].reverse().map((edge) => [edge.node.id, edge])).values()].reverse();
}

export function newestFirst<E>(edges: readonly E[], time: (edge: E) => string | null): E[] {
  return edges.toSorted((one, other) => Date.parse(time(other) ?? "") - Date.parse(time(one) ?? ""));
}
