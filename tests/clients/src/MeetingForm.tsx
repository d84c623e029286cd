import { useMutation } from "@apollo/client/react";
import { useState, type FormEvent } from "react";

import { Field, OtherFaults, faultsOf } from "./faults";
import { ScheduleMeetingDocument, type ScheduleMeetingInput, type ScheduleMeetingMutation } from "./generated";

type Edge = NonNullable<ScheduleMeetingMutation["scheduleMeeting"]["meetingEdge"]>;

const FIELDS = [
  "title",
  "localStartTime",
  "timeZone",
  "durationMinutes",
  "participants.0.email",
  "participants.1.email",
];

interface MeetingFormProperties {
  accountId: string;
  day: string;
  show: (scheduled: Edge) => void;
}

// Checks nothing: each error of the gateway names the field that shows it.
export function MeetingForm({ accountId, day, show }: MeetingFormProperties) {
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [schedule, { data, error }] = useMutation(ScheduleMeetingDocument);
  const faults = faultsOf(error, data?.scheduleMeeting.userErrors);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const input = inputOf(new FormData(event.currentTarget), accountId, key);
    const scheduled = await schedule({ variables: { input } });
    if (scheduled.data?.scheduleMeeting.meetingEdge) {
      show(scheduled.data.scheduleMeeting.meetingEdge);
      setKey(crypto.randomUUID());
    }
  };
  return (
    <form id="schedule" onSubmit={(event) => void submit(event)}>
      <h3>New meeting</h3>
      <Field name="title" label="Title" faults={faults} />
      <Field name="localStartTime" label="Begins" value={`${day}T10:00`} faults={faults} />
      <Field name="timeZone" label="Time zone" value="Europe/Vienna" faults={faults} />
      <Field name="durationMinutes" label="Minutes" value="30" faults={faults} />
      <Field name="participants.0.email" label="Guest" faults={faults} />
      <Field name="participants.1.email" label="Second guest" faults={faults} />
      <OtherFaults fields={FIELDS} faults={faults} />
      <button>Schedule</button>
    </form>
  );
}

function inputOf(form: FormData, accountId: string, idempotencyKey: string): ScheduleMeetingInput {
  const text = (name: string) => String(form.get(name));
  const guests = ["participants.0.email", "participants.1.email"].map(text).filter((email) => email !== "");
  return {
    accountId,
    title: text("title"),
    localStartTime: text("localStartTime"),
    timeZone: text("timeZone"),
    durationMinutes: Number(text("durationMinutes")),
    participants: guests.map((email) => ({ email })),
    idempotencyKey,
  };
}
