/** Bootcast cannot start, for a reason that an operator can mend; the message says which and how. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}
