const stopWithinMs = 5_000

export type Running = {
  stop(): Promise<void>
  /** Fulfilled with an exit code when it wants to end by itself. */
  readonly ended?: Promise<number>
}

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
 * Runs a program until a signal ends it, a failure that nobody caught, or itself; its exit code. Ends the process when
 * it does not stop within five seconds. @throws what `start` throws
 */
export async function runUntilEnded<R extends Running>({
  log,
  start,
  onStarted,
}: RunOrder<R>): Promise<number> {
  using endings = new DisposableStack()
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>()
  listen(endings, end)
  // Counted from the first word, also while it is still starting: what it waits for may not answer.
  void ended.then((why) => {
    if (why instanceof Error) log.fatal({ err: why }, 'stopping because of a failure')
    else log.info({ why }, 'stopping')
    endings.adopt(setTimeout(exitAnyhow, stopWithinMs, log).unref(), clearTimeout)
  })
  const running = await start()
  onStarted(running)
  void running.ended?.then(end)
  const why = await ended
  await running.stop()
  if (typeof why === 'number') return why
  return why instanceof Error ? 1 : 0
}

/** The name of a signal, what nobody caught, or an exit code. */
type Ending = NodeJS.Signals | Error | number

function exitAnyhow(log: RunOrder<Running>['log']): void {
  log.error('not everything stopped in time')
  process.exit(1)
}

/** Tells of the first ending, until it is disposed. */
function listen(listening: DisposableStack, end: (why: Ending) => void): void {
  const on = (event: string, listener: (value: unknown) => void) => {
    process.on(event, listener)
    listening.defer(() => process.off(event, listener))
  }
  // A terminal and npm may both send the same signal: the second one changes nothing.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) on(signal, () => end(signal))
  // What nobody caught: the state is unknown, so the process ends, after letting go of what it holds.
  for (const failure of ['uncaughtException', 'unhandledRejection'])
    on(failure, (reason) => end(reason instanceof Error ? reason : new Error(String(reason))))
}
