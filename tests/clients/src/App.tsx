import { useState } from "react";

import { Calendar } from "./Calendar";
import { mondayOf } from "./days";
import { Inbox } from "./Inbox";
import { Search } from "./Search";
import { Thread } from "./Thread";

type View =
  | { name: "start" }
  | { name: "thread"; id: string; around?: string | undefined }
  | { name: "calendar"; monday: string }
  | { name: "search" };

export function App() {
  const [view, setView] = useState<View>({ name: "start" });
  const showWeek = (monday: string) => setView({ name: "calendar", monday });
  const open = (id: string, around?: string) => setView({ name: "thread", id, around });
  return (
    <>
      <header>
        <button id="to-search" onClick={() => setView({ name: "search" })}>
          Search
        </button>
        <button id="to-calendar" onClick={() => showWeek(mondayOf(new Date()))}>
          Calendar
        </button>
      </header>
      <Inbox opened={view.name === "thread" ? view.id : undefined} open={open} />
      {view.name === "thread" && <Thread key={`${view.id} ${view.around}`} id={view.id} around={view.around} />}
      {view.name === "calendar" && <Calendar monday={view.monday} showWeek={showWeek} />}
      {view.name === "search" && <Search open={open} />}
    </>
  );
}
