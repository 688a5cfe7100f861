import { isIPv6 } from "node:net";

/** A name or address, with or without the brackets of IPv6. What could be a URL or a login is none, and is never shown. */
export function isHostName(text: string): boolean {
  return /^[^\s@:/?#=,;&|<>"'\\[\]{}]+$/.test(text) || isIPv6(withoutBrackets(text));
}

/** What is wrong with a text that should be a host; it may hold a password, and is not quoted. */
export function hostProblem(text: string): string {
  return /^[^\s@:/]+:\d{1,5}$/.test(text)
    ? "expected a host name or address alone: the port stands in --port"
    : "expected a host name or address; a URL, or a login, stands in --url or REDIS_URL";
}

/** An IPv6 address without its brackets, and any other host as it is. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
