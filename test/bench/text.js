import { pick, randomFrom } from "./random.js";

const words =
  "the a to of and is in that it you for on with this can not be are how what when where why each row file key value store read write move keep server memory message answer question model token prompt window batch stream error number string function return always never perhaps together yesterday holiday recipe garden bicycle invoice contract translation photograph neighbour weather mountain".split(
    " ",
  );

/** What a byte is not a character of: two to four bytes of UTF-8 each, surrogate pairs, joiners. */
const foreign = [
  "漢字とかな交じりの文です。",
  "请把这段文字翻译成英文,谢谢。",
  "데이터를 옮기는 중입니다.",
  "Grüße aus Köln, señor Núñez.",
  "Привет, как дела?",
  "😀🎉🚀",
  "👩‍👩‍👧‍👦 and 🏳️‍🌈",
  "naïve café — “quoted” …",
];

/** With newlines, quotes, backslashes and tabs: all that JSON must escape. */
const code = [
  'const path = "C:\\\\Users\\\\ada\\\\db.json";\nif (path.endsWith("\\"")) throw new Error(`no \\` + path);',
  'def greet(name: str) -> str:\n\treturn f"Hello, {name}!\\n"\n\nprint(greet("Ada"))',
  "SELECT \"id\", 'name' FROM \"rows\"\nWHERE \"path\" LIKE '%\\_%' ESCAPE '\\';",
  '{\n    "keys": {\n        "rows": [\n            { "key": "value", "list": [1, 2, 3] }\n        ]\n    }\n}',
  'grep -E "^\\s+\\"id\\": \\"[0-9a-f-]{36}\\"" db.json | sed \'s/\\\\//g\' \\\n  | sort -u',
];
const languages = ["js", "python", "sql", "json", "sh"];

const sentences = makeSentences();

/** A pool to draw from, so that gigabytes are made in seconds. */
function makeSentences() {
  const random = randomFrom(0);
  return Array.from({ length: 1000 }, (_, at) => {
    if (at % 8 === 0) return pick(random, foreign);
    const text = Array.from({ length: 5 + random(12) }, () => pick(random, words)).join(" ");
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  });
}

/**
 * What somebody wrote, or a model answered.
 * @param {import("./random.js").Random} random
 * @param {number} most how many sentences at most
 */
export function prose(random, most) {
  return Array.from({ length: 1 + random(most) }, () => pick(random, sentences)).join(
    random(4) === 0 ? "\n\n" : " ",
  );
}

/**
 * A block of code as models write it.
 * @param {import("./random.js").Random} random
 */
export function codeBlock(random) {
  const at = random(code.length);
  return `\n\n\`\`\`${languages[at]}\n${code[at]}\n\`\`\`\n`;
}
