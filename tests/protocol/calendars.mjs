// Reads calendars with ical.js: texts come as a JSON list on standard input, what is in each leaves as one.

import { readFileSync } from "node:fs";

import ICAL from "ical.js";

function reading(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
  return {
    start: event.startDate.toUnixTime(),
    end: event.endDate.toUnixTime(),
    uid: event.uid,
    summary: event.summary,
    description: event.description ?? "",
    attendees: event.attendees.map((each) => [each.getFirstValue(), each.getParameter("cn")]),
  };
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(reading)));
