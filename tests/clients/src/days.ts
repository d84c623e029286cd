// Dates as calendars write them, "2030-10-28", in the time zone of the browser.

const DAY_MS = 86_400_000;

export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function mondayOf(day: Date): string {
  const date = new Date(Date.UTC(day.getFullYear(), day.getMonth(), day.getDate())).toISOString().slice(0, 10);
  return daysAfter(date, -((day.getDay() + 6) % 7));
}

// The instant at which the date begins.
export function midnight(date: string): string {
  return new Date(`${date}T00:00`).toISOString();
}
