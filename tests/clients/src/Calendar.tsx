import { useMutation, useQuery } from "@apollo/client/react";
import { useEffect, useMemo, useState, type FormEvent } from "react";

import { daysAfter, midnight, mondayOf } from "./days";
import { unique } from "./edges";
import { Faults, Field, OtherFaults, faultsOf } from "./faults";
import {
  CalendarDocument,
  CancelMeetingDocument,
  MeetingChangedDocument,
  RescheduleMeetingDocument,
  type AppointmentFragment,
  type CalendarQuery,
} from "./generated";
import { MeetingForm } from "./MeetingForm";

type Edge = NonNullable<CalendarQuery["meetings"]>["edges"][number];

// A week from `monday`, a date. A meeting is in the column of the day that clocks in its time zone show.
export function Calendar({ monday, showWeek }: { monday: string; showWeek: (monday: string) => void }) {
  const days = useMemo(() => Array.from({ length: 7 }, (_, day) => daysAfter(monday, day)), [monday]);
  const filter = useMemo(() => ({ from: midnight(monday), to: midnight(daysAfter(monday, 7)) }), [monday]);
  const { data, error, refetch, subscribeToMore, updateQuery } = useQuery(CalendarDocument, {
    variables: { filter },
    fetchPolicy: "cache-and-network",
  });
  const after = data?.feedCursor;
  useEffect(() => {
    if (after === undefined) return;
    return subscribeToMore({
      document: MeetingChangedDocument,
      variables: { filter, after },
      updateQuery: (_, { complete, previousData, subscriptionData }) => {
        if (!complete || !subscriptionData.data) return;
        return withMeeting(previousData, { cursor: "", node: subscriptionData.data.meetingChanged });
      },
      onError: () => void refetch(),
    });
  }, [after, filter, refetch, subscribeToMore]);

  const show = (edge: Edge) => {
    updateQuery((_, { complete, previousData }) => (complete ? withMeeting(previousData, edge) : undefined));
  };
  const account = data?.viewer.accounts.nodes.find(({ capabilities }) => capabilities.includes("SCHEDULE_MEETING"));
  const meetings = data?.meetings?.edges.map(({ node }) => node) ?? [];
  return (
    <main id="calendar">
      <h2>
        Week of{" "}
        <input
          type="date"
          value={monday}
          onChange={({ target }) => target.valueAsNumber && showWeek(mondayOf(new Date(`${target.value}T00:00`)))}
        />
      </h2>
      <Faults of={faultsOf(error)} />
      <div id="week">
        {days.map((day) => (
          <section key={day} data-day={day}>
            <h3>{day}</h3>
            {meetings
              .filter((meeting) => dayOf(meeting) === day)
              .map((meeting) => (
                <Appointment key={meeting.id} meeting={meeting} />
              ))}
          </section>
        ))}
      </div>
      {account && <MeetingForm accountId={account.id} day={monday} show={show} />}
    </main>
  );
}

function Appointment({ meeting }: { meeting: AppointmentFragment }) {
  const [isMoving, setIsMoving] = useState(false);
  const [cancel, { data, error }] = useMutation(CancelMeetingDocument);
  const { id, joinUrl, localEndTime, localStartTime, startTime, status, timeZone, title, viewerActions } = meeting;
  const can = new Set(viewerActions);
  return (
    <article data-id={id} className={status}>
      <a href={joinUrl}>{title}</a>
      <time dateTime={startTime}>
        {clock(localStartTime)}-{clock(localEndTime)} {timeZone}
      </time>
      {can.has("RESCHEDULE") && <button className="move" onClick={() => setIsMoving(!isMoving)}>Move</button>}
      {can.has("CANCEL") && (
        <button className="cancel" onClick={() => void cancel({ variables: { input: { meetingId: id } } })}>
          Cancel
        </button>
      )}
      <Faults of={faultsOf(error, data?.cancelMeeting.userErrors)} />
      {isMoving && <MoveForm meeting={meeting} done={() => setIsMoving(false)} />}
    </article>
  );
}

const MOVE_FIELDS = ["localStartTime"];

// The wall clock and the zone are sent as they are: their offset is the gateway's to find.
function MoveForm({ meeting, done }: { meeting: AppointmentFragment; done: () => void }) {
  const [move, { data, error }] = useMutation(RescheduleMeetingDocument);
  const faults = faultsOf(error, data?.rescheduleMeeting.userErrors);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const localStartTime = String(new FormData(event.currentTarget).get("localStartTime"));
    const input = { meetingId: meeting.id, localStartTime, timeZone: meeting.timeZone };
    const moved = await move({ variables: { input } });
    if (moved.data?.rescheduleMeeting.meeting) done();
  };
  return (
    <form className="move" onSubmit={(event) => void submit(event)}>
      <Field name="localStartTime" label="New time" value={meeting.localStartTime ?? ""} faults={faults} />
      <OtherFaults fields={MOVE_FIELDS} faults={faults} />
      <button>Save</button>
    </form>
  );
}

function withMeeting(data: CalendarQuery, edge: Edge): CalendarQuery {
  if (!data.meetings) return data;
  return { ...data, meetings: { ...data.meetings, edges: unique([...data.meetings.edges, edge]) } };
}

function dayOf({ localStartTime, startTime }: AppointmentFragment): string {
  return (localStartTime ?? startTime).slice(0, 10);
}

function clock(local: string | null): string {
  return local?.slice(11, 16) ?? "";
}
