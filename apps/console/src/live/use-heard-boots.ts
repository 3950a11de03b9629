import type { BootNews, RouteName } from '@bootcast/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type HeardBoots, withNews, without } from './heard-boots.ts'
import { useBootNews } from './use-boots.ts'

/** News are shown together: a hundred machines that boot at once say thousands of them a second. */
const showMs = 250
/** Of more boots the lists are asked for anew instead. */
const mostHeard = 1_000
const none: HeardBoots = new Map()

/**
 * What was heard of boots while the part is shown, to be laid over what `lists` answered. When something was missed,
 * these are asked for anew. Grows up to a thousand boots, or those that are told of while lists are on their way.
 */
export function useHeardBoots(lists: readonly RouteName[], isMeant: (news: BootNews) => boolean = all) {
  const queries = useQueryClient()
  const [heard, setHeard] = useState(none)
  const waiting = useRef<BootNews[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const askAnew = useCallback(
    () => Promise.all(lists.map((name) => queries.invalidateQueries({ queryKey: [name] }))),
    [lists, queries],
  )
  const show = useCallback(() => {
    timer.current = undefined
    const news = waiting.current
    waiting.current = []
    setHeard((known) => withNews(known, news))
  }, [])
  useBootNews({
    onReset: () => {
      waiting.current = []
      setHeard(none)
      void askAnew()
    },
    onNews: (news) => {
      if (!isMeant(news)) return
      waiting.current.push(news)
      timer.current ??= setTimeout(show, showMs)
    },
  })
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
  const isFull = heard.size > mostHeard
  const latest = useRef(heard)
  latest.current = heard
  useEffect(() => {
    if (!isFull) return
    const old = latest.current
    void askAnew().then(() => setHeard((known) => without(known, old)))
  }, [isFull, askAnew])
  return heard
}

const all = () => true
