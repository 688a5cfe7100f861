import { z } from "zod";
import { runResult } from "../src/types/run-result.js";

/** A part of a JSON Schema, of the kinds that the result is made of. */
interface Shape {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: string | number;
  readonly enum?: readonly (string | number)[];
  readonly anyOf?: readonly Shape[];
  readonly $ref?: string;
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Shape>>;
}

/** The JSON Schema (2020-12) of the result, as it is published. */
export function resultSchema(): Shape {
  return z.toJSONSchema(runResult, {
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      // They say of each whole number that JavaScript can hold it.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  }) as Shape;
}

/** The same as TypeScript, for who has no zod: an interface for each part that has a name, the result's own last. */
export function declarationsOf({ $defs = {}, ...result }: Shape): string {
  return [...Object.entries($defs), ["RunResult", result] as const]
    .map(([name, shape]) => `${comment(shape, "")}export interface ${name} ${typeOf(shape, "")}\n`)
    .join("\n");
}

const primitives: Readonly<Record<string, string>> = {
  integer: "number",
  number: "number",
  string: "string",
  boolean: "boolean",
  null: "null",
};

function unknownShape(shape: Shape): never {
  throw new Error(`no type is known for ${JSON.stringify(shape)}`);
}

function typeOf(shape: Shape, indent: string): string {
  const { $ref, anyOf, items, properties, type } = shape;
  if ($ref !== undefined) return $ref.replace("#/$defs/", "");
  if (anyOf !== undefined) return anyOf.map((one) => typeOf(one, indent)).join(" | ");
  if (shape.enum !== undefined) return shape.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (items !== undefined) return `readonly ${typeOf(items, indent)}[]`;
  if (properties !== undefined) return membersOf(shape, `${indent}  `, indent);
  return [type]
    .flat()
    .map((name) => primitives[name ?? ""] ?? unknownShape(shape))
    .join(" | ");
}

function membersOf({ properties = {}, required = [] }: Shape, indent: string, end: string): string {
  const members = Object.entries(properties).map(([name, shape]) => {
    const optional = required.includes(name) ? "" : "?";
    return `${comment(shape, indent)}${indent}readonly ${name}${optional}: ${typeOf(shape, indent)};\n`;
  });
  return `{\n${members.join("")}${end}}`;
}

function comment({ description }: Shape, indent: string): string {
  return description === undefined ? "" : `${indent}/** ${description} */\n`;
}
