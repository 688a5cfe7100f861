import type { Options } from "../options.js";
import { urlOf } from "../redis/address.js";
import type { JournalHeader } from "../types/journal-header.js";
import type { Topology } from "../types/redis-findings.js";
import { tool } from "../version.js";

/** What a journal says of the run that writes it: what it is made against, and when. */
export function journalHeaderOf({ address, prefix, archive }: Options, topology: Topology): JournalHeader {
  return {
    journal: 1,
    tool: `${tool.name} ${tool.version}`,
    at: new Date().toISOString(),
    url: urlOf(address),
    topology,
    ...(address.sentinel === null ? {} : { master: address.sentinel }),
    prefix,
    ...(archive === null ? {} : { archive }),
  };
}
