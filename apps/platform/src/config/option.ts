import type { z } from 'zod'

export type Option = {
  /** What stands after the flag in the help. */
  readonly argument: string
  /** From the text given to the value; a list when the option may be given more than once. */
  readonly schema: z.ZodType
  readonly about: string
  readonly example: string
  /** For the help, where the default is not a fixed text. */
  readonly otherwise?: string
}
