/** A place that text is written to: process.stdout and process.stderr are such. */
export type Screen = {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** Everything outside that the command touches, except for files and the network. */
export type World = {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }
  readonly stdout: Screen
  readonly stderr: Screen
  /** From BOOTCAST_URL and BOOTCAST_TOKEN. */
  readonly url?: string | undefined
  readonly token?: string | undefined
  /** What this computer calls itself. */
  readonly hostName: string
  /** Holds credentials.json. */
  readonly configDir: string
  /** False: no colours even on a terminal. */
  readonly mayColour: boolean
  /** False: no redrawn line even on a terminal (TERM=dumb). */
  readonly mayRedraw: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly wait: (milliseconds: number) => Promise<void>
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal
}
