import { type FileHandle, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { builderNameSchema, buildParameterNameSchema, publishInputSchema } from '@bootcast/contract'
import { StartRefused } from '@bootcast/options'
import { z } from 'zod'
import { readSecretFile } from '../identity/password-file.ts'
import { type Builder, type Builders, isWord, type Parameter } from './builder.ts'

const mostBytes = 256 * 1024
const mostSeconds = 7 * 24 * 60 * 60

const text = z.string().regex(/^[^\0]{1,4096}$/, 'must be text of 1 to 4096 characters')
const about = z.string().max(300).optional()
const parameterSchema = z
  .strictObject({
    about,
    choices: z
      .array(z.string().regex(/^[^\p{Cc}\p{Cs}]{1,200}$/u))
      .min(1)
      .max(100)
      .optional(),
    default: z.string().max(200).optional(),
  })
  .refine(
    ({ choices, default: usual }) => usual === undefined || (choices?.includes(usual) ?? isWord(usual)),
    'its default is none of its choices, or no word',
  )
const common = {
  about,
  timeoutSeconds: z.int().min(1).max(mostSeconds).default(3600),
  parameters: z.record(buildParameterNameSchema, parameterSchema).default({}),
  publish: z
    .strictObject(publishInputSchema.pick({ recipe: true, byHand: true, cmdline: true }).shape)
    .default({}),
}
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of a variable')
  .refine((name) => !/^(BOOTCAST_|BUILD_)/.test(name), 'begins as those that Bootcast sets')
const commandSchema = z.strictObject({
  ...common,
  command: z.array(text).min(1).max(256),
  directory: text.optional(),
  environment: z.record(variableName, z.string().regex(/^[^\0]{0,4096}$/)).default({}),
  pass: z.array(variableName).max(64).default([]),
  output: text.optional(),
})
const webhookSchema = z.strictObject({
  ...common,
  webhook: z.url().refine(isSafe, 'must be https, or http on this computer, and have no user in it'),
  secretFile: text,
  origins: z.array(z.url().refine(isSafe, 'must be https, or http on this computer')).max(16).default([]),
})
const fileSchema = z.strictObject({
  builders: z.record(builderNameSchema, z.union([commandSchema, webhookSchema])),
})

function isSafe(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '') return false
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere)
}

export type Surroundings = Readonly<Record<string, string | undefined>>

/**
 * The builders of a file, whose paths are relative to its folder. `environment`: that of the platform, of which a
 * builder gets what its `pass` names. @throws {StartRefused} for a file that others may write, or that says nonsense
 */
export async function readBuilders(path: string, environment: Surroundings): Promise<Builders> {
  const read = fileSchema.safeParse(jsonIn(path, await ownText(path)))
  if (!read.success) throw new StartRefused(`${path} is not as it should be: ${z.prettifyError(read.error)}`)
  const folder = dirname(resolve(path))
  const found = new Map<string, Builder>()
  for (const [name, said] of Object.entries(read.data.builders))
    found.set(name, await builderOf(name, said, folder, environment))
  return found
}

type Said = z.output<typeof commandSchema> | z.output<typeof webhookSchema>

async function builderOf(
  name: string,
  said: Said,
  folder: string,
  environment: Surroundings,
): Promise<Builder> {
  const parameters = Object.entries(said.parameters).map(
    ([parameter, { about, choices, default: usual }]): Parameter => ({
      name: parameter,
      about,
      choices,
      default: usual,
    }),
  )
  const { about, timeoutSeconds, publish } = said
  const same = { name, about, timeoutSeconds, parameters, publish }
  if ('webhook' in said) {
    const secret = await readSecretFile(resolve(folder, said.secretFile))
    const origins = said.origins.map((one) => new URL(one).origin)
    return { ...same, kind: 'webhook', url: new URL(said.webhook), secret, origins }
  }
  const passed = said.pass.flatMap((one) => {
    const value = environment[one]
    return value === undefined ? [] : [[one, value] as const]
  })
  return {
    ...same,
    kind: 'command',
    command: said.command,
    directory: resolve(folder, said.directory ?? '.'),
    environment: { ...Object.fromEntries(passed), ...said.environment },
    output: said.output,
  }
}

/** Who may write the file may run programs as this user: so nobody else may. */
async function ownText(path: string): Promise<string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const { mode, uid, size } = await file.stat()
    if (![0, process.getuid?.()].includes(uid))
      throw new StartRefused(`${path} belongs to uid ${uid}, who could have anything run by this user`)
    if ((mode & 0o022) !== 0)
      throw new StartRefused(`others may write ${path}, and so run programs: chmod go-w ${path}`)
    if (size > mostBytes) throw new StartRefused(`${path} is larger than ${mostBytes} bytes`)
    return await file.readFile('utf8')
  } catch (cause) {
    if (cause instanceof StartRefused) throw cause
    throw new StartRefused(`the builders in ${path} cannot be read: ${(cause as Error).message}`, { cause })
  } finally {
    await file?.close()
  }
}

function jsonIn(path: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new StartRefused(`${path} is no JSON: ${(cause as Error).message}`, { cause })
  }
}
