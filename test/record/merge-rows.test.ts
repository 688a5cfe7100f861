import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MergedRows, mergeRows } from "../../src/record/merge-rows.js";
import { MessageSet } from "../../src/record/same-message.js";
import { rounds } from "../support/rounds.js";

interface Message {
  readonly id?: string;
  readonly type?: number;
  readonly content?: string;
  readonly date?: number;
}

interface Chat {
  readonly id: string;
  readonly messages: readonly Message[];
  readonly lastActive?: number;
  readonly userName?: string;
}

const chat = (messages: readonly Message[], rest: object = {}): Chat => ({ id: "a", messages, ...rest });

function merged(kind: "conversation" | "key", ...rows: readonly object[]): MergedRows {
  const all = mergeRows(kind, rows);
  if (all === null) throw new Error("these are rows of one id");
  return all;
}

const messagesOf = (...rows: readonly Chat[]) =>
  merged("conversation", ...rows).record.messages as readonly Message[];

const [one, two, three, four] = [1, 2, 3, 4].map((date) => ({ id: `m${date}`, date })) as [
  Message,
  Message,
  Message,
  Message,
];

describe("the messages of all rows with one id", () => {
  it("are all there once, by date, and it is said which row brings how many", () => {
    const all = merged("conversation", chat([two, three]), chat([one, two]), chat([three, four, one]));
    expect(all.record.messages).toEqual([one, two, three, four]);
    expect(all.added).toEqual([2, 1, 1]);
    expect(JSON.parse(all.text)).toEqual(all.record);
  });

  it("stay in the order of the rows, where they are of one date or of none", () => {
    const [a, b, undated] = [{ id: "a", date: 1 }, { id: "b", date: 1 }, { id: "u" }];
    expect(messagesOf(chat([b, two]), chat([a, undated], { lastActive: 9 }))).toEqual([b, a, undated, two]);
  });

  it("are all kept where one without an id is the same as two that have one", () => {
    const [first, second] = [
      { id: "1", date: 1 },
      { id: "2", date: 1 },
    ];
    const bare = { date: 1 };
    const rows = [
      chat([first], { lastActive: 1 }),
      chat([bare], { lastActive: 2 }),
      chat([second], { lastActive: 3 }),
    ];
    expect(messagesOf(...rows)).toEqual([first, second]);
  });

  it("are the same however long their text", () => {
    const [long, other] = ["x", "y"].map((end) => ({ date: 1, content: "é".repeat(5_000) + end }));
    expect(messagesOf(chat([{ ...long, id: "m" }]), chat([{ ...long }, { ...other }]))).toEqual([
      { ...long, id: "m" },
      other,
    ]);
  });
});

describe("other fields", () => {
  it("are the newest row's, wherever it stands, and what it lacks the next newest one's", () => {
    const rows = [
      chat([one], { lastActive: 5, userName: "old", extra: "old" }),
      chat([two], { lastActive: 7, userName: "new" }),
      chat([three], { lastActive: 6, userName: "middle", extra: "middle" }),
    ];
    const { messages, ...rest } = merged("conversation", ...rows).record;
    expect(rest).toEqual({ id: "a", lastActive: 7, userName: "new", extra: "middle" });
  });

  it("are the first row's where none is newer", () => {
    const rows = [chat([one], { userName: "first" }), chat([one], { userName: "second" })];
    expect(merged("conversation", ...rows).record.userName).toBe("first");
  });

  it("of an API key are the largest of each counter", () => {
    const key = (queries: number, tokens: number, balance: number | null) => ({
      key: "sk-madeup",
      queries,
      tokens,
      balance,
    });
    const all = merged("key", key(5, 10, null), key(3, 90, 0.5), key(4, 20, 0.7));
    expect([all.record, all.added]).toEqual([key(5, 90, 0.7), [0, 0, 0]]);
  });
});

it("what is no record is not merged", () => {
  expect(mergeRows("conversation", [chat([]), { id: "a" }])).toBeNull();
  expect(mergeRows("conversation", [chat([]), { ...chat([]), id: "b" }])).toBeNull();
});

const message = fc.record(
  {
    id: fc.constantFrom("1", "2", "3"),
    type: fc.constantFrom(1, 2),
    content: fc.constantFrom("a", "b", "a".repeat(300)),
    date: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: [] },
);
const row: fc.Arbitrary<Chat> = fc.record(
  {
    id: fc.constant("a"),
    messages: fc.array(message, { maxLength: 5 }),
    lastActive: fc.integer({ min: 0, max: 3 }),
    userName: fc.constantFrom("u", "v"),
  },
  { requiredKeys: ["id", "messages"] },
) as fc.Arbitrary<Chat>;

/** Whether each message is the same as one of others. */
const areAmong = (messages: readonly object[], others: readonly object[]) => {
  const known = new MessageSet(others as Record<string, unknown>[]);
  return messages.every((one) => known.has(one as Record<string, unknown>));
};

it("for any rows, in any order: nothing is lost, nothing is there twice that no row has twice, dates ascend, and rows that stand there twice add nothing", () => {
  const rows = fc.array(row, { minLength: 1, maxLength: 4 });
  const shuffled = rows.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  const property = fc.property(shuffled, ([all, another]) => {
    const { record, text } = merged("conversation", ...all);
    const messages = record.messages as readonly Message[];
    for (const one of all) expect(areAmong(one.messages, messages)).toBe(true);
    for (const one of messages) {
      const count = (list: readonly Message[]) =>
        list.filter((other) => JSON.stringify(other) === JSON.stringify(one)).length;
      expect(count(messages)).toBeLessThanOrEqual(Math.max(...all.map((version) => count(version.messages))));
    }
    const dates = messages.flatMap(({ date }) => date ?? []);
    expect(dates).toEqual([...dates].sort((a, b) => a - b));
    expect(merged("conversation", ...all, ...all).text).toBe(text);
    const other = merged("conversation", ...another).record;
    expect(areAmong(messages, other.messages as Message[])).toBe(true);
    expect(areAmong(other.messages as Message[], messages)).toBe(true);
    expect(other.lastActive).toBe(record.lastActive);
  });
  fc.assert(property, { seed: 7, numRuns: rounds(400) });
});
