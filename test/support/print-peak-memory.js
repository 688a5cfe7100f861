// Loaded before the program under test: tells the most memory it ever had, as the system counted it.
import process from "node:process";

process.on("exit", () => process.stderr.write(`peak ${process.resourceUsage().maxRSS} KiB\n`));
