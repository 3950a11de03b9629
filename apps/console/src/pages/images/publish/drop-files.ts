import { useEffect, useRef, useState } from 'react'

type Dropped = { readonly files: readonly File[]; readonly hasFolder: boolean }

/** Hears of files that are dropped anywhere on the page. @returns whether some are held above it now */
export function useDroppedFiles(onDrop: (dropped: Dropped) => void): boolean {
  const [isOver, setOver] = useState(false)
  const latest = useRef(onDrop)
  useEffect(() => {
    latest.current = onDrop
  })
  useEffect(() => {
    const ending = new AbortController()
    const { signal } = ending
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return
      event.preventDefault()
      setOver(true)
    }
    addEventListener('dragenter', over, { signal })
    addEventListener('dragover', over, { signal })
    // Only when it leaves the window: within it, it leaves one part for another.
    addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal })
    addEventListener(
      'drop',
      (event) => {
        setOver(false)
        if (event.dataTransfer === null || event.dataTransfer.files.length === 0) return
        event.preventDefault()
        latest.current(droppedBy(event.dataTransfer))
      },
      { signal },
    )
    return () => ending.abort()
  }, [])
  return isOver
}

function droppedBy({ files, items }: DataTransfer): Dropped {
  const hasFolder = [...items].some((item) => item.webkitGetAsEntry()?.isDirectory === true)
  return { files: hasFolder ? [] : [...files], hasFolder }
}
