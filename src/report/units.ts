/** A whole number with thousands set off: `1,000`. `toLocaleString` would load 8 MB of other languages for it. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes in the largest unit that leaves a whole part: `1.2 MB`. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit]}`;
}

/** `1 record`, `2 records`. */
export function plural(value: number, singular: string): string {
  return `${count(value)} ${singular}${value === 1 ? "" : "s"}`;
}

/** Milliseconds as people say them: `0.4 s`, `2 min 5 s`. */
export function elapsed(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What follows the title of a list that shows only the first ones; empty where it shows all. */
export function firstOf(listed: number, found: number): string {
  return found > listed ? ` (first ${listed} of ${count(found)}; --details 0 for all)` : "";
}
