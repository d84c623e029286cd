"""The queries of the benchmarks."""

TYPE_NAME = "{ __typename }"

Q1 = """{
    conversations(first: 20) { nodes { id fromNumber contact { id firstName lastName number }
    messages(first: 5) { nodes { id text direction status createdAt } } } } }"""

Q2 = "query($id: ID!) { contact(id: $id) { id firstName lastName number e164 } }"

Q3 = """{
    meetings(first: 100) { nodes { id title startTime endTime status joinUrl
    participants { email firstName response } } } }"""
