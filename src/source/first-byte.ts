/** The byte that a JSON value begins with, which shows what sort of value it is. */
export const OPENS_OBJECT = 0x7b;
export const OPENS_ARRAY = 0x5b;
export const OPENS_STRING = 0x22;
export const OPENS_NULL = 0x6e;

export function opensContainer(byte: number): boolean {
  return byte === OPENS_OBJECT || byte === OPENS_ARRAY;
}
