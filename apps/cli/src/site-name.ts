import { siteNameSchema } from '@bootcast/contract'
import { usageFailure } from './failure.ts'

/** @throws {Failure} */
export function siteNameOf(text = ''): string {
  const name = siteNameSchema.safeParse(text)
  if (name.success) return name.data
  throw usageFailure(
    `“${text.slice(0, 40)}” cannot be the name of a site.`,
    `Choose ${name.error.issues[0]?.message}.`,
  )
}
