import { CombinedGraphQLErrors, type ErrorLike } from "@apollo/client";

import type { FailureFragment } from "./generated";

// The path is that of the input field at fault: "input.participants.0.email". It is empty if no field is.
export interface Fault {
  path: string;
  message: string;
  authorizationUrl: string | null;
}

// All that went wrong with an operation: its user errors, GraphQL errors, or that no answer came.
export function faultsOf(error: ErrorLike | undefined, userErrors: readonly FailureFragment[] = []): Fault[] {
  const expected = userErrors.map(({ path, message, authorizationUrl }) => fault(message, path, authorizationUrl));
  if (error === undefined) return expected;
  if (!CombinedGraphQLErrors.is(error)) return [...expected, fault(error.message)];
  return [
    ...expected,
    ...error.errors.map(({ message, extensions }) => fault(message, extensions?.inputPath as string[] | undefined)),
  ];
}

function fault(message: string, path?: readonly string[] | null, authorizationUrl: string | null = null): Fault {
  return { path: (path ?? []).join("."), message, authorizationUrl };
}

export function Faults({ of: faults }: { of: readonly Fault[] }) {
  return faults.map(({ path, message, authorizationUrl }) => (
    <span role="alert" key={path + message}>
      {message} {authorizationUrl === null ? null : <a href={authorizationUrl}>Connect again</a>}
    </span>
  ));
}

interface FieldProperties {
  name: string;
  label: string;
  faults: readonly Fault[];
  value?: string;
}

export function Field({ name, label, faults, value = "" }: FieldProperties) {
  return (
    <label data-field={name}>
      {label}
      <input name={name} defaultValue={value} />
      <Faults of={faults.filter(({ path }) => path === `input.${name}`)} />
    </label>
  );
}

// What none of the form's fields can show.
export function OtherFaults({ fields, faults }: { fields: readonly string[]; faults: readonly Fault[] }) {
  const shown = new Set(fields.map((name) => `input.${name}`));
  return (
    <p data-field="">
      <Faults of={faults.filter(({ path }) => !shown.has(path))} />
    </p>
  );
}
