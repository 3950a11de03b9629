const stopWithinMs = 5_000

export type Running = { stop(): Promise<void> }

export type RunOrder<R extends Running> = {
  readonly log: {
    info(fields: object, text: string): void
    fatal(fields: object, text: string): void
    error(text: string): void
  }
  readonly start: () => Promise<R>
  readonly onStarted: (running: R) => void
}

/**
 * Runs a program until a signal ends it, or a failure that nobody caught; its exit code. Ends the process when it does
 * not stop within five seconds. @throws what `start` throws
 */
export async function runUntilEnded<R extends Running>({
  log,
  start,
  onStarted,
}: RunOrder<R>): Promise<number> {
  const ended = Promise.race([signalled(), failure()])
  // Counted from the first word, also while it is still starting: what it waits for may not answer.
  void ended.then((why) => {
    if (typeof why === 'string') log.info({ why }, 'stopping')
    else log.fatal({ err: why }, 'stopping because of a failure')
    setTimeout(exitAnyhow, stopWithinMs, log).unref()
  })
  const running = await start()
  onStarted(running)
  const why = await ended
  await running.stop()
  return typeof why === 'string' ? 0 : 1
}

function exitAnyhow(log: RunOrder<Running>['log']): void {
  log.error('not everything stopped in time')
  process.exit(1)
}

/** A terminal and npm may both send the same signal: the second one changes nothing. */
function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })
}

/** What nobody caught: the state is unknown, so the process ends, after letting go of what it holds. */
function failure(): Promise<Error> {
  return new Promise((resolve) => {
    process.once('uncaughtException', resolve)
    process.once('unhandledRejection', (reason) => {
      resolve(reason instanceof Error ? reason : new Error(String(reason)))
    })
  })
}
