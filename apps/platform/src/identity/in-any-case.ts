import { nameOfPerson } from '@bootcast/contract'

/**
 * A name as directories compare it, in any case and width of its letters (RFC 4518 §2.2, §2.3). Two names that differ
 * here in no way may be one person there; to us they are two until the directory says.
 */
export const inAnyCase = (name: string): string =>
  // Up, then down: some letters have two small forms (ς, σ), some only a large one of two (ß, SS).
  nameOfPerson(name).normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC')
