import { expect, it } from "vitest";
import { differencesTitle } from "../../src/report/difference-list.js";
import type { Difference } from "../../src/types/outcome.js";
import { finished } from "../support/finished-run.js";

const duplicate: Difference = { kind: "conversation", name: "a", difference: "duplicate", fields: [] };

const titleOf = (counts: Parameters<typeof finished>[0], differencesFound: number) =>
  differencesTitle(finished(counts, { differences: [duplicate], differencesFound }));

it("names rows of one id as such only where nothing differs between Redis and the files", () => {
  expect(titleOf({ read: 3, created: 1, duplicate: 2 }, 2)).toMatch(/^Rows of one id/);
  // It is not among those that are listed.
  expect(titleOf({ read: 3, duplicate: 2, conflict: 1 }, 3)).toMatch(/^Differences, Redis → file/);
});
