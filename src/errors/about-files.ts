import { type Explanation, shownPath } from "./explanation.js";

/** How many changes since a plan are named: a folder may hold thousands of files. */
const mostChanges = 20;

/** Errors about sources, standard input, rejects, journals, and other files that are made. */
export const aboutFiles = {
  "source-missing": (d: { path: string }): Explanation => ({
    message: `${shownPath(d.path, "a source")}: there is no such file or folder`,
    hint: "Name the db.json that chatgpt-official wrote: chatgpt-migrate path/to/db.json",
  }),
  "source-none": (d: { pattern: string }): Explanation => ({
    message: `${shownPath(d.pattern, "a source")}: no .json file found`,
    hint: "Name the file itself, or quote the pattern so that the shell leaves it alone.",
  }),
  "source-empty": (d: { path: string }): Explanation => ({
    message: `${d.path}: is a folder, and there is no .json file in it`,
    hint: "Name the db.json itself. Docker, asked to mount a file that is not there, makes an empty folder of its name.",
  }),
  "source-name": (d: { path: string }): Explanation => ({
    message: `${d.path}: cannot be opened, for its name is not UTF-8`,
    hint: "Rename it, or name the files beside it one by one. Nothing was written.",
  }),
  "source-format": (d: { path: string; format: string; todo: string }): Explanation => ({
    message: `${d.path}: is ${d.format}, not JSON`,
    hint: `${d.todo}. Nothing was written.`,
  }),
  "source-unrecognised": (d: { path: string }): Explanation => ({
    message: `${d.path}: holds neither conversations nor API keys of chatgpt-official`,
    hint: "Name the db.json that the library wrote, or one split or flattened from it: see docs/files.md.",
  }),
  "source-changed": (d: { path: string }): Explanation => ({
    message: `${d.path}: changed while it was checked, and nothing was written`,
    hint: "The app seems to be running, and saves every five seconds: stop it, then run this again.",
  }),
  "source-abandoned": (d: { path: string }): Explanation => ({
    message: `${shownPath(d.path, "a source")}: changed after it was found, and nothing was read of it from then on`,
    hint: "See first whether the file is still the one that you mean. If so, stop what writes to it, such as the app, and run the same command again (for --apply, make a new plan). If it was overwritten by mistake and you have no copy, undo nothing: what a migration wrote of it by then, if anything, is in Redis alone, and --export saves it.",
  }),
  "spool-failed": (d: { folder: string; reason: string }): Explanation => ({
    message: `Standard input could not be kept in ${d.folder}: ${d.reason}`,
    hint: "Make room there, or set TMPDIR to a folder with more, or name the file itself.",
  }),
  "duplicates-not-kept": (d: { path: string; folder: string; reason: string }): Explanation => ({
    message: `${d.path}: its rows with an id that others have could not be kept in ${d.folder}: ${d.reason}`,
    hint: "Make room there, or set TMPDIR to a folder with more, or unpack the file: then its rows are read where they stand. Nothing was written.",
  }),
  "rejects-exist": (d: { path: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --rejects")}: exists already, and may be all that is left of an earlier run's rejects`,
    hint: "Name another file for --rejects, or move that one away.",
  }),
  "rejects-unwritable": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --rejects")}: cannot be written: ${d.reason}`,
    hint: "Check the folder, its permissions and the disk; what a migration wrote so far stays.",
  }),
  "report-exists": (d: { path: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --report")}: exists already, and is no report of this kind by an earlier run`,
    hint: "Name another file for --report, or move that one away. Nothing was written.",
  }),
  "report-unwritable": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --report")}: the report cannot be written: ${d.reason}`,
    hint: "Check the folder and its permissions, or name a file for --report elsewhere. Nothing was written.",
  }),
  "file-exists": (d: { path: string; flag: string }): Explanation => ({
    message: `${shownPath(d.path, `the file of ${d.flag}`)}: exists already, and is never written to`,
    hint: `Name another file for ${d.flag}, or move that one away.`,
  }),
  "file-unwritable": (d: { path: string; flag: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, `the file of ${d.flag}`)}: cannot be written: ${d.reason}`,
    hint: `Check the folder, its permissions and the disk, or name a file for ${d.flag} elsewhere. Nothing has its name yet.`,
  }),
  "stdout-unwritable": (d: { reason: string }): Explanation => ({
    message: `standard output: cannot be written: ${d.reason}`,
    hint: "Whoever reads it ended early, or its disk is full: see what that says. What it got cannot be taken back; run the same command again for all.",
  }),
  "archive-exists": (d: { path: string; lacking: number; past: number }): Explanation => ({
    message: `${shownPath(d.path, "the file of --archive")}: exists already, and lacks ${d.lacking} of the ${d.past} conversation${d.past === 1 ? "" : "s"} past their time, or holds other versions`,
    hint: "Name a new file for --archive: it gets all of them again, for the sources still hold them. Nothing was written.",
  }),
  "archive-unreadable": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --archive")}: exists already, and cannot be read as an archive: ${d.reason}`,
    hint: "Name a new file for --archive: it gets all conversations past their time again, for the sources still hold them. Nothing was written.",
  }),
  "archive-is-source": (d: { path: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --archive")}: is among the sources that are named`,
    hint: "Leave it out of the sources, or name another file for --archive. Nothing was written.",
  }),
  "archive-holds-more": (d: { path: string; line: number }): Explanation => ({
    message: `${shownPath(d.path, "the file of --archive")}: lies among the sources, and is not read as one, though line ${d.line} holds what is not past its time, as in a backup`,
    hint: "If it is a backup, name a new file for --archive. If it is the archive of a run with another --ttl, move it out of the sources' folder, and name it there. Nothing was written.",
  }),
  "journal-exists": (d: { path: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --journal")}: exists already, and may be the journal of an earlier run`,
    hint: "Name another file for --journal, or move that one away.",
  }),
  "journal-unwritable": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --journal")}: the journal cannot be written: ${d.reason}`,
    hint: "Nothing is changed that is not in the journal. Name a file for --journal elsewhere, or give --no-journal.",
  }),
  "journal-unreadable": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --undo")}: cannot be read as a journal: ${d.reason}`,
    hint: "Name the journal that the migration said it wrote. Nothing was changed.",
  }),
  "journal-elsewhere": (d: { path: string; before: string; now: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --undo")}: is the journal of a run against ${d.before}, not ${d.now}`,
    hint: "Leave out --url, --host, --port, --database and --key-prefix: the journal says where that run wrote.",
  }),
  "plan-unreadable": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "the file of --apply")}: cannot be read as a plan: ${d.reason}`,
    hint: "Name the file that --dry-run --plan wrote, or make a new plan with this version. Nothing was written.",
  }),
  "plan-outdated": (d: { path: string; changes: readonly string[] }): Explanation => ({
    message: [
      `${shownPath(d.path, "the plan")}: is out of date, and nothing was written`,
      ...d.changes.slice(0, mostChanges),
      ...(d.changes.length > mostChanges ? [`and ${d.changes.length - mostChanges} more changes`] : []),
    ].join("\n"),
    hint: "Make a new plan with --dry-run --plan, look at it, and apply that one; or give this one the files and flags that it was made with.",
  }),
  "source-unreadable": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "a source")}: cannot be read: ${d.reason}`,
    hint: "Check its permissions and the disk; nothing was lost, and the run can be repeated.",
  }),
  "memory-short": (d: { path: string }): Explanation => ({
    message: `${d.path}: reading it took more memory than Node may use`,
    hint: "Give Node more, in MiB: NODE_OPTIONS=--max-old-space-size=8192. What was written stays, and the run can be repeated.",
  }),
};
