import { describe, expect, it } from "vitest";
import type { Environment } from "../../src/api/url-from-flags-or-env.js";
import { options, problemsOf } from "../support/parse.js";

describe("a prefix", () => {
  it.each([
    ["app:", []],
    ["tenant:me@example.org:", []],
    ["a[b]:", ["prefix-unlistable"]],
    ["a\\b:", ["prefix-unlistable"]],
    ["a*[:", ["prefix-unlistable"]],
    ["a*:", ["prefix-pattern"]],
    ["a?:", ["prefix-pattern"]],
  ])("%j is warned of by %j, for the library lists its keys by it", (keyPrefix, codes) => {
    expect(options({ keyPrefix }).warnings.map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    "redis://bob:sk-madeup@cache",
    "bob:sk-madeup@cache:6379",
    "cache,password=sk-madeup",
    "sk-madeup",
  ])("is no URL, login or key, for it is shown: %s", (keyPrefix) => {
    expect(problemsOf({ keyPrefix })).toEqual([
      "--key-prefix: expected a prefix, not a URL, a login or a key",
    ]);
  });
});

describe("a password on the command line", () => {
  it.each([
    ["in --password", { password: "made-up" }],
    ["in --url", { url: "redis://:made-up@cache" }],
    ["in --url, with a user", { url: "rediss://app:made-up@cache:7000/3" }],
    ["in --url, before a list of hosts", { url: "redis://app:made%40up@a,b:2" }],
  ])("%s is warned of, and not shown", (_where, flags) => {
    const { warnings } = options(flags);
    expect(warnings).toEqual([
      { code: "password-shown", message: expect.stringMatching(/better give it as REDIS_PASSWORD/) },
    ]);
    expect(JSON.stringify(warnings)).not.toMatch(/made.*up/);
  });

  it.each<readonly [string, object, Environment]>([
    ["there is none", { url: "redis://app@cache:7000" }, {}],
    ["none is there", { url: "redis://[::1]:7000,b:2/0" }, {}],
    ["it stands in REDIS_PASSWORD", {}, { REDIS_PASSWORD: "made-up" }],
    ["it stands in REDISCLI_AUTH", { username: "app" }, { REDISCLI_AUTH: "made-up" }],
    ["it stands in REDIS_URL", {}, { REDIS_URL: "redis://app:made-up@cache" }],
  ])("is not warned of where %s", (_where, flags, env) => {
    expect(options(flags, env).warnings).toEqual([]);
  });
});
