import { z } from 'zod'

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

/** Every option of a program, once; the order is that of the help and of the reference. */
export type OptionTable = Readonly<Record<string, Option>>

/** What comes out when all options of the table are read. */
export type ConfigOf<T extends OptionTable> = Readonly<
  z.output<z.ZodObject<{ readonly [K in keyof T]: T[K]['schema'] }>>
>
export type KeyOf<T extends OptionTable> = Extract<keyof T, string>

/** `publicUrl` → `public-url`: the flag without its hyphens, and the key in the file. */
export const nameOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** `publicUrl` → `BOOTCAST_PUBLIC_URL`, with the prefix `BOOTCAST_`. */
export const variableOf = (prefix: string, key: string): string =>
  `${prefix}${nameOf(key).replaceAll('-', '_').toUpperCase()}`

export const isList = ({ schema }: Option): boolean =>
  schema instanceof z.ZodPrefault && schema.def.innerType instanceof z.ZodArray

/** The default as a person writes it; `undefined` when there is none. */
export function defaultOf({ schema, otherwise }: Option): string | undefined {
  if (otherwise !== undefined) return otherwise
  return schema instanceof z.ZodPrefault ? `\`${schema.def.defaultValue}\`` : undefined
}
