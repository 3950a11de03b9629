/** The upstream does not answer, or answers that it cannot now: whoever asked goes on without it. */
export class UpstreamAway extends Error {
  override readonly name = 'UpstreamAway'
  readonly code = 'upstream_away'
  /** Told so by a site on the way, that it answers others: the same to whoever asks. */
  readonly status = 503
}

/** The upstream has understood and refuses. */
export class UpstreamRefused extends Error {
  override readonly name: string = 'UpstreamRefused'
  /** As the upstream said it; a site that passes calls on says the same. */
  readonly code: string
  readonly status: number
  /** Seconds until it makes sense to try again, when the upstream said so. */
  readonly retrySeconds: number | undefined

  constructor(problem: {
    readonly code: string
    readonly status: number
    readonly detail: string
    readonly retrySeconds?: number | undefined
  }) {
    super(problem.detail)
    this.code = problem.code
    this.status = problem.status
    this.retrySeconds = problem.retrySeconds
  }
}

/** The operator has ended this site, or the one that it asked for. */
export class SiteRevoked extends UpstreamRefused {
  override readonly name = 'SiteRevoked'
}
