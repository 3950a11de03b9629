import { type CallName, type CallReply, type CallRequest, UpstreamAway } from '@bootcast/uplink'

export type Answers = { [N in CallName]?: (request: CallRequest<N>) => CallReply<N> | Promise<CallReply<N>> }

/** An upstream that answers what a test says; without an answer for a call it is away. */
export class FakeUplink {
  readonly answers: Answers
  /** Every call with what it was told, in order. */
  readonly calls: (readonly [CallName, unknown])[] = []
  isAway = false
  state: 'there' | 'away' = 'there'

  constructor(answers: Answers = {}) {
    this.answers = answers
  }

  async call<N extends CallName>(name: N, request: CallRequest<N>): Promise<CallReply<N>> {
    this.calls.push([name, request])
    const answer = this.answers[name]
    if (this.isAway || answer === undefined) throw new UpstreamAway('the line is cut')
    return await answer(request)
  }

  told(name: CallName): readonly unknown[] {
    return this.calls.filter(([one]) => one === name).map(([, request]) => request)
  }
}
