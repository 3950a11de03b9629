/** So many wait that another one would have to wait too long. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'
  readonly code = 'too_many_attempts'
  readonly retrySeconds = 5

  constructor() {
    super('Too many sign-ins at the same moment; try again in 5 seconds')
  }
}

/** Runs work, `atOnce` of it at the same time, while at most `waiting` wait. @throws {TooBusy}, or `tooMany`, for more */
export function turns(atOnce: number, waiting: number, tooMany: () => Error = () => new TooBusy()) {
  const queue: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (queue.length >= waiting) throw tooMany()
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
