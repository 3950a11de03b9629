import { z } from 'zod'

/** Linux takes 64 characters at most (HOST_NAME_MAX); no spaces, so that nothing said here reads as a sentence. */
export const hostNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    '1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit',
  )

export const newCommandSignInSchema = z.object({
  host: hostNameSchema.describe('What the computer of the command calls itself; shown to who approves'),
})

/** Device authorization (RFC 8628 §3.2). */
export const commandSignInSchema = z.object({
  deviceCode: z.string().describe('Known to the command alone; fetches the token, once'),
  code: z.string().describe('What a person enters at `/activate`: KQTF-RXMP'),
  verificationUri: z
    .string()
    .optional()
    .describe('Where. Absent: `/activate` at the address that was called, as the platform has no public one'),
  seconds: z.int().describe('How long both codes are good'),
  intervalSeconds: z.int().describe('How long to wait before each question whether it is approved'),
})

export const commandSignInTokenSchema = z.object({
  deviceCode: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'the device code of a sign-in that was begun'),
})
