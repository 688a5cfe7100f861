/*
 * What puts some tens of bytes into memory, each in a fraction of a call into Node, and with no garbage (measured): both
 * say where they end. The numbers are made whole ones for V8, which takes those of a Float64Array for others.
 */

/** Copies some of `bytes`. */
export function putBytes(memory: Buffer, at: number, bytes: Buffer, from: number, to: number): number {
  const end = to | 0;
  const shift = (at - from) | 0;
  for (let place = from | 0; place < end; place += 1) memory[place + shift] = bytes[place] as number;
  return end + shift;
}

/** @param number a whole one from 0, below 2^31, to be put in decimal */
export function putNumber(memory: Buffer, at: number, number: number): number {
  let end = at + 1;
  for (let limit = 10; limit <= number; limit *= 10) end += 1;
  let rest = number | 0;
  for (let place = end - 1; place >= at; place -= 1) {
    const next = (rest / 10) | 0;
    memory[place] = 0x30 + rest - next * 10;
    rest = next;
  }
  return end;
}
