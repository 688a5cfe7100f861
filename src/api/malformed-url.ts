/** What is wrong with a URL, as a clause. A URL may hold a password, so it never quotes one. */
export class MalformedUrl extends Error {
  override readonly name = "MalformedUrl";
}
