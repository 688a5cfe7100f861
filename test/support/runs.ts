import process from "node:process";

/** How many made-up inputs a property is held against: `npm run test:long` takes ten times as many. */
export const runs = (count: number) => count * Number(process.env.TEST_RUNS ?? 1);
