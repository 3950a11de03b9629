/** What no terminal and no database takes (C0 but tab and line feed, DEL, C1), and the halves of characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Text of others as it is kept: a carriage return, which progress bars write, begins a line. */
export const harmless = (text: string): string =>
  text.replace(/\r\n?/g, '\n').toWellFormed().replace(unprintable, '\u{fffd}')

/** The same as one line of bounded length. */
export const oneLine = (text: string, most: number): string =>
  harmless(text).replace(/\s+/g, ' ').trim().slice(0, most).toWellFormed()
