import { graphql } from "relay-runtime";

graphql`
  fragment calendar_meetings on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 100 }
    cursor: { type: "String" }
    filter: { type: "MeetingFilter!" }
  )
  @refetchable(queryName: "calendarMeetingsQuery") {
    meetings(first: $count, after: $cursor, filter: $filter) @connection(key: "calendar_meetings") {
      edges {
        node {
          ...calendar_meeting
        }
      }
    }
  }
`;

graphql`
  fragment calendar_meeting on Meeting @refetchable(queryName: "calendarMeetingQuery") {
    title
    localStartTime
    localEndTime
    timeZone
    viewerActions
  }
`;

graphql`
  query calendarQuery($filter: MeetingFilter!) {
    feedCursor
    ...calendar_meetings @arguments(filter: $filter)
  }
`;

graphql`
  mutation calendarScheduleMutation($input: ScheduleMeetingInput!, $lists: [ID!]!) {
    scheduleMeeting(input: $input) {
      meetingEdge @prependEdge(connections: $lists) {
        node {
          ...calendar_meeting
        }
      }
    }
  }
`;

graphql`
  mutation calendarStartMutation($input: StartMeetingInput!, $lists: [ID!]!) {
    startMeeting(input: $input) {
      meeting @prependNode(connections: $lists, edgeTypeName: "MeetingEdge") {
        ...calendar_meeting
      }
    }
  }
`;

graphql`
  subscription calendarMeetingSubscription($filter: MeetingFilter!, $after: String!, $lists: [ID!]!) {
    meetingChanged(filter: $filter, after: $after)
      @prependNode(connections: $lists, edgeTypeName: "MeetingEdge") {
      ...calendar_meeting
    }
  }
`;
