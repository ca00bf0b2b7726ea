import type rehypeKatex from 'rehype-katex'
import type remarkMath from 'remark-math'
import { useEffect, useState } from 'react'

interface MathPlugins {
  readonly remark: typeof remarkMath
  readonly rehype: typeof rehypeKatex
}

let loaded: MathPlugins | undefined

/** A formula as `withMarkedFormulas` leaves it. */
export function needsMath(text: string): boolean {
  return text.includes('$$')
}

/** The plugins once they are there; they are fetched the first time that somebody needs them. */
export function useMathPlugins(isNeeded: boolean): MathPlugins | undefined {
  const [plugins, setPlugins] = useState(loaded)
  useEffect(() => {
    if (!isNeeded || plugins !== undefined) return
    void load().then(setPlugins, (error: unknown) => console.warn('formulas stay as they are written', error))
  }, [isNeeded, plugins])
  return isNeeded ? plugins : undefined
}

async function load(): Promise<MathPlugins> {
  const [remark, rehype] = await Promise.all([
    import('remark-math'),
    import('rehype-katex'),
    import('katex/dist/katex.min.css'),
  ])
  loaded = { remark: remark.default, rehype: rehype.default }
  return loaded
}
